import { LogLevel, WebClient, type Logger } from "@slack/web-api";
import { slackTimeoutMillis } from "../domain/delivery.ts";
import type { CredentialSource } from "../tracking/ports.ts";
import { answerOf, fetchSlack, type Refusal } from "./answers.ts";

export interface SessionSettings {
  token: CredentialSource<string>;
  /** Default: Slack's own. */
  apiUrl?: string | undefined;
  /** Default: {@link slackTimeoutMillis}, on which the rules of delivery count. */
  timeoutMillis?: number | undefined;
}

export interface Session {
  /** Runs calls with the token; what Slack refuses, or what fails on the way, goes to `otherwise`. */
  use<T>(calls: (web: WebClient) => Promise<T>, otherwise: (refusal: Refusal) => T): Promise<T>;
}

interface Connection {
  token: string;
  web: WebClient;
}

/** Keeps one client for the token in use, and takes another token when that one is refused. */
export function createSession({ token, apiUrl, timeoutMillis }: SessionSettings): Session {
  let current: Connection | undefined;
  const connect = (token: string): Connection =>
    (current = { token, web: createWebClient(token, apiUrl, timeoutMillis) });

  /** A call with a refused token did nothing: with another token it may be made again at once. */
  async function renew(refused: Connection, refusal: Refusal): Promise<Refusal> {
    try {
      const other = await token.renew(refused.token);
      if (other === undefined) return refusal;
      connect(other);
      return { kind: "later", retryAfterMillis: 0, reason: `${refusal.reason}; another token is used now` };
    } catch (error) {
      return { kind: "nobody", reason: `${refusal.reason}; ${unreadable(error)}` };
    }
  }

  return {
    async use(calls, otherwise) {
      let connection: Connection;
      try {
        connection = current ?? connect(await token.read());
      } catch (error) {
        return otherwise({ kind: "nobody", reason: unreadable(error) });
      }
      try {
        return await calls(connection.web);
      } catch (error) {
        const refusal = answerOf(error);
        return otherwise(refusal.kind === "nobody" ? await renew(connection, refusal) : refusal);
      }
    },
  };
}

const unreadable = (error: unknown): string =>
  `the Slack token can't be read: ${error instanceof Error ? error.message : String(error)}`;

/** Makes every call once: the SDK's own retries would post a message again. */
const createWebClient = (
  token: string,
  slackApiUrl = "https://slack.com/api/",
  timeout: number = slackTimeoutMillis,
): WebClient =>
  new WebClient(token, {
    slackApiUrl,
    timeout,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    // A call that queued within the client would end later than its timeout says.
    maxRequestConcurrency: Number.POSITIVE_INFINITY,
    fetch: fetchSlack,
    logger: silent,
  });

/** What is worth saying is logged by the adapter, with the build's name and without the message. */
const silent: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
};

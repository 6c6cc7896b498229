import { LogLevel, WebClient, type Logger } from "@slack/web-api";
import type * as z from "zod/mini";
import { slackTimeoutMillis } from "../domain/delivery.ts";
import { hide } from "../domain/hide.ts";
import type { CredentialSource } from "../tracking/ports.ts";
import { doubtful, failureOf, fetchSlack, SlackFailure, type Refusal } from "./answers.ts";

export interface SessionSettings {
  token: CredentialSource<string>;
  /** Default: Slack's own. */
  apiUrl?: string | undefined;
  /** Default: {@link slackTimeoutMillis}, on which the rules of delivery count. */
  timeoutMillis?: number | undefined;
}

/**
 * Calls a method of Slack's once. Of the answer only what the schema names is given, and without the token.
 * @throws {SlackFailure} also for an answer that is not as the schema says: whether it was carried out is not known
 */
export type Call = <S extends z.ZodMiniType>(
  method: string,
  args: Record<string, unknown>,
  answer: S,
) => Promise<z.output<S>>;

export interface Session {
  /** Takes up the token that the secret holds now. What is wrong with the secret, the next call says. */
  refresh(): Promise<void>;
  /** Runs calls with the token; what Slack refuses, or what fails on the way, goes to `otherwise`. */
  use<T>(calls: (call: Call) => Promise<T>, otherwise: (refusal: Refusal) => T): Promise<T>;
}

interface Connection {
  token: string;
  call: Call;
}

/** Keeps one client for the token in use, and takes another token when there is one, or when that one is refused. */
export function createSession({ token, apiUrl, timeoutMillis }: SessionSettings): Session {
  let current: Connection | undefined;
  const connect = (token: string): Connection =>
    (current = { token, call: createCall(token, apiUrl, timeoutMillis) });

  /** A call with a refused token did nothing: with another token it may be made again at once. */
  async function renew(refused: Connection, refusal: Refusal): Promise<Refusal> {
    try {
      const other = await token.renew(refused.token);
      if (other === undefined) return refusal;
      connect(other);
      return { kind: "later", retryAfterMillis: 0, reason: `${refusal.reason}; another token is used now` };
    } catch (error) {
      return { kind: "unauthorized", reason: `${refusal.reason}; ${unreadable(error)}` };
    }
  }

  return {
    async refresh() {
      const held = await token.read().catch(() => undefined);
      if (held !== undefined && held !== current?.token) connect(held);
    },
    async use(calls, otherwise) {
      let connection: Connection;
      try {
        connection = current ?? connect(await token.read());
      } catch (error) {
        return otherwise({ kind: "unauthorized", reason: unreadable(error) });
      }
      try {
        return await calls(connection.call);
      } catch (error) {
        const { refusal } = failureOf(error, connection.token);
        return otherwise(refusal.kind === "unauthorized" ? await renew(connection, refusal) : refusal);
      }
    },
  };
}

const unreadable = (error: unknown): string =>
  `the Slack token can't be read: ${error instanceof Error ? error.message : "no reason given"}`;

/** What HTTP takes in a header without changing it. */
const headerText = /^[\x21-\x7E]+$/;

function createCall(token: string, apiUrl: string | undefined, timeoutMillis: number | undefined): Call {
  const web = createWebClient(token, apiUrl, timeoutMillis);
  return async (method, args, schema) => {
    if (!headerText.test(token)) throw new SlackFailure({ kind: "unauthorized", reason: unfit });
    const answer = await web.apiCall(method, args).catch((error: unknown) => {
      throw failureOf(error, token);
    });
    if ((answer as { error?: unknown }).error)
      throw doubtful("Slack's answer is not as documented (ok, and yet an error)");
    const { success, data, error } = schema.safeParse(answer);
    if (success) return hide(data, [token]);
    throw doubtful(`Slack's answer is not as documented (${error.issues[0]?.path.join(".") || "the whole"})`);
  };
}

const unfit =
  "the bot token holds a character that no header can carry, such as a line break or an ellipsis: " +
  "put a valid bot token into the secret";

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

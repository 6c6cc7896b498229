import { LogLevel, WebClient, type Logger } from "@slack/web-api";
import type * as z from "zod/mini";
import { slackTimeoutMillis } from "../domain/delivery.ts";
import { hide } from "../domain/hide.ts";
import type { CredentialSource } from "../tracking/ports.ts";
import { doubtful, failureOf, fetchSlack, SlackFailure, type Refusal } from "./answers.ts";

export interface SessionSettings {
  token: CredentialSource<string>;
  /** Default: `https://slack.com/api/`. */
  apiUrl?: string | undefined;
  /** Default: {@link slackTimeoutMillis}. The rules of delivery depend on this value. */
  timeoutMillis?: number | undefined;
}

/**
 * Calls a Slack method once. Returns only the fields that the schema names, with the token hidden.
 * @throws {SlackFailure} also for an answer that does not match the schema: then the call may have been carried out
 */
export type Call = <S extends z.ZodMiniType>(
  method: string,
  args: Record<string, unknown>,
  answer: S,
) => Promise<z.output<S>>;

export interface Session {
  /** Takes the token that the secret holds now. An error in the secret shows at the next call. */
  refresh(): Promise<void>;
  /** Runs calls with the token. A refusal or a failure goes to `otherwise`. */
  use<T>(calls: (call: Call) => Promise<T>, otherwise: (refusal: Refusal) => T): Promise<T>;
}

interface Connection {
  token: string;
  call: Call;
}

/** Keeps one client for the current token. Changes to another token on `refresh`, or when Slack refuses the current one. */
export function createSession({ token, apiUrl, timeoutMillis }: SessionSettings): Session {
  let current: Connection | undefined;
  const connect = (token: string): Connection =>
    (current = { token, call: createCall(token, apiUrl, timeoutMillis) });

  /** A call with a refused token had no effect, so it may be made again at once with another token. */
  async function renew(refused: Connection, refusal: Refusal): Promise<Refusal> {
    try {
      const other = await token.renew(refused.token);
      if (other === undefined) return refusal;
      connect(other);
      return {
        kind: "later",
        retryAfterMillis: 0,
        reason: `${refusal.reason}; the secret now holds another token, which is used from now on`,
      };
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

/** The characters that an HTTP header carries unchanged. */
const headerText = /^[\x21-\x7E]+$/;

function createCall(token: string, apiUrl: string | undefined, timeoutMillis: number | undefined): Call {
  const web = createWebClient(token, apiUrl, timeoutMillis);
  return async (method, args, schema) => {
    if (!headerText.test(token)) throw new SlackFailure({ kind: "unauthorized", reason: unfit });
    const answer = await web.apiCall(method, args).catch((error: unknown) => {
      throw failureOf(error, token);
    });
    if ("error" in answer && answer.error)
      throw doubtful("Slack's answer is not as documented (ok, and yet an error)");
    const { success, data, error } = schema.safeParse(answer);
    if (success) return hide(data, [token]);
    throw doubtful(
      `Slack's answer is not as documented (at ${error.issues[0]?.path.join(".") || "the top level"})`,
    );
  };
}

const unfit =
  "the bot token contains a character that an HTTP header can't contain, such as a line break or an ellipsis: " +
  "put a valid bot token into the secret";

/** A client that makes every call once. The SDK's own retries could post a message twice. */
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
    // A call that waits in the client's queue would end later than its time-out.
    maxRequestConcurrency: Number.POSITIVE_INFINITY,
    fetch: fetchSlack,
    logger: silent,
  });

/** The SDK logs nothing. The adapter logs what matters, with the build's name and without the message. */
const silent: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
};

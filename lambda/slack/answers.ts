import { AsyncLocalStorage } from "node:async_hooks";
import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRequestError } from "@slack/web-api";
import * as z from "zod/mini";
import { hide } from "../domain/hide.ts";
import type { SlackAnswer } from "../tracking/ports.ts";
import { isTimeout, wasNeverSent } from "./connections.ts";
import { AnswerTooLongError, fetchWhole } from "./fetch-whole.ts";
import { ornament } from "./shapes.ts";

/** What `sent` is not. */
export type Refusal = Exclude<SlackAnswer, { kind: "sent" }>;

/**
 * What Slack's error codes mean, after the errors on the pages of `chat.postMessage` and `chat.update`
 * (https://docs.slack.dev/reference/methods/chat.postMessage).
 * A code that is not here, every `restricted_action…` too, means `destination`: Slack says that it did not do it, so
 * nothing is told twice; the message is kept, and tried at growing pauses until somebody looks, so nothing is lost.
 */
export const answerTable: Record<Refusal["kind"], readonly string[]> = {
  later: ["ratelimited", "rate_limited"],
  unknown: [
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
    // Slack remembers this client_msg_id, but not its message: a look tells whether it is there.
    "duplicate_message_not_found",
  ],
  content: [
    "msg_too_long",
    "msg_blocks_too_long",
    "no_text",
    "invalid_blocks",
    "invalid_blocks_format",
    "invalid_attachments",
    "too_many_attachments",
    "invalid_arguments",
    "metadata_too_large",
    "invalid_metadata_format",
    "invalid_metadata_schema",
    "metadata_must_be_sent_from_app",
    // The card is there and stays as it is: a new one for each edit would flood the channel.
    "edit_window_closed",
    "is_inactive",
  ],
  destination: [
    "channel_not_found",
    "not_in_channel",
    "is_archived",
    "missing_scope",
    "no_permission",
    "ekm_access_denied",
    "message_limit_exceeded",
  ],
  // A deleted message with replies stays as a tombstone, which can't be updated.
  gone: ["message_not_found", "thread_not_found", "cant_update_message"],
  unauthorized: [
    "invalid_auth",
    "not_authed",
    "token_revoked",
    "token_expired",
    "account_inactive",
    "not_allowed_token_type",
  ],
};

const kinds = new Map(
  Object.entries(answerTable).flatMap(([kind, codes]) =>
    codes.map((code) => [code, kind as Refusal["kind"]] as const),
  ),
);

const remedies = new Map([
  [
    "channel_not_found",
    "the channel's id is wrong, or the channel is private: check the id, and invite the app",
  ],
  ["not_in_channel", "invite the app: write /invite @ and its name in the channel"],
  ["is_archived", "unarchive the channel, and invite the app again"],
]);
const restricted =
  "the channel's or the workspace's settings keep the app from posting: an administrator can allow it";

/** How long to wait where Slack does not say so in whole seconds. */
const pauseMillis = 5_000;
/** A tick comes every minute, and may try again: all that a try too soon brings is another 429. */
const longestPauseMillis = 60_000;

/** @param seconds as `Retry-After` has them: a whole number, by Slack's pages */
function pauseOf(seconds: unknown): number {
  if (!/^\d+$/.test(String(seconds))) return pauseMillis;
  return Math.min(Math.max(Number(seconds) * 1_000, 1_000), longestPauseMillis);
}

const later = (reason: string, seconds?: unknown): Refusal => ({
  kind: "later",
  retryAfterMillis: pauseOf(seconds),
  reason,
});

/** Thrown with what it means, in words of our own: those of an exception may quote what was sent, and with it the token. */
export class SlackFailure extends Error {
  readonly refusal: Refusal;
  /** Slack's own, such as `missing_scope`. */
  readonly code: string | undefined;

  constructor(refusal: Refusal, code?: string) {
    super(refusal.reason);
    this.refusal = refusal;
    this.code = code;
  }
}

/** Nobody knows whether the call was carried out. */
export const doubtful = (reason: string): SlackFailure => new SlackFailure({ kind: "unknown", reason });

/** What a call asks right before its request leaves, after whatever the SDK waited for. */
export const lastCheck = new AsyncLocalStorage<() => boolean>();

/**
 * `fetch` for the SDK, which loses why a connection failed, reads `Retry-After` as it comes, and gives a redirection no
 * status.
 * @throws {SlackFailure} where there is no answer, for 429, and when the last check says no
 */
export async function fetchSlack(...[url, init]: Parameters<typeof fetch>): Promise<Response> {
  if (lastCheck.getStore()?.() === false) throw new SlackFailure(later("too late to send under this lease"));
  const response = await fetchWhole(url, { ...init, redirect: "manual" }).catch((error: unknown) => {
    throw wasNeverSent(error, url)
      ? new SlackFailure(later(notConnected(error)))
      : doubtful(brokenOff(error));
  });
  if (response.status === 429) throw new SlackFailure(later("429", response.headers.get("retry-after")));
  return response;
}

const notConnected = (error: unknown): string =>
  `no connection to Slack: ${isTimeout(error) ? "timed out" : (networkCodeOf(error) ?? "no reason given")}`;

function brokenOff(error: unknown): string {
  if (isTimeout(error)) return "Slack did not answer in time";
  if (error instanceof AnswerTooLongError) return error.message;
  return `the connection to Slack broke off (${networkCodeOf(error) ?? "no reason given"})`;
}

/** Node's, OpenSSL's or undici's, such as `ECONNRESET`. */
function networkCodeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return typeof code === "string" && /^\w{1,64}$/.test(code) ? code : networkCodeOf(cause);
}

/** What a call threw: an answer of Slack's by its code; whatever else went wrong may have been stored. */
export function failureOf(error: unknown, token: string): SlackFailure {
  if (error instanceof SlackFailure) return error;
  if (error instanceof WebAPIRequestError) return failureOf(error.original, token);
  if (error instanceof WebAPIHTTPError) return doubtful(`Slack answers with the status ${error.statusCode}`);
  if (error instanceof WebAPIPlatformError) return failureOfAnswer(hide<unknown>(error.data, [token]));
  const isOfNetwork = isTimeout(error) || networkCodeOf(error) !== undefined;
  return doubtful(isOfNetwork ? brokenOff(error) : notSlacks);
}

const notSlacks = "the answer is not Slack's";

const refused = z.object({
  error: z.string().check(z.regex(/^\w{1,100}$/)),
  needed: ornament(z.string().check(z.regex(/^[\w:,.-]{1,100}$/))),
  response_metadata: ornament(
    z.object({ messages: ornament(z.array(z.string())), retryAfter: ornament(z.number()) }),
  ),
});

/** The SDK gives a body that is not JSON as the error's code. */
function failureOfAnswer(data: unknown): SlackFailure {
  const { success, data: answer } = refused.safeParse(data);
  if (!success) return doubtful(notSlacks);
  const { error: code, response_metadata } = answer;
  const kind = kinds.get(code) ?? "destination";
  if (kind === "later") return new SlackFailure(later(code, response_metadata?.retryAfter), code);
  const remedy = kind === "unauthorized" ? "put a valid bot token into the secret" : remedyOf(answer);
  return new SlackFailure({ kind, reason: remedy ? `${code}: ${remedy}` : code }, code);
}

function remedyOf({ error: code, needed, response_metadata }: z.output<typeof refused>): string | undefined {
  if (code === "missing_scope" && needed !== undefined) return `add ${needed} to the app's scopes`;
  if (code.startsWith("restricted_action")) return restricted;
  return remedies.get(code) ?? response_metadata?.messages?.join("; ").slice(0, 300);
}

import { AsyncLocalStorage } from "node:async_hooks";
import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRequestError } from "@slack/web-api";
import * as z from "zod/mini";
import { hide } from "../domain/hide.ts";
import { ornament } from "../schemas/ornament.ts";
import type { SlackAnswer } from "../tracking/ports.ts";
import { isTimeout, wasNeverSent } from "./connections.ts";
import { AnswerTooLongError, fetchWhole } from "./fetch-whole.ts";

/** Every answer except `sent`. */
export type Refusal = Exclude<SlackAnswer, { kind: "sent" }>;

/**
 * The meaning of Slack's error codes. The codes come from the pages of `chat.postMessage` and `chat.update`
 * (https://docs.slack.dev/reference/methods/chat.postMessage).
 * Every other code, also each `restricted_action…`, means `destination`. With such a code Slack says that it did not
 * store the message, so a retry can't repeat it. The message is kept and retried with growing pauses, so it is not lost.
 */
export const answerTable: Record<Refusal["kind"], readonly string[]> = {
  later: ["ratelimited", "rate_limited"],
  unknown: [
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
    // Slack remembers the client_msg_id, but not its message. Only a read back shows whether the message exists.
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
    // The card exists, but can't be edited any more. A new card for each edit would flood the channel.
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
  // A deleted message with replies remains as a tombstone, and a tombstone can't be updated.
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
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Object.entries() loses the type of the names.
    codes.map((code) => [code, kind as Refusal["kind"]] as const),
  ),
);

const remedies = new Map([
  [
    "channel_not_found",
    "the channel ID is wrong, or the app is not in the private channel: check the ID, and invite the app",
  ],
  ["not_in_channel", "invite the app: type /invite @ and the app's name in the channel"],
  ["is_archived", "unarchive the channel, and invite the app again"],
]);
const restricted =
  "the settings of the channel or the workspace don't allow the app to post: ask an administrator to allow it";

/** The pause when Slack does not give one in whole seconds. */
const pauseMillis = 5_000;
/** A tick comes every minute and may try again. Trying too early only brings another 429. */
const longestPauseMillis = 60_000;

/** @param seconds the value of `Retry-After`; Slack's pages say that it is a whole number */
function pauseOf(seconds: unknown): number {
  if (!/^\d+$/.test(String(seconds))) return pauseMillis;
  return Math.min(Math.max(Number(seconds) * 1_000, 1_000), longestPauseMillis);
}

const later = (reason: string, seconds?: unknown): Refusal => ({
  kind: "later",
  retryAfterMillis: pauseOf(seconds),
  reason,
});

/** A failed call and its meaning. The message is our own: an exception's message may quote the request and its token. */
export class SlackFailure extends Error {
  readonly refusal: Refusal;
  /** Slack's error code, such as `missing_scope`. */
  readonly code: string | undefined;

  constructor(refusal: Refusal, code?: string) {
    super(refusal.reason);
    this.refusal = refusal;
    this.code = code;
  }
}

/** A failure after which it is not known whether Slack carried out the call. */
export const doubtful = (reason: string): SlackFailure => new SlackFailure({ kind: "unknown", reason });

/** A check that runs right before the request leaves, after all waiting inside the SDK. */
export const lastCheck = new AsyncLocalStorage<() => boolean>();

/**
 * The `fetch` that the SDK uses. The SDK itself would lose the reason of a failed connection, believe any `Retry-After`,
 * and hide the status of a redirection.
 * @throws {SlackFailure} without an answer, for 429, and when the last check forbids the request
 */
export async function fetchSlack(...[url, init]: Parameters<typeof fetch>): Promise<Response> {
  if (lastCheck.getStore()?.() === false)
    throw new SlackFailure(later("too little time is left under this lease"));
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
  return `the connection to Slack failed (${networkCodeOf(error) ?? "no reason given"})`;
}

/** An error code of Node, OpenSSL or undici, such as `ECONNRESET`. */
function networkCodeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return typeof code === "string" && /^\w{1,64}$/.test(code) ? code : networkCodeOf(cause);
}

/** Turns anything that a call threw into a failure. After any error that is not Slack's answer, the call may have worked. */
export function failureOf(error: unknown, token: string): SlackFailure {
  if (error instanceof SlackFailure) return error;
  if (error instanceof WebAPIRequestError) return failureOf(error.original, token);
  if (error instanceof WebAPIHTTPError) return doubtful(`Slack answered with the status ${error.statusCode}`);
  if (error instanceof WebAPIPlatformError) return failureOfAnswer(hide<unknown>(error.data, [token]));
  const isOfNetwork = isTimeout(error) || networkCodeOf(error) !== undefined;
  return doubtful(isOfNetwork ? brokenOff(error) : notSlacks);
}

const notSlacks = "the answer does not come from Slack";

const refused = z.object({
  error: z.string().check(z.regex(/^\w{1,100}$/)),
  needed: ornament(z.string().check(z.regex(/^[\w:,.-]{1,100}$/))),
  response_metadata: ornament(
    z.object({ messages: ornament(z.array(z.string())), retryAfter: ornament(z.number()) }),
  ),
});

/** When the body is not JSON, the SDK puts it in the place of the error code. */
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

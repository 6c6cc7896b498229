import { AsyncLocalStorage } from "node:async_hooks";
import { WebAPIPlatformError, WebAPIRateLimitedError, WebAPIRequestError } from "@slack/web-api";
import type { SlackAnswer } from "../tracking/ports.ts";

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
  nobody: [
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

const remedies: Record<string, string> = {
  channel_not_found: "the channel's id is wrong, or the channel is private: check the id, and invite the app",
  not_in_channel: "invite the app: write /invite @ and its name in the channel",
  is_archived: "unarchive the channel, and invite the app again",
};
const restricted =
  "the channel's or the workspace's settings keep the app from posting: an administrator can allow it";

/** How long to wait where Slack does not say. */
const pauseMillis = 5_000;

/** Thrown in place of `fetch`'s own error when nothing can have been stored. */
class NotSentError extends Error {
  override name = "NotSentError";
}

/** Node's codes for a connection that was never made. */
const notConnected = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"]);

/** What a call asks right before its request leaves, after whatever the SDK waited for. */
export const lastCheck = new AsyncLocalStorage<() => boolean>();

/**
 * `fetch` for the SDK, which loses two things: why a connection failed, and that a 429 without a number of seconds
 * in `Retry-After` is one.
 * @throws {NotSentError} in both cases, and when the last check says no
 */
export async function fetchSlack(...request: Parameters<typeof fetch>): Promise<Response> {
  if (lastCheck.getStore()?.() === false) throw new NotSentError("too late to send under this claim");
  const response = await fetch(...request).catch((error: unknown) => {
    const code = networkCodeOf(error);
    if (code && notConnected.has(code)) throw new NotSentError(`no connection to Slack: ${code}`);
    throw error;
  });
  if (response.status === 429 && !/^\d+/.test(response.headers.get("retry-after") ?? "")) {
    throw new NotSentError("429 without a time");
  }
  return capped(response);
}

/** A look's page has at most 999 messages: this is 16 KB for each, several times what they have. */
const maxAnswerBytes = 16 * 1024 * 1024;

/** The same answer, but reading it fails once it is longer than {@link maxAnswerBytes}. */
function capped(response: Response): Response {
  let bytes = 0;
  const cap = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.length;
      if (bytes > maxAnswerBytes) throw new Error(`Slack's answer is longer than ${maxAnswerBytes} bytes`);
      controller.enqueue(chunk);
    },
  });
  return response.body ? new Response(response.body.pipeThrough(cap), response) : response;
}

function networkCodeOf(error: unknown): string | undefined {
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  if (typeof code === "string") return code;
  return cause ? networkCodeOf(cause) : undefined;
}

/** Slack's own code, such as `missing_scope`; undefined for an error that is not an answer of Slack's. */
export const errorCodeOf = (error: unknown): string | undefined =>
  // The SDK gives a body that is not JSON as the error's code.
  error instanceof WebAPIPlatformError && /^\w{1,100}$/.test(error.data.error) ? error.data.error : undefined;

/** What an error of the SDK means. Whatever is not an answer of Slack's own may have been stored. */
export function answerOf(error: unknown): Refusal {
  if (error instanceof WebAPIRateLimitedError) return later("429", error.retryAfter);
  if (error instanceof WebAPIRequestError && error.original instanceof NotSentError) {
    return later(error.original.message);
  }
  const code = errorCodeOf(error);
  if (code !== undefined && error instanceof WebAPIPlatformError) return answerOfCode(code, error.data);
  const reason = error instanceof WebAPIPlatformError ? "the answer is not Slack's" : String(error);
  return { kind: "unknown", reason };
}

function answerOfCode(code: string, data: WebAPIPlatformError["data"]): Refusal {
  const kind = kinds.get(code) ?? "destination";
  if (kind === "later") return later(code, data.response_metadata?.retryAfter);
  const remedy = kind === "nobody" ? "put a valid bot token into the secret" : remedyOf(code, data);
  return { kind, reason: remedy ? `${code}: ${remedy}` : code };
}

function remedyOf(code: string, data: WebAPIPlatformError["data"]): string | undefined {
  const { needed } = data as { needed?: unknown };
  if (code === "missing_scope" && typeof needed === "string") return `add ${needed} to the app's scopes`;
  if (code.startsWith("restricted_action")) return restricted;
  return remedies[code] ?? data.response_metadata?.messages?.join("; ").slice(0, 300);
}

const later = (reason: string, seconds?: number): Refusal => ({
  kind: "later",
  retryAfterMillis: seconds === undefined ? pauseMillis : seconds * 1_000,
  reason,
});

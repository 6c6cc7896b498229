import type { WebClient } from "@slack/web-api";
import { clockSkewMillis, type Receipt } from "../domain/delivery.ts";
import { feedId, nameOf, type Feed } from "../domain/feed.ts";
import type { Log } from "../tracking/ports.ts";
import { answerOf, errorCodeOf } from "./answers.ts";
import { eventType, placeOf, type Place } from "./place.ts";

/**
 * The receipts of the feed's messages since then (epoch milliseconds), by their keys, read to the last page.
 * Empty where the thread was deleted, and, after a warning, where the app may not read.
 * @throws whatever the SDK throws for a page that fails
 */
export async function readBack(
  web: WebClient,
  feed: Feed,
  since: number,
  log: Log,
): Promise<Map<string, Receipt>> {
  const found = new Map<string, Receipt>();
  const place = placeOf(feed);
  try {
    for await (const { key, ts } of readKeys(web, place, since)) {
      if (key.startsWith(`${feedId(feed)}/`)) found.set(key, { channel: place.channel, ts });
    }
    return found;
  } catch (error) {
    if (answerOf(error).kind === "gone") return new Map();
    if (errorCodeOf(error) !== "missing_scope") throw error;
    const remedy = "add channels:history (groups:history for private channels) to the Slack app";
    log.warn(`Can't look what arrived of ${nameOf(feed)}, so a message may be told twice: ${remedy}`);
    return new Map();
  }
}

/** The most that `conversations.history` takes. */
const pageSize = 999;

async function* readKeys(web: WebClient, { channel, thread_ts }: Place, since: number) {
  const oldest = ((since - clockSkewMillis) / 1_000).toFixed(6);
  const query = { channel, oldest, limit: pageSize, include_all_metadata: true };
  let cursor = "";
  do {
    const page = { ...query, ...(cursor && { cursor }) };
    const { messages, has_more, response_metadata } = await (thread_ts
      ? web.conversations.replies({ ...page, ts: thread_ts })
      : web.conversations.history(page));
    for (const { metadata, ts } of (messages ?? []) as Listed[]) {
      const key = metadata?.event_type === eventType ? metadata.event_payload?.["key"] : undefined;
      if (typeof key === "string" && ts) yield { key, ts };
    }
    cursor = response_metadata?.next_cursor ?? "";
    if (has_more && !cursor) throw new Error("Slack has more messages, but does not say how to read them");
  } while (cursor);
}

/** As far as a message is read; the SDK's types leave the payload out. */
interface Listed {
  ts?: string;
  metadata?: { event_type?: string; event_payload?: Record<string, unknown> };
}

import type { WebClient } from "@slack/web-api";
import { clockSkewMillis, type Receipt } from "../domain/delivery.ts";
import { feedId, type Feed } from "../domain/feed.ts";
import type { Look } from "../tracking/ports.ts";
import { answerOf, errorCodeOf } from "./answers.ts";
import { eventType, placeOf, type Place } from "./place.ts";

/**
 * The receipts of the feed's messages since then (epoch milliseconds), by their keys, read to the last page.
 * Nothing is found where the thread was deleted.
 * @throws whatever the SDK throws for a page that fails, but for want of a scope
 */
export async function readBack(web: WebClient, feed: Feed, since: number): Promise<Look> {
  const found = new Map<string, Receipt>();
  const place = placeOf(feed);
  try {
    for await (const { key, ts } of readKeys(web, place, since)) {
      if (key.startsWith(`${feedId(feed)}/`)) found.set(key, { channel: place.channel, ts });
    }
    return { complete: true, found };
  } catch (error) {
    if (answerOf(error).kind === "gone") return { complete: true, found: new Map() };
    if (errorCodeOf(error) !== "missing_scope") throw error;
    const remedy = "add channels:history, and groups:history for private channels, to the Slack app";
    return { complete: false, forbidden: true, reason: `missing_scope: ${remedy}` };
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

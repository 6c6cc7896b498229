import * as z from "zod/mini";
import { clockSkewMillis, type Receipt } from "../domain/delivery.ts";
import { feedId, type Feed } from "../domain/feed.ts";
import type { ReadBack } from "../tracking/ports.ts";
import { doubtful, SlackFailure } from "./answers.ts";
import { eventType, placeOf, type Place } from "./place.ts";
import { timestamp } from "./shapes.ts";
import type { Call } from "./session.ts";

/**
 * Reads the feed's messages since the given time (epoch milliseconds), to the last page. Returns their receipts by key.
 * In a deleted thread nothing is found.
 * @throws {SlackFailure} when a page fails, except for a missing scope, and when there are too many pages
 */
export async function readBack(call: Call, feed: Feed, since: number): Promise<ReadBack> {
  const found = new Map<string, Receipt>();
  const place = placeOf(feed);
  try {
    for await (const { key, ts } of readKeys(call, place, since)) {
      if (key.startsWith(`${feedId(feed)}/`)) found.set(key, { channel: place.channel, ts });
    }
    return { complete: true, found };
  } catch (error) {
    if (!(error instanceof SlackFailure)) throw error;
    if (error.refusal.kind === "gone") return { complete: true, found: new Map() };
    if (error.code !== "missing_scope") throw error;
    const remedy = "add channels:history, and groups:history for private channels, to the Slack app";
    return { complete: false, forbidden: true, reason: `missing_scope: ${remedy}` };
  }
}

/** The most that `conversations.history` takes. */
const pageSize = 999;

/** Slack allows about 50 calls a minute for a method of this tier, and a read back lasts less. 50 pages have 50,000 messages. */
const pagesAtMost = 50;

const page = z.object({
  ok: z.literal(true),
  messages: z.array(z.unknown()),
  has_more: z.optional(z.boolean()),
  response_metadata: z.optional(z.object({ next_cursor: z.optional(z.string()) })),
});

async function* readKeys(call: Call, { channel, thread_ts }: Place, since: number) {
  const oldest = ((since - clockSkewMillis) / 1_000).toFixed(6);
  const query = { channel, oldest, limit: pageSize, include_all_metadata: true };
  const method = thread_ts === undefined ? "conversations.history" : "conversations.replies";
  const cursors = new Set<string>();
  for (let cursor: string | undefined; ;) {
    const asked = { ...query, ...(thread_ts && { ts: thread_ts }), ...(cursor && { cursor }) };
    const { messages, has_more, response_metadata } = await call(method, asked, page);
    yield* messages.flatMap(readKey);
    cursor = response_metadata?.next_cursor || undefined;
    if (cursor === undefined) {
      if (has_more) throw doubtful("Slack has more messages, but gives no cursor for the next page");
      return;
    }
    if (cursors.has(cursor)) throw doubtful("Slack's cursor leads back to an earlier page");
    if (cursors.add(cursor).size >= pagesAtMost) {
      throw doubtful(`there are more than ${pagesAtMost} pages of messages`);
    }
  }
}

const marked = z.object({
  metadata: z.object({
    event_type: z.literal(eventType),
    event_payload: z.object({ key: z.string() }),
  }),
});
const placed = z.object({ ts: timestamp });

/** The key of one of the product's messages. Empty for any other message. @throws {SlackFailure} without a timestamp */
function readKey(message: unknown): { key: string; ts: string }[] {
  const mark = marked.safeParse(message);
  if (!mark.success) return [];
  const place = placed.safeParse(message);
  if (!place.success) throw doubtful("Slack lists one of the notifier's messages without a valid timestamp");
  return [{ key: mark.data.metadata.event_payload.key, ts: place.data.ts }];
}

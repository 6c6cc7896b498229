import * as z from "zod/mini";
import { clockSkewMillis, type Receipt } from "../domain/delivery.ts";
import { feedId, type Feed } from "../domain/feed.ts";
import type { ReadBack } from "../tracking/ports.ts";
import { doubtful, SlackFailure } from "./answers.ts";
import { eventType, placeOf, type Place } from "./place.ts";
import { timestamp } from "./shapes.ts";
import type { Call } from "./session.ts";

/**
 * The receipts of the feed's messages since then (epoch milliseconds), by their keys, read to the last page.
 * Nothing is found where the thread was deleted.
 * @throws {SlackFailure} for a page that fails, but for want of a scope, and where there is no end
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

/** Slack allows a method of this tier some 50 calls a minute, and a look has less than one; 50,000 messages. */
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
      if (has_more) throw doubtful("Slack has more messages, but does not say how to read them");
      return;
    }
    if (cursors.has(cursor)) throw doubtful("Slack leads back to a page that was read already");
    if (cursors.add(cursor).size >= pagesAtMost) {
      throw doubtful(`the messages don't end within ${pagesAtMost} pages`);
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

/** None of a message that is not the product's own, whatever it is. @throws {SlackFailure} for one without a place */
function readKey(message: unknown): { key: string; ts: string }[] {
  const mark = marked.safeParse(message);
  if (!mark.success) return [];
  const place = placed.safeParse(message);
  if (!place.success) throw doubtful("Slack lists a message of ours without its time");
  return [{ key: mark.data.metadata.event_payload.key, ts: place.data.ts }];
}

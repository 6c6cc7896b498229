import type { Feed } from "../domain/feed.ts";
import type { FeedStore, Writer } from "./ports.ts";

/**
 * Saves a feed with the caller's lease. If the condition fails or the answer is lost, the item is read: if it has the
 * caller's lease, the write (or an earlier try of the SDK) happened.
 * @returns the feed as stored; undefined if another process was faster
 * @throws if the write failed and the item does not have the lease
 */
export async function saveOurs<F extends Feed>(
  before: F,
  after: F,
  writer: Exclude<Writer, "observation">,
  store: FeedStore,
): Promise<F | undefined> {
  let failure: unknown;
  try {
    const saved = await store.save(before, after, writer);
    if (saved) return saved;
  } catch (error) {
    failure = error;
  }
  const current = await store.load(after);
  if (current && current.delivery.lease?.owner === after.delivery.lease?.owner) return current;
  if (failure !== undefined) throw failure;
  return undefined;
}

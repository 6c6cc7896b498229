import type { Feed } from "../lambda/domain/feed.ts";
import type { FeedStore } from "../lambda/tracking/ports.ts";

/** Stores a feed as a test wants it to be, whoever would write what of it; the registration stays. */
export async function saveWhole<F extends Feed>(store: FeedStore, feed: F): Promise<F> {
  const stored = await store.load(feed);
  if (!stored) return (await store.save({ ...feed, version: 0 }, feed, "delivery"))!;
  const observed = (await store.save(stored, feed, "observation"))!;
  return (await store.save(observed, feed, "delivery"))!;
}

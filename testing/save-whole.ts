import type { Feed } from "../lambda/domain/feed.ts";
import { hasObserved } from "../lambda/store/item.ts";
import type { Store } from "../lambda/tracking/ports.ts";

/** Stores all of a feed, with each writer in turn. It does not change a stored registration. */
export async function saveWhole<F extends Feed>(store: Store, feed: F): Promise<F> {
  const stored = await store.load(feed);
  if (!stored) await store.save({ ...feed, version: 0 }, feed, "observation");
  else if (hasObserved(stored, feed)) await store.save(stored, feed, "observation");
  await store.save((await store.load(feed))!, feed, "delivery");
  if (feed.kind === "build") {
    const { buildId, registration, stopRequestedAt, redeliverRequestedAt } = feed;
    const { channel } = registration;
    if (stopRequestedAt !== undefined) await store.requestStop(buildId, channel, stopRequestedAt);
    if (redeliverRequestedAt !== undefined)
      await store.requestRedelivery(buildId, channel, redeliverRequestedAt);
  }
  return (await store.load(feed))!;
}

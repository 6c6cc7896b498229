import type { Feed } from "../domain/feed.ts";
import type { Store } from "./ports.ts";

/**
 * Saves a feed that carries a claim of ours. When the condition fails or the answer is lost, the item itself tells:
 * if the claim in it is ours, the write (or an earlier try of it) happened.
 * @returns the feed as stored; undefined when somebody else was quicker.
 * @throws when the write failed and the item does not carry the claim
 */
export async function saveOurs<F extends Feed>(feed: F, store: Store): Promise<F | undefined> {
  let failure: unknown;
  try {
    const saved = await store.save(feed);
    if (saved) return saved;
  } catch (error) {
    failure = error;
  }
  const current = await store.load(feed);
  if (current && current.delivery.claim?.owner === feed.delivery.claim?.owner) return current;
  if (failure !== undefined) throw failure;
  return undefined;
}

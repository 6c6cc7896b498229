import type { Feed } from "../domain/feed.ts";
import type { Subscription } from "../domain/subscription.ts";

/** The golden ratio's fractional part: its multiples spread evenly over the range from 0 to 1. */
const goldenRatio = 0.618_033_988_75;

/**
 * The feeds in their order, but each run of subscriptions begins at another one in each rotation. If there is time for a part
 * of the jobs only, each job has its turn after a few rotations. A run is one shard's subscriptions.
 */
export async function* takingTurns(feeds: AsyncIterable<Feed>, rotation: number): AsyncIterable<Feed> {
  let run: Subscription[] = [];
  for await (const feed of feeds) {
    if (feed.kind === "subscription") {
      run.push(feed);
      continue;
    }
    yield* rotated(run, rotation);
    run = [];
    yield feed;
  }
  yield* rotated(run, rotation);
}

function rotated<T>(all: readonly T[], rotation: number): T[] {
  const first = Math.floor(((rotation * goldenRatio) % 1) * all.length);
  return [...all.slice(first), ...all.slice(0, first)];
}

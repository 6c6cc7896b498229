import type { Build } from "../lambda/domain/build.ts";
import { messageKey, type Message } from "../lambda/domain/delivery.ts";
import { feedId, isActiveFeed, type Feed } from "../lambda/domain/feed.ts";
import { keyOf } from "../lambda/store/item.ts";

/**
 * DynamoDB's semantics, in memory: conditional writes on a version, whole consistent reads, and an index that may be
 * behind. Feeds are never changed in place, so they are kept without copying.
 */
export class SimulatedStore {
  /** Every message that was ever recorded, by its key. */
  readonly recorded = new Map<string, Message>();
  readonly #feeds = new Map<string, Feed>();
  /** What the last write took the place of. */
  #replaced: { key?: string; feed?: Feed | undefined } = {};

  load = (key: string): Feed | undefined => this.#feeds.get(key);

  active(behind: boolean): Feed[] {
    return [...this.#feeds]
      .map(([key, feed]) => (behind && key === this.#replaced.key ? this.#replaced.feed : feed))
      .filter((feed): feed is Feed => feed !== undefined && isActiveFeed(feed))
      .map((feed) => ({ ...feed, delivery: { ...feed.delivery, history: [] } }));
  }

  save<F extends Feed>(feed: F, history: boolean): F | undefined {
    const current = this.#feeds.get(keyOf(feed));
    if ((current?.version ?? 0) !== feed.version) return undefined;
    const kept =
      history || !current ? feed.delivery : { ...feed.delivery, history: current.delivery.history };
    const next: Feed = { ...feed, version: feed.version + 1, delivery: kept };
    return this.#put(withMarks(next, current)) as F;
  }

  register(build: Build, replaced: Build | undefined): boolean {
    if (this.#feeds.get(build.buildId)?.version !== replaced?.version) return false;
    this.#put({ ...build, version: (replaced?.version ?? 0) + 1 });
    return true;
  }

  stop(buildId: string, now: number): void {
    const build = this.#feeds.get(buildId) as Build;
    this.#feeds.set(buildId, { ...build, stopRequestedAt: build.stopRequestedAt ?? now });
  }

  redeliver(buildId: string, redeliverRequestedAt: number): void {
    const build = this.#feeds.get(buildId) as Build;
    this.#feeds.set(buildId, { ...build, redeliverRequestedAt });
  }

  #put(feed: Feed): Feed {
    const key = keyOf(feed);
    this.#replaced = { key, feed: this.#feeds.get(key) };
    this.#feeds.set(key, feed);
    for (const message of feed.delivery.outbox) this.recorded.set(messageKey(feedId(feed), message), message);
    return feed;
  }
}

/** The marks of the API are not the tick's to write. */
function withMarks(next: Feed, current: Feed | undefined): Feed {
  if (next.kind !== "build" || current?.kind !== "build") return next;
  const { stopRequestedAt, redeliverRequestedAt } = current;
  return {
    ...next,
    ...(stopRequestedAt !== undefined && { stopRequestedAt }),
    ...(redeliverRequestedAt !== undefined && { redeliverRequestedAt }),
  };
}

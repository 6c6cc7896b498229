import { type Build } from "../../lambda/domain/build.ts";
import { channelOf, type Feed } from "../../lambda/domain/feed.ts";
import type { Subscription } from "../../lambda/domain/subscription.ts";
import { virtualShards } from "../../lambda/names.ts";
import { firstJobKey, keyOf, partitionOfBuild, shardOf } from "../../lambda/store/item.ts";
import type { Clock, TickStore } from "../../lambda/tracking/ports.ts";
import { createMemoryStore, type MemoryStore } from "../../testing/memory-store.ts";

/** How long DynamoDB takes for a write, and for a page of the index. Assumed. */
const writeMillis = 10;
const pageMillis = 20;
const pageLength = 250;

/** A store in memory for each virtual shard. It is read in pages, in the same order as the real store. */
export class ShardStores {
  readonly shards: MemoryStore[];
  /** The builds, and the subscriptions. */
  readonly feeds: (Build | Subscription)[] = [];
  /** How often a tracked build was read from the index. */
  polls = 0;
  /** The number of writes, for each virtual shard. */
  readonly writes: number[] = Array.from({ length: virtualShards }, () => 0);
  readonly #clock: Clock;
  readonly #begunBy: (now: number) => Iterable<Build>;

  constructor(clock: Clock, begunBy: (now: number) => Iterable<Build>) {
    this.#clock = clock;
    this.shards = Array.from({ length: virtualShards }, () => createMemoryStore(clock));
    this.#begunBy = begunBy;
  }

  /** @returns whether it was not there */
  add(feed: Build | Subscription): boolean {
    if (this.load(feed)) return false;
    // The store in memory has registered the feed when the call returns.
    void this.#storeOf(feed).register(feed, undefined);
    this.feeds.push(feed);
    return true;
  }

  load = <F extends Feed>(feed: F): F | undefined => this.#storeOf(feed).read(feed) as F | undefined;

  asPort(): TickStore {
    return {
      loadActive: (shards, rotation) => this.#loadActive(shards, rotation),
      load: async (feed) => this.load(feed),
      save: async (before, after, writer) => {
        await this.#write(after);
        return this.#storeOf(after).save(before, after, writer);
      },
      register: async (feed) => {
        await this.#write(feed);
        return this.add(feed);
      },
      loadEnds: async () => undefined,
      saveEnds: async () => true,
      loadCommitter: async () => undefined,
      saveCommitter: async () => true,
      addDigestEntry: async () => undefined,
      async *loadDigestEntries() {},
      loadCircuit: async () => undefined,
      openCircuit: async () => true,
      closeCircuit: async () => undefined,
    };
  }

  async #write(feed: Feed): Promise<void> {
    await this.#clock.sleep(writeMillis);
    this.writes[shardOf(channelOf(feed))]! += 1;
  }

  async *#loadActive(shards: readonly number[], rotation: number): AsyncIterable<Feed> {
    for (const build of this.#begunBy(this.#clock.now())) this.add(build);
    for (const shard of shards) {
      const feeds = rotated(this.shards[shard]!.readIndex(), rotation);
      for (let start = 0; start === 0 || start < feeds.length; start += pageLength) {
        await this.#clock.sleep(pageMillis);
        yield* this.#readPage(shard, feeds.slice(start, start + pageLength));
      }
    }
  }

  *#readPage(shard: number, feeds: Feed[]): Iterable<Feed> {
    const page = feeds.map((feed) => withoutUnindexed(this.shards[shard]!.read(feed)!));
    for (const feed of page) {
      if (feed.kind === "build" && feed.status === "tracking") this.polls += 1;
      yield feed;
    }
  }

  #storeOf = (feed: Feed): MemoryStore => this.shards[shardOf(channelOf(feed))]!;
}

/** The index holds neither the history nor what was seen. */
function withoutUnindexed(feed: Feed): Feed {
  const indexed = { ...feed, delivery: { ...feed.delivery, history: [] } };
  if (indexed.kind === "subscription") delete indexed.seen;
  return indexed;
}

/**
 * From the last key on, at first up to the page on which the builds begin, and then the builds from the rotation's pivot
 * on: see `lambda/store/store.ts`.
 */
function rotated(feeds: Feed[], rotation: number): Feed[] {
  const pivot = partitionOfBuild(((rotation * 7) % 36).toString(36));
  const key = (feed: Feed): string => keyOf(feed).pk;
  const sorted = feeds.toSorted((a, b) => (key(a) < key(b) ? 1 : -1));
  const jobs = sorted.findLastIndex((feed) => key(feed) >= firstJobKey) + 1;
  const rest = sorted.splice(Math.max(1, Math.ceil(jobs / pageLength)) * pageLength);
  const isLater = (feed: Feed): boolean => key(feed) > pivot;
  return [...sorted, ...rest.filter((feed) => !isLater(feed)), ...rest.filter(isLater)];
}

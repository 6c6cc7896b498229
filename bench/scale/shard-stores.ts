import type { Build } from "../../lambda/domain/build.ts";
import { channelOf, type Feed } from "../../lambda/domain/feed.ts";
import { virtualShards } from "../../lambda/names.ts";
import { keyOf, shardOf } from "../../lambda/store/item.ts";
import type { Clock, TickStore } from "../../lambda/tracking/ports.ts";
import { createMemoryStore, type MemoryStore } from "../../testing/memory-store.ts";

/** How long DynamoDB takes for a write, and for a page of the index. Assumed. */
const writeMillis = 10;
const pageMillis = 20;
const pageLength = 250;

/** A store in memory for each virtual shard. It is read in pages, in the same order as the real store. */
export class ShardStores {
  readonly shards: MemoryStore[];
  readonly feeds: Feed[] = [];
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

  add(build: Build): void {
    // The store in memory has registered the build when the call returns.
    void this.#storeOf(build).register(build, undefined);
    this.feeds.push(build);
  }

  load = <F extends Feed>(feed: F): F | undefined => this.#storeOf(feed).read(keyOf(feed)) as F | undefined;

  asPort(): TickStore {
    return {
      loadActive: (shards, rotation) => this.#loadActive(shards, rotation),
      load: async (feed) => this.load(feed),
      save: async (before, after, writer) => {
        await this.#clock.sleep(writeMillis);
        this.writes[shardOf(channelOf(after))]! += 1;
        return this.#storeOf(after).save(before, after, writer);
      },
      loadCircuit: async () => undefined,
      openCircuit: async () => true,
      closeCircuit: async () => undefined,
    };
  }

  async *#loadActive(shards: readonly number[], rotation: number): AsyncIterable<Feed> {
    for (const build of this.#begunBy(this.#clock.now())) this.add(build);
    const first = rotation % shards.length;
    for (const shard of [...shards.slice(first), ...shards.slice(0, first)]) {
      const keys = rotated(this.shards[shard]!.readIndex().map(keyOf), rotation);
      for (let start = 0; start === 0 || start < keys.length; start += pageLength) {
        await this.#clock.sleep(pageMillis);
        yield* this.#readPage(shard, keys.slice(start, start + pageLength));
      }
    }
  }

  *#readPage(shard: number, keys: string[]): Iterable<Feed> {
    const page = keys.map((key) => this.shards[shard]!.read(key)!);
    for (const feed of page) {
      if (feed.kind === "build" && feed.status === "tracking") this.polls += 1;
      yield { ...feed, delivery: { ...feed.delivery, history: [] } };
    }
  }

  #storeOf = (feed: Feed): MemoryStore => this.shards[shardOf(channelOf(feed))]!;
}

/** The first page, then the keys from the rotation's pivot on, then the keys before it: see `lambda/store/store.ts`. */
function rotated(keys: string[], rotation: number): string[] {
  const pivot = ((rotation * 7) % 36).toString(36);
  const sorted = keys.toSorted();
  const rest = sorted.splice(pageLength);
  return [...sorted, ...rest.filter((key) => key >= pivot), ...rest.filter((key) => key < pivot)];
}

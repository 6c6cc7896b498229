import { shownStatusOf, type Build } from "../lambda/domain/build.ts";
import { messageKey, type Message } from "../lambda/domain/delivery.ts";
import { channelOf, feedId, isActiveFeed, type Feed } from "../lambda/domain/feed.ts";
import { keyOf, shardOf } from "../lambda/store/item.ts";
import type { Circuit, Clock, Store } from "../lambda/tracking/ports.ts";

/** The store, with more that a test can read. */
export interface MemoryStore extends Store {
  /** Every recorded message, by its key. A message stays here after it was delivered. */
  readonly recorded: Map<string, Message>;
  /** The stored feed. Undefined if there is none or if it has expired. */
  read(key: string): Feed | undefined;
  /** The active feeds of all shards, as the index contains them. With `behind`, as they were before the last write. */
  readIndex(behind?: boolean): Feed[];
}

/**
 * The store in memory, with conditional writes and consistent reads. Expired items can't be read. Stored objects are frozen
 * instead of copied, so a caller can't change them.
 */
export function createMemoryStore(clock: Pick<Clock, "now">): MemoryStore {
  const feeds = new Map<string, Feed>();
  const recorded = new Map<string, Message>();
  /** What the last write replaced. */
  let replaced: { key?: string; feed?: Feed | undefined } = {};
  let circuit: Circuit | undefined;

  const read = (key: string): Feed | undefined => {
    const feed = feeds.get(key);
    return feed && (feed.expiresAt ?? Infinity) > clock.now() ? feed : undefined;
  };
  const readBuild = (buildId: string) => read(buildId) as Build | undefined;
  const put = <F extends Feed>(feed: F): F => {
    const key = keyOf(feed);
    const saved = freeze({ ...feed, version: feed.version + 1 });
    replaced = { key, feed: feeds.get(key) };
    feeds.set(key, saved);
    for (const message of saved.delivery.outbox) recorded.set(messageKey(feedId(saved), message), message);
    return saved;
  };
  /** A mark of the API does not change the version. */
  const mark = (build: Build | undefined, marks: Partial<Build>): boolean => {
    if (build) feeds.set(build.buildId, freeze({ ...build, ...marks }));
    return build !== undefined;
  };
  const readIndex = (behind = false): Feed[] =>
    [...feeds]
      .map(([key, feed]) => (behind && key === replaced.key ? replaced.feed : feed))
      .filter((feed): feed is Feed => feed !== undefined && isActiveFeed(feed))
      .map((feed) => ({ ...feed, delivery: { ...feed.delivery, history: [] } }));

  return {
    recorded,
    read,
    readIndex,
    async *loadActive(shards) {
      for (const feed of readIndex()) if (shards.includes(shardOf(channelOf(feed)))) yield feed;
    },
    async loadBuild(buildId) {
      return readBuild(buildId);
    },
    async load<F extends Feed>(feed: F) {
      return read(keyOf(feed)) as F | undefined;
    },
    async save(feed, { history } = { history: false }) {
      const current = read(keyOf(feed));
      if ((current?.version ?? 0) !== feed.version) return undefined;
      if (!current) return put(feed);
      const delivery = history ? feed.delivery : { ...feed.delivery, history: current.delivery.history };
      if (current.kind === "notices" || feed.kind === "notices") return put({ ...feed, delivery });
      const { registration, stopRequestedAt, redeliverRequestedAt } = current;
      return put({
        ...feed,
        registration,
        delivery,
        ...(stopRequestedAt !== undefined && { stopRequestedAt }),
        ...(redeliverRequestedAt !== undefined && { redeliverRequestedAt }),
      });
    },
    async register(build, replaced) {
      if (read(build.buildId)?.version !== replaced?.version) return false;
      put({ ...build, version: replaced?.version ?? 0 });
      return true;
    },
    async requestStop(buildId, now) {
      const build = readBuild(buildId);
      return mark(build, { stopRequestedAt: build?.stopRequestedAt ?? now });
    },
    async requestRedelivery(buildId, now) {
      return mark(readBuild(buildId), { redeliverRequestedAt: now });
    },
    async list({ status, cursor, limit }) {
      const inOrder = [...feeds.keys()]
        .toSorted()
        .flatMap((key) => read(key) ?? [])
        .filter((feed) => feed.kind === "build")
        .filter((build) => !status || shownStatusOf(build) === status)
        .toSorted((a, b) => b.registration.at - a.registration.at);
      const rest = cursor === undefined ? inOrder : inOrder.filter(isAfter(cursor));
      const page = rest.slice(0, limit);
      const last = page.at(-1);
      return last && rest.length > limit ? { builds: page, cursor: cursorAt(last) } : { builds: page };
    },
    async loadCircuit() {
      return circuit && { ...circuit };
    },
    async openCircuit(next, seen) {
      if (circuit?.openUntil !== seen?.openUntil) return false;
      circuit = { ...next };
      return true;
    },
    async closeCircuit() {
      circuit = undefined;
    },
  };
}

const cursorAt = ({ registration, buildId }: Build): string => `${registration.at}-${buildId}`;

/** @throws {RangeError} if no page can have given this cursor */
function isAfter(cursor: string): (build: Build) => boolean {
  const { at, id = "" } = /^(?<at>\d+)-(?<id>.+)$/.exec(cursor)?.groups ?? {};
  if (at === undefined) throw new RangeError("That is no cursor of the list");
  return ({ registration, buildId }) =>
    registration.at < Number(at) || (registration.at === Number(at) && buildId > id);
}

/** Freezes the object and everything in it. An object that is already frozen was frozen here, so it is skipped. */
function freeze<T extends object>(whole: T): T {
  if (Object.isFrozen(whole)) return whole;
  for (const part of Object.values(whole)) if (typeof part === "object" && part !== null) freeze(part);
  return Object.freeze(whole);
}

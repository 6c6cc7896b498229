import { shownStatusOf, type Build } from "../lambda/domain/build.ts";
import { channelOf, isActiveFeed, type Feed } from "../lambda/domain/feed.ts";
import { keyOf, shardOf } from "../lambda/store/item.ts";
import type { Circuit, Clock, Store } from "../lambda/tracking/ports.ts";

/** The store's contract in memory: conditional writes, whole copies in and out, expired items gone. */
export function createMemoryStore(clock: Pick<Clock, "now">): Store {
  const feeds = new Map<string, Feed>();
  let circuit: Circuit | undefined;

  const get = (key: string): Feed | undefined => {
    const feed = feeds.get(key);
    return feed && (feed.expiresAt ?? Infinity) > clock.now() ? structuredClone(feed) : undefined;
  };
  const put = <F extends Feed>(feed: F): F => {
    const saved = structuredClone({ ...feed, version: feed.version + 1 });
    feeds.set(keyOf(feed), saved);
    return structuredClone(saved);
  };
  const builds = () =>
    [...feeds.keys()].toSorted().flatMap((key) => {
      const feed = get(key);
      return feed?.kind === "build" ? [feed] : [];
    });

  return {
    async *loadActive(shards) {
      for (const feed of [...feeds.values()].filter(isActiveFeed)) {
        if (!shards.includes(shardOf(channelOf(feed)))) continue;
        const copy = structuredClone(feed);
        yield { ...copy, delivery: { ...copy.delivery, history: [] } };
      }
    },
    async loadBuild(buildId) {
      return get(buildId) as Build | undefined;
    },
    async load<F extends Feed>(feed: F) {
      return get(keyOf(feed)) as F | undefined;
    },
    async save(feed, { history } = { history: false }) {
      const current = get(keyOf(feed));
      if ((current?.version ?? 0) !== feed.version) return undefined;
      if (!current) return put(feed);
      const delivery = history ? feed.delivery : { ...feed.delivery, history: current.delivery.history };
      if (current.kind === "notices" || feed.kind === "notices") return put({ ...feed, delivery });
      const { registration, stopRequestedAt, redeliverRequestedAt } = current;
      return put({
        ...feed,
        registration,
        delivery,
        ...(stopRequestedAt && { stopRequestedAt }),
        ...(redeliverRequestedAt && { redeliverRequestedAt }),
      });
    },
    async register(build, replaced) {
      if (get(build.buildId)?.version !== replaced?.version) return false;
      put({ ...build, version: replaced?.version ?? 0 });
      return true;
    },
    async requestStop(buildId, now) {
      const build = get(buildId) as Build | undefined;
      if (!build) return false;
      feeds.set(buildId, { ...build, stopRequestedAt: build.stopRequestedAt ?? now });
      return true;
    },
    async requestRedelivery(buildId, now) {
      const build = get(buildId) as Build | undefined;
      if (!build) return false;
      feeds.set(buildId, { ...build, redeliverRequestedAt: now });
      return true;
    },
    async list({ status, cursor, limit }) {
      const inOrder = builds()
        .filter((build) => !status || shownStatusOf(build) === status)
        .toSorted((a, b) => b.registration.at - a.registration.at);
      const place = ({ registration, buildId }: Build) => `${registration.at}-${buildId}`;
      const begin = cursor === undefined ? 0 : inOrder.findIndex((build) => place(build) === cursor) + 1;
      const page = inOrder.slice(begin, begin + limit);
      const isLast = begin + limit >= inOrder.length;
      return isLast ? { builds: page } : { builds: page, cursor: place(page.at(-1)!) };
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

import { shownStatusOf, type Build } from "../lambda/domain/build.ts";
import { messageKey, type Message } from "../lambda/domain/delivery.ts";
import { channelOf, feedId, type Feed } from "../lambda/domain/feed.ts";
import type { Subscription } from "../lambda/domain/subscription.ts";
import { table } from "../lambda/names.ts";
import { committerKey, committerOf, committersKey, itemOfCommitter } from "../lambda/store/committers.ts";
import { formatCursor, parseCursor, type List } from "../lambda/store/cursor.ts";
import { entryOfItem, itemOfEntry, keyOfEntry, partitionOfDigest } from "../lambda/store/digest.ts";
import { endsOf, itemOfEnds, keyOfEnds } from "../lambda/store/ends.ts";
import {
  inPlaceOf,
  keyOf,
  newItem,
  parseItem,
  partitionOfBuild,
  partitionOfJob,
  shardOf,
  unchangedSince,
  writeOf,
  writeOfAction,
  type Change,
  type Item,
  type Key,
} from "../lambda/store/item.ts";
import type { Circuit, Clock, Store, Writer } from "../lambda/tracking/ports.ts";

/** The store, with more that a test can read. */
export interface MemoryStore extends Store {
  /** Every recorded message, by its key. A message stays here after it was delivered. */
  readonly recorded: Map<string, Message>;
  /** The stored feed. Undefined if there is none or if it has expired. */
  read(like: Feed): Feed | undefined;
  /** A build by its id, of this channel or of its only one. */
  readBuild(buildId: string, channel?: string): Build | undefined;
  /** The active feeds of all shards, as the index contains them. With `behind`, as they were before the last write. */
  readIndex(behind?: boolean): Feed[];
}

/** The kinds of items that are no feeds. */
const apart = new Set<unknown>(["ends", "committer", "digestEntry"]);

/** As their keys order them in DynamoDB. */
const orderOf: Record<Feed["kind"], number> = { notices: 0, subscription: 1, build: 2 };

/**
 * The store in memory: the same items and conditional writes as in DynamoDB, consistent reads, and no expired items.
 * Stored items are frozen and not copied, so no caller can change them.
 */
export function createMemoryStore(clock: Pick<Clock, "now">): MemoryStore {
  const items = new Map<string, Item>();
  const recorded = new Map<string, Message>();
  /** The item before the last write. */
  let replaced: { key?: string; item?: Item | undefined } = {};
  let circuit: Circuit | undefined;

  const isExpired = (item: Item | undefined): boolean =>
    Number(item?.[table.timeToLive] ?? Infinity) * 1000 <= clock.now();
  const understood = (item: Item | undefined): Feed | undefined =>
    item && !apart.has(item["kind"]) && !isExpired(item) ? parseItem(item) : undefined;
  const readItem = (key: Key): Item | undefined => {
    const item = items.get(textOf(key));
    return isExpired(item) ? undefined : item;
  };
  /** Puts the item in the place of this version. */
  const putNext = (item: Item, version: number): boolean => {
    const key = { pk: String(item[table.key]), sk: String(item[table.sortKey]) };
    if ((readItem(key)?.["version"] ?? 0) !== version) return false;
    items.set(textOf(key), freeze(item));
    return true;
  };
  const readKey = (key: Key): Feed | undefined => understood(items.get(textOf(key)));
  const read = (like: Feed): Feed | undefined => readKey(keyOf(like));
  const registrationsOf = (buildId: string): Build[] =>
    [...items.values()]
      .filter((item) => item["pk"] === partitionOfBuild(buildId))
      .toSorted((a, b) => (String(a["sk"]) < String(b["sk"]) ? -1 : 1))
      .flatMap((item) => understood(item) ?? []) as Build[];
  const put = (key: string, item: Item): Feed => {
    replaced = { key, item: items.get(key) };
    items.set(key, freeze(item));
    return parseItem(item);
  };
  const keep = (feed: Feed): Feed => {
    const saved = put(textOf(keyOf(feed)), newItem(feed));
    note(saved, saved.delivery.outbox);
    return saved;
  };
  const note = (feed: Feed, messages: readonly Message[]): void => {
    for (const message of messages) recorded.set(messageKey(feedId(feed), message), message);
  };
  const update = (before: Feed, after: Feed, writer: Writer): Feed | undefined => {
    const key = textOf(keyOf(after));
    const item = items.get(key);
    const { changes, conditions } = writeOf(before, after, writer);
    if (changes.length === 0) throw new Error("DynamoDB refuses a write that changes nothing");
    if (!item || !conditions.every(isMetBy(item))) return undefined;
    const saved = put(key, changed(item, changes));
    const added = new Set(changes.map(({ value }) => value));
    note(
      saved,
      saved.delivery.outbox.filter((message) => added.has(message)),
    );
    return saved;
  };
  /** The API's marks don't change the versions. */
  const mark = (buildId: string, channel: string, marks: (build: Build) => Item): boolean => {
    const key = { pk: partitionOfBuild(buildId), sk: channel };
    const build = readKey(key) as Build | undefined;
    const item = items.get(textOf(key));
    if (!build || !item) return false;
    items.set(textOf(key), freeze({ ...item, requests: { ...(item["requests"] as Item), ...marks(build) } }));
    return true;
  };
  const readIndex = (behind = false): Feed[] =>
    [...items]
      .map(([key, item]) => (behind && key === replaced.key ? replaced.item : item))
      .filter((item): item is Item => item?.[table.indexKey] !== undefined)
      .map(({ history: _apart, seen: _neither, ...item }) => parseItem(item));

  return {
    recorded,
    read,
    readBuild: (buildId, channel) =>
      registrationsOf(buildId).find(
        ({ registration }) => channel === undefined || registration.channel === channel,
      ),
    readIndex,
    async *loadActive(shards) {
      const byShard = Map.groupBy(readIndex(), (feed) => shardOf(channelOf(feed)));
      for (const shard of shards)
        yield* (byShard.get(shard) ?? []).toSorted((a, b) => orderOf[a.kind] - orderOf[b.kind]);
    },
    async loadBuild(buildId, channel) {
      return readKey({ pk: partitionOfBuild(buildId), sk: channel }) as Build | undefined;
    },
    async loadSubscription(jobId, channel) {
      return readKey({ pk: partitionOfJob(jobId), sk: channel }) as Subscription | undefined;
    },
    async loadRegistrations(buildId) {
      return registrationsOf(buildId);
    },
    async load<F extends Feed>(feed: F) {
      return read(feed) as F | undefined;
    },
    async save<F extends Feed>(before: F, after: F, writer: Writer) {
      if (before.version > 0) return update(before, after, writer) as F | undefined;
      return read(after) ? undefined : (keep(after) as F);
    },
    async register(feed, replaced) {
      const there = replaced ? items.get(textOf(keyOf(feed))) : read(feed);
      if (replaced ? !there || !unchangedSince(replaced).every(isMetBy(there as Item)) : there) return false;
      keep(replaced ? inPlaceOf(replaced, feed) : feed);
      return true;
    },
    async requestStop(buildId, channel, now) {
      return mark(buildId, channel, ({ stopRequestedAt = now }) => ({ stopRequestedAt }));
    },
    async requestRedelivery(buildId, channel, now) {
      return mark(buildId, channel, () => ({ redeliverRequestedAt: now }));
    },
    async requestAction(build, action, request) {
      const key = textOf(keyOf(build));
      const item = items.get(key);
      const { changes, conditions } = writeOfAction(build, action, request);
      if (!item || !conditions.every(isMetBy(item))) return undefined;
      return put(key, changed(item, changes)) as Build;
    },
    async loadChannel(channel) {
      return readIndex().filter((feed) => channelOf(feed) === channel);
    },
    async list({ status, channel, jobId, cursor, limit }) {
      const inOrder = [...items.keys()]
        .toSorted()
        .flatMap((key) => understood(items.get(key)) ?? [])
        .filter((feed) => feed.kind === "build")
        .filter((build) => !status || shownStatusOf(build) === status)
        .filter((build) => channel === undefined || build.registration.channel === channel)
        .filter((build) => jobId === undefined || build.details?.jobId === jobId)
        .toSorted((a, b) => b.registration.at - a.registration.at);
      const listed: List = ["builds", status, channel, jobId];
      const rest = cursor === undefined ? inOrder : inOrder.filter(isAfter(parseCursor(listed, cursor)));
      const page = rest.slice(0, limit);
      const last = page.at(-1);
      return last && rest.length > limit
        ? { builds: page, cursor: formatCursor(listed, placeOf(last)) }
        : { builds: page };
    },
    async listSubscriptions({ channel, jobId, cursor, limit }) {
      const listed: List = ["subscriptions", channel, jobId];
      const after = cursor === undefined ? undefined : parseCursor(listed, cursor).join(" ");
      const rest = [...items.keys()]
        .toSorted()
        .filter((key) => after === undefined || key > after)
        .flatMap((key) => understood(items.get(key)) ?? [])
        .filter((feed) => feed.kind === "subscription")
        .filter(({ status }) => status === "active")
        .filter(({ settings }) => channel === undefined || settings.channel === channel)
        .filter((each) => jobId === undefined || each.jobId === jobId)
        .map(({ seen: _apart, ...each }) => each);
      const page = rest.slice(0, limit);
      const last = page.at(-1);
      return last && rest.length > limit
        ? { subscriptions: page, cursor: formatCursor(listed, textOf(keyOf(last)).split(" ")) }
        : { subscriptions: page };
    },
    async loadEnds(jobId, channel) {
      const item = readItem(keyOfEnds({ jobId, channel }));
      return item && endsOf(item);
    },
    saveEnds: async (ends) => putNext(itemOfEnds(ends, clock.now()), ends.version),
    async loadCommitter(name) {
      const item = readItem(committerKey(name));
      return item && committerOf(item);
    },
    saveCommitter: async (committer) => putNext(itemOfCommitter(committer, clock.now()), committer.version),
    async listCommitters() {
      return [...items.values()]
        .filter((item) => item[table.key] === committersKey)
        .map(committerOf)
        .filter(({ link }) => link)
        .toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
    },
    async addDigestEntry(channel, entry) {
      const key = textOf(keyOfEntry(channel, entry));
      if (!items.has(key)) items.set(key, freeze(itemOfEntry(channel, entry)));
    },
    async *loadDigestEntries(channel) {
      const entries = [...items.values()].filter((item) => item["pk"] === partitionOfDigest(channel));
      yield entries.flatMap((item) => entryOfItem(item) ?? []);
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

const isMetBy =
  (item: Item) =>
  ({ path, value }: Change): boolean =>
    valueAt(item, path) === value;

const valueAt = (item: Item, path: string[]): unknown =>
  path.reduce<unknown>((value, name) => (value as Item | undefined)?.[name], item);

function changed(item: Item, changes: readonly Change[]): Item {
  const next = { ...item };
  for (const {
    path: [outer, inner],
    value,
  } of changes) {
    if (inner === undefined) next[outer!] = value;
    else {
      const { [inner]: _replaced, ...others } = next[outer!] as Item;
      next[outer!] = value === undefined ? others : { ...others, [inner]: value };
    }
  }
  return next;
}

const textOf = ({ pk, sk }: Key): string => `${pk} ${sk}`;

/** A build's place in the list, as in the real store. */
const placeOf = (build: Build): string[] => [
  String(build.registration.at),
  ...textOf(keyOf(build)).split(" "),
];

function isAfter([at, ...key]: string[]): (build: Build) => boolean {
  const registeredAt = Number(at);
  return (build) =>
    build.registration.at < registeredAt ||
    (build.registration.at === registeredAt && textOf(keyOf(build)) > key.join(" "));
}

/** Freezes the object and everything in it. An object that is already frozen was frozen here, so it is skipped. */
function freeze<T extends object>(whole: T): T {
  // Bytes can't be frozen.
  if (Object.isFrozen(whole) || ArrayBuffer.isView(whole)) return whole;
  for (const part of Object.values(whole)) if (typeof part === "object" && part !== null) freeze(part);
  return Object.freeze(whole);
}

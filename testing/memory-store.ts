import { shownStatusOf, type Build } from "../lambda/domain/build.ts";
import { messageKey, type Message } from "../lambda/domain/delivery.ts";
import { channelOf, feedId, type Feed } from "../lambda/domain/feed.ts";
import { table } from "../lambda/names.ts";
import {
  inPlaceOf,
  keyOf,
  newItem,
  parseItem,
  shardOf,
  writeOf,
  type Change,
  type Item,
} from "../lambda/store/item.ts";
import type { Circuit, Clock, Store, Writer } from "../lambda/tracking/ports.ts";

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
 * The store in memory: the same items and conditional writes as in DynamoDB, consistent reads, and no expired items.
 * Stored items are frozen and not copied, so no caller can change them.
 */
export function createMemoryStore(clock: Pick<Clock, "now">): MemoryStore {
  const items = new Map<string, Item>();
  const recorded = new Map<string, Message>();
  /** The item before the last write. */
  let replaced: { key?: string; item?: Item | undefined } = {};
  let circuit: Circuit | undefined;

  const read = (key: string): Feed | undefined => {
    const item = items.get(key);
    return item && Number(item[table.timeToLive] ?? Infinity) * 1000 > clock.now()
      ? parseItem(item)
      : undefined;
  };
  const readBuild = (buildId: string) => read(buildId) as Build | undefined;
  const put = (key: string, item: Item): Feed => {
    replaced = { key, item: items.get(key) };
    items.set(key, freeze(item));
    return parseItem(item);
  };
  const keep = (feed: Feed): Feed => {
    const saved = put(keyOf(feed), newItem(feed));
    note(saved, saved.delivery.outbox);
    return saved;
  };
  const note = (feed: Feed, messages: readonly Message[]): void => {
    for (const message of messages) recorded.set(messageKey(feedId(feed), message), message);
  };
  const update = (before: Feed, after: Feed, writer: Writer): Feed | undefined => {
    const key = keyOf(after);
    const item = items.get(key);
    const { changes, conditions } = writeOf(before, after, writer);
    if (changes.length === 0) throw new Error("DynamoDB refuses a write that changes nothing");
    if (!item || !conditions.every(({ path, value }) => valueAt(item, path) === value)) return undefined;
    const saved = put(key, changed(item, changes));
    const added = new Set(changes.map(({ value }) => value));
    note(
      saved,
      saved.delivery.outbox.filter((message) => added.has(message)),
    );
    return saved;
  };
  /** The API's marks don't change the versions. */
  const mark = (buildId: string, marks: (build: Build) => Item): boolean => {
    const build = readBuild(buildId);
    if (build) items.set(buildId, freeze({ ...items.get(buildId), ...marks(build) }));
    return build !== undefined;
  };
  const readIndex = (behind = false): Feed[] =>
    [...items]
      .map(([key, item]) => (behind && key === replaced.key ? replaced.item : item))
      .filter((item): item is Item => item?.[table.indexKey] !== undefined)
      .map(({ history: _apart, ...item }) => parseItem(item));

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
    async save<F extends Feed>(before: F, after: F, writer: Writer) {
      if (before.version > 0) return update(before, after, writer) as F | undefined;
      return read(keyOf(after)) ? undefined : (keep(after) as F);
    },
    async register(build, replaced) {
      const there = read(build.buildId);
      if (there?.version !== replaced?.version) return false;
      if (there?.delivery.version !== replaced?.delivery.version) return false;
      keep(replaced ? inPlaceOf(replaced, build) : build);
      return true;
    },
    async requestStop(buildId, now) {
      return mark(buildId, ({ stopRequestedAt = now }) => ({ stopRequestedAt }));
    },
    async requestRedelivery(buildId, now) {
      return mark(buildId, () => ({ redeliverRequestedAt: now }));
    },
    async list({ status, cursor, limit }) {
      const inOrder = [...items.keys()]
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

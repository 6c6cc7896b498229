import type { Build, Registration } from "../domain/build.ts";
import type { Card, Delivery, Message, Setback } from "../domain/delivery.ts";
import { byKind, channelOf, type Feed } from "../domain/feed.ts";
import type { Notices } from "../domain/notices.ts";
import { table, virtualShards } from "../names.ts";
import type { Writer } from "../tracking/ports.ts";

/** The layout of feeds as DynamoDB items. No other file knows the attributes. */

/** Raised if older versions can't read the new items. */
export const format = 1;

export type Item = Record<string, unknown>;

/** Notices are in the same table as builds. No build id can contain `#`. */
export const keyOf = (feed: Feed): string =>
  byKind(feed, { build: ({ buildId }) => buildId, notices: ({ channel }) => `#notices/${channel}` });

export const circuitKey = "#servicestage";

/** FNV-1a. All feeds of a channel share a shard, so one tick keeps the channel's order and pace. */
export function shardOf(channel: string): number {
  let hash = 0x811c9dc5;
  for (const character of channel) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
  return (hash >>> 0) % virtualShards;
}

/** A whole new item. */
export const newItem = (feed: Feed): Item => ({
  [table.key]: keyOf(feed),
  kind: feed.kind,
  registration: registrationOf(feed),
  history: feed.delivery.history,
  outbox: Object.fromEntries(feed.delivery.outbox.map((message) => [message.number, message])),
  ...setbackOf(feed, feed.delivery.version + 1),
  ...observationOf(feed),
  ...deliveryOf(feed),
  ...placeOf(feed),
});

/** The build with the replaced one's versions. The write raises them, so no one who read the replaced one can write. */
export const inPlaceOf = ({ version, delivery }: Build, build: Build): Build => ({
  ...build,
  version,
  delivery: { ...build.delivery, version: delivery.version },
});

/** An attribute, or an entry of a map, with its new value. Undefined removes it. */
export type Change = { path: string[]; value: unknown };

export interface Write {
  changes: Change[];
  /** What the item must hold. */
  conditions: Change[];
}

/** What a writer changes in an item, and on which condition: see {@link Writer}. */
export function writeOf(before: Feed, after: Feed, writer: Writer): Write {
  const observes = writer !== "delivery" && hasObserved(before, after);
  const delivers = writer !== "observation";
  const leaves = after.expiresAt !== undefined;
  const changes = {
    ...(observes && observationOf(after)),
    ...(delivers && deliveryOf(after)),
    ...(writer === "delivery" && { history: after.delivery.history }),
    ...((delivers || before.delivery.setback !== after.delivery.setback) &&
      setbackOf(after, before.delivery.version + (delivers ? 1 : 0))),
    ...((observes || leaves) && placeOf(after)),
  };
  const messages = [
    ...(observes ? missingFrom(before, after).map((message) => entryOf(message, message)) : []),
    ...(writer === "delivery" ? missingFrom(after, before).map((message) => entryOf(message)) : []),
  ];
  return {
    changes: [...Object.entries(changes).map(([name, value]) => ({ path: [name], value })), ...messages],
    conditions: [
      ...(writer !== "delivery" || leaves ? [{ path: ["version"], value: before.version }] : []),
      ...(delivers || leaves ? [{ path: ["delivery", "version"], value: before.delivery.version }] : []),
    ],
  };
}

/** The other feed's messages that the first feed lacks. */
function missingFrom({ delivery: { outbox } }: Feed, other: Feed): Message[] {
  const numbers = new Set(outbox.map(({ number }) => number));
  return other.delivery.outbox.filter(({ number }) => !numbers.has(number));
}

const entryOf = ({ number }: Message, value?: Message): Change => ({
  path: ["outbox", String(number)],
  value,
});

/** Whether an observation would change the item. */
export function hasObserved(before: Feed, after: Feed): boolean {
  const [known, seen] = [observedStateOf(before), observedStateOf(after)];
  return Object.keys(seen).some((name) => known[name] !== seen[name]);
}

const observationOf = (feed: Feed): Item => ({
  version: feed.version + 1,
  format,
  state: observedStateOf(feed),
});

function observedStateOf(feed: Feed): Item {
  const { nextNumber, card } = feed.delivery;
  return { ...stateOf(feed), nextNumber, cardRevision: card?.revision ?? 0 };
}

function deliveryOf({ delivery }: Feed): Item {
  const { version, lease, doubted, card, postponed } = delivery;
  return { delivery: { version: version + 1, lease, doubted, card: card && postedOf(card), postponed } };
}

/** The setback is valid for one version of the delivery: the next write of the delivery makes it out of date. */
const setbackOf = ({ delivery: { setback } }: Feed, deliveryVersion: number): Item => ({
  setback: setback && { ...setback, deliveryVersion },
});

/** The card without its revision, which the observation writes. */
const postedOf = ({ revision: _observed, ...posted }: Card): Omit<Card, "revision"> => posted;

/** A feed is in the index until it gets an expiry. */
function placeOf(feed: Feed): Item {
  const { expiresAt } = feed;
  return expiresAt === undefined
    ? { [table.indexKey]: shardOf(channelOf(feed)), [table.timeToLive]: undefined }
    : { [table.indexKey]: undefined, [table.timeToLive]: Math.ceil(expiresAt / 1000) };
}

const registrationOf = (feed: Feed): object =>
  byKind<object>(feed, {
    build: ({ registration }) => registration,
    notices: ({ id, channel }) => ({ id, channel }),
  });

const stateOf = (feed: Feed): Item =>
  byKind<Item>(feed, { build: stateOfBuild, notices: ({ outage }) => ({ outage }) });

/** Names every field, so that the code does not compile with a new field that is not stored. */
function stateOfBuild(build: Build): Record<keyof BuildState, unknown> {
  const { status, outcome, abandoned, snapshot, omittedPhases, omittedChanges, details } = build;
  const { closing, lasted, changedAt, observedAt, trouble, channelRefusal } = build;
  return {
    status,
    outcome,
    abandoned,
    snapshot,
    omittedPhases,
    omittedChanges,
    details,
    closing,
    lasted,
    changedAt,
    observedAt,
    trouble,
    channelRefusal,
  };
}

/** What all stored feeds have in common. */
interface StoredFeed {
  version: number;
  /** By number. */
  outbox: Record<string, Message>;
  delivery: Pick<Delivery, "version" | "lease" | "doubted" | "postponed"> & { card?: Omit<Card, "revision"> };
  setback?: Setback & { deliveryVersion: number };
  history?: Delivery["history"];
  /** Seconds, as DynamoDB wants it. */
  [table.timeToLive]?: number;
}

/** The part of a delivery that the observation writes. */
interface StoredState {
  nextNumber: number;
  /** 0 if there is to be no card. */
  cardRevision: number;
}

interface StoredBuild
  extends StoredFeed, Pick<Build, "buildId" | "stopRequestedAt" | "redeliverRequestedAt"> {
  registration: Registration;
  state: StoredState & BuildState;
}

/** What is observed of a build. */
type BuildState = Omit<
  Build,
  "kind" | "buildId" | "registration" | "version" | "delivery" | `${string}RequestedAt` | "expiresAt"
>;

interface StoredNotices extends StoredFeed {
  registration: Pick<Notices, "id" | "channel">;
  state: StoredState & Pick<Notices, "outage">;
}

/** @throws {Error} if this version does not understand the item. It never returns an empty snapshot instead */
export function parseItem(item: Item): Feed {
  if (item["format"] !== format)
    throw notUnderstood(item, `its format is ${String(item["format"])}, not ${format}`);
  switch (item["kind"]) {
    case "build":
      assertBuild(item);
      return toBuild(item);
    case "notices":
      assertNotices(item);
      return toNotices(item);
    default:
      throw notUnderstood(item, `its kind is ${String(item["kind"])}`);
  }
}

function toBuild(item: StoredBuild): Build {
  const { buildId, registration, stopRequestedAt, redeliverRequestedAt } = item;
  const { nextNumber: _number, cardRevision: _revision, ...state } = item.state;
  return {
    kind: "build",
    buildId,
    registration,
    ...state,
    ...sharedOf(item),
    ...(stopRequestedAt === undefined ? {} : { stopRequestedAt }),
    ...(redeliverRequestedAt === undefined ? {} : { redeliverRequestedAt }),
  };
}

function toNotices(item: StoredNotices): Notices {
  const { nextNumber: _number, cardRevision: _revision, ...state } = item.state;
  return { kind: "notices", ...item.registration, ...state, ...sharedOf(item) };
}

function sharedOf(item: StoredFeed & { state: StoredState }) {
  const { version, outbox, delivery, setback, history = [], state, [table.timeToLive]: expiry } = item;
  const { card = { number: 1, shown: 0 }, ...rest } = delivery;
  return {
    version,
    delivery: {
      ...rest,
      outbox: Object.values(outbox).toSorted((a, b) => a.number - b.number),
      nextNumber: state.nextNumber,
      ...(state.cardRevision > 0 && { card: { ...card, revision: state.cardRevision } }),
      ...(setback?.deliveryVersion === delivery.version && { setback: withoutVersion(setback) }),
      history,
    },
    ...(expiry === undefined ? {} : { expiresAt: expiry * 1000 }),
  };
}

const withoutVersion = ({ deliveryVersion: _version, ...setback }: Setback & { deliveryVersion: number }) =>
  setback;

/**
 * Only this product writes items, and an incompatible change raises the format. So this function checks only the main
 * fields and believes the rest, because every read of the index parses every active item.
 */
function assertBuild(item: Item): asserts item is Item & StoredBuild {
  const [registration, state] = [item["registration"], item["state"]];
  assertShared(item);
  if (!Array.isArray(at(state, "snapshot"))) throw notUnderstood(item, "it has no snapshot");
  if (!isText(item[table.key])) throw notUnderstood(item, "it has no id");
  if (!isText(at(registration, "channel")) || !isNumber(at(registration, "at")))
    throw notUnderstood(item, "its registration is incomplete");
  if (!Array.isArray(at(registration, "mention")) || typeof at(registration, "thread") !== "boolean")
    throw notUnderstood(item, "its registration is incomplete");
  if (!isText(at(state, "status")) || !isNumber(at(state, "changedAt")))
    throw notUnderstood(item, "its state is incomplete");
  for (const name of ["stopRequestedAt", "redeliverRequestedAt"])
    if (item[name] !== undefined && !isNumber(item[name]))
      throw notUnderstood(item, `its ${name} is no time`);
}

function assertNotices(item: Item): asserts item is Item & StoredNotices {
  assertShared(item);
  if (!isText(at(item["registration"], "channel"))) throw notUnderstood(item, "it has no channel");
  if (typeof item["state"] !== "object") throw notUnderstood(item, "it has no state");
}

/** Checks what all feeds have in common. @throws {Error} */
function assertShared(item: Item): void {
  const { history, [table.timeToLive]: expiry } = item;
  if (!isNumber(item["version"])) throw notUnderstood(item, "it has no version");
  if (!isText(at(item["registration"], "id"))) throw notUnderstood(item, "it has no registration");
  if (!isObject(item["outbox"]) || Array.isArray(item["outbox"]))
    throw notUnderstood(item, "it has no outbox");
  if (!isNumber(at(item["delivery"], "version"))) throw notUnderstood(item, "it has no delivery");
  if (!isNumber(at(item["state"], "nextNumber")) || !isNumber(at(item["state"], "cardRevision")))
    throw notUnderstood(item, "its state is incomplete");
  if (history !== undefined && !Array.isArray(history)) throw notUnderstood(item, "its history is no list");
  if (expiry !== undefined && !isNumber(expiry)) throw notUnderstood(item, "its expiry is no time");
}

const notUnderstood = (item: Item, fault: string): Error =>
  new Error(
    `The stored item ${String(item[table.key])} can't be read: ${fault}. The notifier does not change the item. ` +
      `A newer version may have written the item, or a person edited it.`,
  );

const isText = (value: unknown): value is string => typeof value === "string";
const isNumber = (value: unknown): value is number => Number.isFinite(value);

const at = (outer: unknown, name: string): unknown => (isObject(outer) ? outer[name] : undefined);

const isObject = (value: unknown): value is Item => typeof value === "object" && value !== null;

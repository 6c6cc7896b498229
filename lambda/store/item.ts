import type { Build, Registration } from "../domain/build.ts";
import type { Delivery } from "../domain/delivery.ts";
import { byKind, channelOf, isActiveFeed, type Feed } from "../domain/feed.ts";
import type { Notices } from "../domain/notices.ts";
import { table, virtualShards } from "../names.ts";

/** How feeds are laid out as DynamoDB items: the only file that knows the attributes. */

/** Raised when an older version could not read what a newer one writes. */
export const format = 1;

export type Item = Record<string, unknown>;

/** A notices item lives beside the builds; no build id can hold the sign. */
export const keyOf = (feed: Feed): string =>
  byKind(feed, { build: ({ buildId }) => buildId, notices: ({ channel }) => `#notices/${channel}` });

export const circuitKey = "#servicestage";

/** FNV-1a: all feeds of a channel share a shard, so that one tick keeps the channel's order and pace. */
export function shardOf(channel: string): number {
  let hash = 0x811c9dc5;
  for (const character of channel) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
  return (hash >>> 0) % virtualShards;
}

/** What a tick writes; an undefined attribute is one to remove. */
export function ownedAttributes(feed: Feed): Item {
  const { history: _apart, ...delivery } = feed.delivery;
  return {
    version: feed.version + 1,
    format,
    state: stateOf(feed),
    delivery,
    [table.indexKey]: isActiveFeed(feed) ? shardOf(channelOf(feed)) : undefined,
    [table.timeToLive]: feed.expiresAt === undefined ? undefined : Math.ceil(feed.expiresAt / 1000),
  };
}

/** A whole new item. */
export const newItem = (feed: Feed): Item => ({
  [table.key]: keyOf(feed),
  kind: feed.kind,
  registration: registrationOf(feed),
  history: feed.delivery.history,
  ...ownedAttributes(feed),
});

const registrationOf = (feed: Feed): object =>
  byKind<object>(feed, {
    build: ({ registration }) => registration,
    notices: ({ id, channel }) => ({ id, channel }),
  });

const stateOf = (feed: Feed): Item =>
  byKind<Item>(feed, { build: stateOfBuild, notices: ({ outage }) => ({ outage }) });

function stateOfBuild(build: Build): Item {
  const { status, outcome, abandoned, snapshot, omittedPhases, details, closing, lasted } = build;
  const { changedAt, observedAt, trouble } = build;
  return {
    status,
    outcome,
    abandoned,
    snapshot,
    omittedPhases,
    details,
    closing,
    lasted,
    changedAt,
    observedAt,
    trouble,
  };
}

/** What every stored feed has beside its own state. */
interface StoredFeed {
  version: number;
  delivery: Omit<Delivery, "history">;
  history?: Delivery["history"];
  /** Seconds, as DynamoDB wants it. */
  [table.timeToLive]?: number;
}

interface StoredBuild
  extends StoredFeed, Pick<Build, "buildId" | "stopRequestedAt" | "redeliverRequestedAt"> {
  registration: Registration;
  state: Omit<
    Build,
    "kind" | "buildId" | "registration" | "version" | "delivery" | `${string}RequestedAt` | "expiresAt"
  >;
}

interface StoredNotices extends StoredFeed {
  registration: Pick<Notices, "id" | "channel">;
  state: Pick<Notices, "outage">;
}

/** @throws {Error} when the item is not one that this version understands: never an empty snapshot instead */
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
  const { buildId, registration, state, stopRequestedAt, redeliverRequestedAt } = item;
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

const toNotices = (item: StoredNotices): Notices => ({
  kind: "notices",
  ...item.registration,
  ...item.state,
  ...sharedOf(item),
});

function sharedOf({ version, delivery, history = [], [table.timeToLive]: expiry }: StoredFeed) {
  return {
    version,
    delivery: { ...delivery, history },
    ...(expiry === undefined ? {} : { expiresAt: expiry * 1000 }),
  };
}

/**
 * Only this product writes items, and a change of what is written raises the format. So this checks what an item is
 * handled by, and believes what is below it: every read of the index parses every active item.
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

/** @throws {Error} for what all feeds have in common */
function assertShared(item: Item): void {
  const { history, [table.timeToLive]: expiry } = item;
  if (!isNumber(item["version"])) throw notUnderstood(item, "it has no version");
  if (!isText(at(item["registration"], "id"))) throw notUnderstood(item, "it has no registration");
  if (!Array.isArray(at(item["delivery"], "outbox"))) throw notUnderstood(item, "it has no outbox");
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

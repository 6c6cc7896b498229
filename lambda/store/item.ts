import type { Build } from "../domain/build.ts";
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

/** @throws {Error} when the item is not one that this version understands: never an empty snapshot instead */
export function parseItem(item: Item): Feed {
  const fault = faultOf(item);
  if (fault) {
    throw new Error(
      `The stored item ${String(item[table.key])} can't be understood: ${fault}. It is left as it is; ` +
        `a newer version may have written it, or a person edited it.`,
    );
  }
  const {
    buildId,
    version,
    registration,
    state,
    delivery,
    history = [],
    stopRequestedAt,
    redeliverRequestedAt,
  } = item as StoredFeed;
  const expiry = item[table.timeToLive] as number | undefined;
  const shared = {
    version,
    delivery: { ...delivery, history },
    ...(expiry === undefined ? {} : { expiresAt: expiry * 1000 }),
  };
  if (item["kind"] === "notices")
    return { kind: "notices", ...registration, ...state, ...shared } as unknown as Notices;
  return {
    kind: "build",
    buildId,
    registration,
    ...state,
    ...shared,
    ...(stopRequestedAt === undefined ? {} : { stopRequestedAt }),
    ...(redeliverRequestedAt === undefined ? {} : { redeliverRequestedAt }),
  } as unknown as Build;
}

interface StoredFeed extends Item {
  buildId: string;
  version: number;
  registration: Item;
  state: Item;
  delivery: Omit<Delivery, "history">;
  history?: Delivery["history"];
  stopRequestedAt?: number;
  redeliverRequestedAt?: number;
}

function faultOf(item: Item): string | undefined {
  if (item["format"] !== format) return `its format is ${String(item["format"])}, not ${format}`;
  if (item["kind"] !== "build" && item["kind"] !== "notices") return `its kind is ${String(item["kind"])}`;
  if (typeof item["version"] !== "number") return "it has no version";
  if (typeof at(item, "registration", "id") !== "string") return "it has no registration";
  if (!Array.isArray(at(item, "delivery", "outbox"))) return "it has no outbox";
  if (item["kind"] === "build" && !Array.isArray(at(item, "state", "snapshot"))) return "it has no snapshot";
  return undefined;
}

const at = (item: Item, ...[outer, inner]: [string, string]): unknown =>
  (item[outer] as Item | undefined)?.[inner];

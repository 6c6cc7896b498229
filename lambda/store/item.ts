import { actions, type Action, type ActionRequest, type ActionRequests } from "../domain/action.ts";
import type { Build, Registration } from "../domain/build.ts";
import type { Card, Delivery, Message, Setback } from "../domain/delivery.ts";
import { byKind, channelOf, type Feed } from "../domain/feed.ts";
import type { Notices } from "../domain/notices.ts";
import type { Seen } from "../domain/seen.ts";
import type { Subscription } from "../domain/subscription.ts";
import { table, virtualShards } from "../names.ts";
import type { Writer } from "../tracking/ports.ts";

/** The layout of feeds as DynamoDB items. No other file knows the attributes. */

/** Raised if older versions can't read the new items. */
export const format = 1;

export type Item = Record<string, unknown>;

/** The keys of an item, by the attributes' names. */
export type Key = Record<typeof table.key | typeof table.sortKey, string>;

/** In the order of their keys: the builds, then the jobs, then the notices. */
const partitions = { build: "build/", job: "job/", notices: "notices" } as const;

export const firstJobKey: string = partitions.job;
export const partitionOfBuild = (buildId: string): string => partitions.build + buildId;
export const partitionOfJob = (jobId: string): string => partitions.job + jobId;

export const keyOf = (feed: Feed): Key => ({
  pk: byKind(feed, {
    build: ({ buildId }) => partitionOfBuild(buildId),
    notices: () => partitions.notices,
    subscription: ({ jobId }) => partitionOfJob(jobId),
  }),
  sk: channelOf(feed),
});

export const circuitKey: Key = { pk: "circuit", sk: "servicestage" };

/** FNV-1a. All feeds of a channel share a shard, so one tick keeps the channel's order and pace. */
export function shardOf(channel: string): number {
  let hash = 0x811c9dc5;
  for (const character of channel) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
  return (hash >>> 0) % virtualShards;
}

/** A whole new item. */
export const newItem = (feed: Feed): Item => ({
  ...keyOf(feed),
  kind: feed.kind,
  registration: registrationOf(feed),
  requests: {},
  ...(feed.kind === "subscription" && { seen: bytesOfSeen(feed.seen ?? []) }),
  history: feed.delivery.history,
  outbox: Object.fromEntries(feed.delivery.outbox.map((message) => [message.number, message])),
  ...setbackOf(feed, feed.delivery.version + 1),
  ...observationOf(feed),
  ...deliveryOf(feed),
  ...placeOf(feed),
});

/** The feed with the replaced one's versions. The write raises them, so no one who read the replaced one can write. */
export const inPlaceOf = <F extends Feed>({ version, delivery }: F, feed: F): F => ({
  ...feed,
  version,
  delivery: { ...feed.delivery, version: delivery.version },
});

/** An attribute, or an entry of a map, with its new value. Undefined removes it. */
export type Change = { path: string[]; value: unknown };

export interface Write {
  changes: Change[];
  /** What the item must hold. Undefined: nothing in this place. */
  conditions: Change[];
}

/**
 * What a writer changes in an item, and on which condition: see {@link Writer}, and the table in `docs/delivery.md`, "Two
 * writers, one item".
 */
export function writeOf(before: Feed, after: Feed, writer: Writer): Write {
  const observes = writer !== "delivery" && hasObserved(before, after);
  const delivers = writer !== "observation";
  const leaves = after.expiresAt !== undefined;
  const changes = {
    ...(observes && { ...observationOf(after), ...rareChanges(before, after) }),
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
      // A request that was made meanwhile must still be told.
      ...(leaves ? requestsAsIn(before) : []),
    ],
  };
}

/** Holds if nobody pressed a button since the feed was read. */
const requestsAsIn = (feed: Feed): Change[] =>
  feed.kind === "build" ? [{ path: ["requests", "version"], value: feed.requestsVersion }] : [];

/** What a new registration in the place of this one needs: nothing was written since it was read. */
export const unchangedSince = (replaced: Feed): Change[] => [
  { path: ["version"], value: replaced.version },
  { path: ["delivery", "version"], value: replaced.delivery.version },
  ...requestsAsIn(replaced),
];

/**
 * Stores a request of a user who pressed a button, or removes it. The build goes (back) into the index, so that a tick tells
 * the request.
 */
export function writeOfAction(build: Build, action: Action, request: ActionRequest | undefined): Write {
  const { registration, requestsVersion = 0, version } = build;
  const stops = action === "stop" && request !== undefined;
  return {
    changes: [
      { path: ["requests", action], value: request },
      { path: ["requests", "version"], value: requestsVersion + 1 },
      ...(stops ? [{ path: ["requests", "stopRequestedAt"], value: request.at }] : []),
      { path: [table.indexKey], value: shardOf(registration.channel) },
      { path: [table.timeToLive], value: undefined },
    ],
    conditions: [
      { path: ["version"], value: version },
      { path: ["registration", "id"], value: registration.id },
      ...requestsAsIn(build),
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
  return (
    Object.keys(seen).some((name) => known[name] !== seen[name]) ||
    Object.keys(rareChanges(before, after)).length > 0
  );
}

/** Attributes that are large or seldom change, so they are written only when they do. */
function rareChanges(before: Feed, after: Feed): Item {
  if (before.kind !== "subscription" || after.kind !== "subscription") return {};
  return {
    ...(before.settings !== after.settings && { registration: registrationOf(after) }),
    ...(before.seen !== after.seen && after.seen && { seen: bytesOfSeen(after.seen) }),
  };
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
    notices: ({ id }) => ({ id }),
    subscription: ({ id, at, settings }) => ({ id, at, settings }),
  });

const stateOf = (feed: Feed): Item =>
  byKind<Item>(feed, {
    build: stateOfBuild,
    notices: ({ outage }) => ({ outage }),
    subscription: stateOfSubscription,
  });

/** Names every field, so that the code does not compile with a new field that is not stored. */
function stateOfBuild(build: Build): Record<keyof BuildState, unknown> {
  const { status, outcome, abandoned, snapshot, omittedPhases, omittedChanges, details } = build;
  const { usual, row, slowSince, closing, lasted, changedAt, observedAt, trouble, channelRefusal } = build;
  const { toldActions, mutedFrom } = build;
  return {
    status,
    outcome,
    abandoned,
    snapshot,
    omittedPhases,
    omittedChanges,
    details,
    usual,
    row,
    slowSince,
    closing,
    lasted,
    changedAt,
    observedAt,
    trouble,
    channelRefusal,
    toldActions,
    mutedFrom,
  };
}

function stateOfSubscription(subscription: Subscription): Record<keyof SubscriptionState, unknown> {
  const { status, jobName, lastBuildId, since, listedAt, pages, nextPage } = subscription;
  const { undecided, listLeads, dropped, trouble } = subscription;
  return {
    status,
    jobName,
    lastBuildId,
    since,
    listedAt,
    pages,
    nextPage,
    undecided,
    listLeads,
    dropped,
    trouble,
  };
}

/** Six bytes for each hash. */
const bytesOfSeen = (seen: Seen): Uint8Array => Buffer.from(seen.join(""), "hex");

const seenOfBytes = (bytes: Uint8Array): Seen => Buffer.from(bytes).toString("hex").match(/.{12}/g) ?? [];

/** What all stored feeds have in common. */
interface StoredFeed {
  pk: string;
  sk: string;
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

interface StoredBuild extends StoredFeed {
  registration: Registration;
  /** The API alone writes them. */
  requests: Pick<Build, "stopRequestedAt" | "redeliverRequestedAt"> & ActionRequests & { version?: number };
  state: StoredState & BuildState;
}

/** What is observed of a build. */
type BuildState = Omit<
  Build,
  | "kind"
  | "buildId"
  | "registration"
  | "version"
  | "delivery"
  | "expiresAt"
  | `${string}RequestedAt`
  | "actions"
  | "requestsVersion"
>;

interface StoredNotices extends StoredFeed {
  registration: Pick<Notices, "id">;
  state: StoredState & Pick<Notices, "outage">;
}

interface StoredSubscription extends StoredFeed {
  registration: Pick<Subscription, "id" | "at" | "settings">;
  state: StoredState & SubscriptionState;
  /** Not in the index. */
  seen?: Uint8Array;
}

/** What is observed of a job. */
type SubscriptionState = Omit<
  Subscription,
  "kind" | "jobId" | "version" | "settings" | "id" | "at" | "seen" | "delivery" | "expiresAt"
>;

/** @throws {Error} if this version does not understand the item. It never returns an empty snapshot instead */
export function parseItem(item: Item): Feed {
  if (item["format"] !== format)
    throw notUnderstood(item, `its format is ${String(item["format"])}, not ${format}`);
  switch (item["kind"]) {
    case "build":
      assertBuild(item);
      return toBuild(item);
    case "notices":
      assertShared(item);
      return toNotices(item);
    case "subscription":
      assertSubscription(item);
      return toSubscription(item);
    default:
      throw notUnderstood(item, `its kind is ${String(item["kind"])}`);
  }
}

/** Returns an error in place of throwing it, so that one bad item does not stop the others. */
export function understand(item: Item): Feed | Error {
  try {
    return parseItem(item);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function toBuild(item: StoredBuild): Build {
  const { pk, registration, requests } = item;
  const { nextNumber: _number, cardRevision: _revision, ...state } = item.state;
  const buildId = pk.slice(partitions.build.length);
  return { kind: "build", buildId, registration, ...state, ...sharedOf(item), ...requestsOf(requests) };
}

function requestsOf({ version: requestsVersion, ...requests }: StoredBuild["requests"]) {
  const { stopRequestedAt, redeliverRequestedAt, ...asked } = requests;
  return {
    ...(stopRequestedAt !== undefined && { stopRequestedAt }),
    ...(redeliverRequestedAt !== undefined && { redeliverRequestedAt }),
    ...(requestsVersion !== undefined && { requestsVersion }),
    ...(Object.keys(asked).length > 0 && { actions: asked }),
  };
}

function toNotices(item: StoredNotices): Notices {
  const { nextNumber: _number, cardRevision: _revision, ...state } = item.state;
  return { kind: "notices", channel: item.sk, ...item.registration, ...state, ...sharedOf(item) };
}

function toSubscription(item: StoredSubscription): Subscription {
  const { pk, registration, seen } = item;
  const { nextNumber: _number, cardRevision: _revision, ...state } = item.state;
  const jobId = pk.slice(partitions.job.length);
  return {
    kind: "subscription",
    jobId,
    ...registration,
    ...state,
    ...(seen && { seen: seenOfBytes(seen) }),
    ...sharedOf(item),
  };
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
  if (!isText(at(registration, "channel")) || !isNumber(at(registration, "at")))
    throw notUnderstood(item, "its registration is incomplete");
  if (!Array.isArray(at(registration, "mention")) || typeof at(registration, "thread") !== "boolean")
    throw notUnderstood(item, "its registration is incomplete");
  if (!isText(at(state, "status")) || !isNumber(at(state, "changedAt")))
    throw notUnderstood(item, "its state is incomplete");
  for (const name of ["stopRequestedAt", "redeliverRequestedAt"]) {
    const requestedAt = at(item["requests"], name);
    if (requestedAt !== undefined && !isNumber(requestedAt))
      throw notUnderstood(item, `its ${name} is no time`);
  }
  for (const action of actions) {
    const request = at(item["requests"], action);
    if (request !== undefined && !(isNumber(at(request, "number")) && isText(at(request, "by"))))
      throw notUnderstood(item, `its request to ${action} is incomplete`);
  }
}

function assertSubscription(item: Item): asserts item is Item & StoredSubscription {
  const [registration, state, seen] = [item["registration"], item["state"], item["seen"]];
  assertShared(item);
  const settings = at(registration, "settings");
  if (!isText(at(settings, "channel")) || !Array.isArray(at(settings, "mention")))
    throw notUnderstood(item, "its settings are incomplete");
  if (!isNumber(at(registration, "at"))) throw notUnderstood(item, "its registration is incomplete");
  if (!isText(at(state, "status"))) throw notUnderstood(item, "its state is incomplete");
  if (seen !== undefined && !(seen instanceof Uint8Array))
    throw notUnderstood(item, "what it has seen is no list of builds");
}

/** Checks what all feeds have in common. @throws {Error} */
function assertShared(
  item: Item,
): asserts item is Item & StoredFeed & { registration: { id: string }; state: StoredState } {
  const { history, [table.timeToLive]: expiry } = item;
  if (!isText(item[table.key]) || !isText(item[table.sortKey])) throw notUnderstood(item, "it has no key");
  if (!isNumber(item["version"])) throw notUnderstood(item, "it has no version");
  if (!isText(at(item["registration"], "id"))) throw notUnderstood(item, "it has no registration");
  if (!isObject(item["requests"])) throw notUnderstood(item, "it has no requests");
  if (!isObject(item["outbox"]) || Array.isArray(item["outbox"]))
    throw notUnderstood(item, "it has no outbox");
  if (!isNumber(at(item["delivery"], "version"))) throw notUnderstood(item, "it has no delivery");
  if (!isNumber(at(item["state"], "nextNumber")) || !isNumber(at(item["state"], "cardRevision")))
    throw notUnderstood(item, "its state is incomplete");
  if (history !== undefined && !Array.isArray(history)) throw notUnderstood(item, "its history is no list");
  if (expiry !== undefined && !isNumber(expiry)) throw notUnderstood(item, "its expiry is no time");
}

export const notUnderstood = (item: Item, fault: string): Error =>
  new Error(
    `The stored item ${String(item[table.key])} of ${String(item[table.sortKey])} can't be read: ${fault}. The notifier does not change the item. ` +
      `A newer version may have written the item, or a person edited it.`,
  );

const isText = (value: unknown): value is string => typeof value === "string";
const isNumber = (value: unknown): value is number => Number.isFinite(value);

const at = (outer: unknown, name: string): unknown => (isObject(outer) ? outer[name] : undefined);

const isObject = (value: unknown): value is Item => typeof value === "object" && value !== null;

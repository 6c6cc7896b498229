import { ConditionalCheckFailedException, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { shownStatusOf, type Build } from "../domain/build.ts";
import type { Committer } from "../domain/committer.ts";
import type { DigestEntry } from "../domain/digest.ts";
import { buildOf, isSameKind, nameOf, type Feed } from "../domain/feed.ts";
import type { Subscription } from "../domain/subscription.ts";
import { table, virtualShards } from "../names.ts";
import type { Circuit, Clock, ListQuery, Log, Store, SubscriptionQuery, Writer } from "../tracking/ports.ts";
import { committerKey, committerOf, committersKey, itemOfCommitter } from "./committers.ts";
import { formatCursor, parseCursor, type List } from "./cursor.ts";
import { documentsOf } from "./documents.ts";
import { entryOfItem, itemOfEntry, partitionOfDigest } from "./digest.ts";
import { endsOf, itemOfEnds, keyOfEnds } from "./ends.ts";
import {
  circuitKey,
  firstJobKey,
  format,
  keyOf,
  partitionOfBuild,
  partitionOfJob,
  newItem,
  parseItem,
  shardOf,
  understand,
  writeOf,
  writeOfAction,
  unchangedSince,
  inPlaceOf,
  type Change,
  type Item,
  type Key,
  type Write,
} from "./item.ts";

export interface StoreOptions {
  client: DynamoDBClient;
  tableName: string;
  clock: Pick<Clock, "now">;
  log: Log;
}

/** A part of a shard's items, which are in the reverse order of their keys: after `start`, and on one side of `pivot`. */
interface IndexRange {
  start?: Item;
  range?: ">" | "<=";
  pivot?: string;
}

/** The most items of an index page. Without it a tick's memory would grow with its builds. */
const pageLength = 250;
const allShards = Array.from({ length: virtualShards }, (_, shard) => shard);
/** DynamoDB may end with an empty page. After so many empty pages in a row, the reading fails. */
const emptyPages = 10;
/** A list reads so many parts of the table at the same time. */
const scanSegments = 4;
/** The attributes that a list reads: all except the history, which is the largest. */
const listedNames = [table.key, table.sortKey, ...table.indexedAttributes, table.timeToLive];
const listedAttributes = {
  ProjectionExpression: listedNames.map((name) => `#${name}`).join(", "),
  ExpressionAttributeNames: Object.fromEntries(listedNames.map((name) => [`#${name}`, name])),
};

export function createStore({ client, tableName, clock, log }: StoreOptions): Store {
  const documents = documentsOf(client);
  const nowSeconds = () => Math.floor(clock.now() / 1000);
  const isExpired = (item: Item) => Number(item[table.timeToLive] ?? Infinity) <= nowSeconds();
  /** DynamoDB removes expired items within days. Until then they count as gone. */
  const noItem = `attribute_not_exists(${table.key}) OR ${table.timeToLive} <= :now`;
  const ifNoItem = (): Condition => ({
    ConditionExpression: noItem,
    ExpressionAttributeValues: { ":now": nowSeconds() },
  });

  async function readItem(key: Key): Promise<Item | undefined> {
    const { Item: item } = await documents.send(
      new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true }),
    );
    return item && !isExpired(item) ? item : undefined;
  }

  async function loadKey(key: Key): Promise<Feed | undefined> {
    const item = await readItem(key);
    return item && parseItem(item);
  }

  /** Puts the item in the place of this version; 0 stands for no item. @returns false if another version is stored */
  async function putNext(item: Item, version: number): Promise<boolean> {
    const condition =
      version === 0
        ? ifNoItem()
        : { ConditionExpression: "version = :version", ExpressionAttributeValues: { ":version": version } };
    const put = new PutCommand({ TableName: tableName, Item: item, ...condition });
    return (await unlessConditionFails(documents.send(put))) !== undefined;
  }

  async function put(feed: Feed, condition: Condition): Promise<Item | undefined> {
    const item = newItem(feed);
    const done = await unlessConditionFails(
      documents.send(
        new PutCommand({
          TableName: tableName,
          Item: item,
          ...condition,
        }),
      ),
    );
    return done && item;
  }

  async function update(feed: Feed, write: Write): Promise<Item | undefined> {
    const done = await unlessConditionFails(
      documents.send(
        new UpdateCommand({
          TableName: tableName,
          Key: keyOf(feed),
          ...updateOf(write),
          ReturnValues: "ALL_NEW",
        }),
      ),
    );
    return done?.Attributes;
  }

  /**
   * Does not change the version, so a tick's write does not fail because of the mark, and does not undo it.
   * @throws for an item that this version does not understand
   */
  async function mark(key: Key, assignment: string, requestedAt: number): Promise<boolean> {
    const done = await unlessConditionFails(
      documents.send(
        new UpdateCommand({
          TableName: tableName,
          Key: key,
          UpdateExpression: `SET ${assignment}`,
          ConditionExpression: `#format = :format AND NOT (${noItem})`,
          ExpressionAttributeNames: { "#format": "format" },
          ExpressionAttributeValues: { ":requestedAt": requestedAt, ":now": nowSeconds(), ":format": format },
        }),
      ),
    );
    if (done === undefined) await loadKey(key);
    return done !== undefined;
  }

  async function readPage(shard: number, { start, range, pivot }: IndexRange): Promise<Page> {
    const { Items: items = [], LastEvaluatedKey: last } = await documents.send(
      new QueryCommand({
        TableName: tableName,
        IndexName: table.index,
        KeyConditionExpression: range
          ? `#shard = :shard AND ${table.key} ${range} :pivot`
          : "#shard = :shard",
        ExpressionAttributeNames: { "#shard": table.indexKey },
        ExpressionAttributeValues: { ":shard": shard, ...(range && { ":pivot": pivot }) },
        Limit: pageLength,
        ScanIndexForward: false,
        ...(start && { ExclusiveStartKey: start }),
      }),
    );
    return { items, last };
  }

  const readPages = (shard: number, from: IndexRange, seen: Set<string>): AsyncIterable<Item[]> =>
    pagesFrom(from.start, seen, (start) => readPage(shard, { ...from, ...(start && { start }) }));

  /**
   * Most shards fit into one page. A longer shard always begins with its notices and its jobs, whose keys come after all
   * builds. So both are handled even in a slow pass. The builds begin at the pivot.
   */
  async function* readShard(shard: number, pivot: string): AsyncIterable<Item[]> {
    const seen = new Set<string>();
    let last: Item | undefined;
    do {
      const page = await readPage(shard, last ? { start: last } : {});
      yield page.items;
      last = page.last;
      if (last) noteStart(last, seen);
    } while (last && keyText(last) >= firstJobKey);
    if (!last) return;
    if (keyText(last) <= pivot) {
      yield* readPages(shard, { start: last }, seen);
    } else {
      yield* readPages(shard, { range: "<=", pivot }, seen);
      yield* readPages(shard, { range: ">", pivot, start: last }, seen);
    }
  }

  async function* readShards(shards: readonly number[], pivot: string): AsyncGenerator<Item[], void> {
    for (const shard of shards) yield* readShard(shard, pivot);
  }

  /** The jobs of a shard, in the order of their keys. */
  async function readJobs(shard: number, start: Item | undefined): Promise<Page> {
    const { Items: items = [], LastEvaluatedKey: last } = await documents.send(
      new QueryCommand({
        TableName: tableName,
        IndexName: table.index,
        KeyConditionExpression: `#shard = :shard AND begins_with(${table.key}, :jobs)`,
        ExpressionAttributeNames: { "#shard": table.indexKey },
        ExpressionAttributeValues: { ":shard": shard, ":jobs": firstJobKey },
        Limit: pageLength,
        ...(start && { ExclusiveStartKey: start }),
      }),
    );
    return { items, last };
  }

  async function readPartition(partition: string, start: Item | undefined): Promise<Page> {
    const { Items: items = [], LastEvaluatedKey: last } = await documents.send(
      new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: `${table.key} = :partition`,
        ExpressionAttributeValues: { ":partition": partition },
        ConsistentRead: true,
        ...(start && { ExclusiveStartKey: start }),
      }),
    );
    return { items, last };
  }

  async function readSegment(segment: number, start: Item | undefined): Promise<Page> {
    const { Items: items = [], LastEvaluatedKey: last } = await documents.send(
      new ScanCommand({
        TableName: tableName,
        FilterExpression: "#kind = :kind",
        ...listedAttributes,
        ExpressionAttributeValues: { ":kind": "build" },
        Segment: segment,
        TotalSegments: scanSegments,
        ...(start && { ExclusiveStartKey: start }),
      }),
    );
    return { items, last };
  }

  /** The builds of one segment, without their histories. */
  async function* scanBuilds(segment: number): AsyncIterable<Build> {
    for await (const items of pagesFrom(undefined, new Set(), (start) => readSegment(segment, start))) {
      for (const item of items) if (!isExpired(item)) yield* parseListed(item);
    }
  }

  function parseListed(item: Item): Build[] {
    const feed = understand(item);
    if (feed instanceof Error) log.error(feed.message);
    return feed instanceof Error ? [] : buildsIn(feed);
  }

  function parseEntry(item: Item): DigestEntry[] {
    const entry = entryOfItem(item);
    if (!entry) log.error(`The stored item ${keyText(item)} of ${String(item[table.sortKey])} can't be read`);
    return entry ? [entry] : [];
  }

  return {
    async *loadActive(shards, rotation) {
      for await (const items of readAhead(readShards(shards, pivotOf(rotation))))
        yield* items.map(understand);
    },

    async loadBuild(buildId, channel) {
      const feed = await loadKey({ pk: partitionOfBuild(buildId), sk: channel });
      return feed && buildOf(feed);
    },

    async loadSubscription(jobId, channel) {
      const feed = await loadKey({ pk: partitionOfJob(jobId), sk: channel });
      return feed?.kind === "subscription" ? feed : undefined;
    },

    async loadRegistrations(buildId) {
      const builds: Build[] = [];
      const readRegistrations = (start: Item | undefined) => readPartition(partitionOfBuild(buildId), start);
      for await (const items of pagesFrom(undefined, new Set(), readRegistrations)) {
        // An item that can't be understood must not look like a channel without the build.
        for (const item of items) if (!isExpired(item)) builds.push(...buildsIn(parseItem(item)));
      }
      return builds;
    },

    async load<F extends Feed>(feed: F) {
      const loaded = await loadKey(keyOf(feed));
      return loaded && isSameKind(loaded, feed) ? loaded : undefined;
    },

    async save<F extends Feed>(before: F, after: F, writer: Writer) {
      const item =
        before.version === 0
          ? await put(after, ifNoItem())
          : await update(after, writeOf(before, after, writer));
      if (!item) return undefined;
      const saved = parseItem(item);
      if (!isSameKind(saved, after)) throw new Error(`The item of ${nameOf(after)} is of another kind`);
      return saved;
    },

    async register(feed, replaced) {
      const done = replaced
        ? await put(inPlaceOf(replaced, feed), conditionOf(unchangedSince(replaced)))
        : await put(feed, ifNoItem());
      return done !== undefined;
    },

    requestStop: (buildId, channel, now) =>
      mark(
        { pk: partitionOfBuild(buildId), sk: channel },
        "requests.stopRequestedAt = if_not_exists(requests.stopRequestedAt, :requestedAt)",
        now,
      ),

    requestRedelivery: (buildId, channel, now) =>
      mark(
        { pk: partitionOfBuild(buildId), sk: channel },
        "requests.redeliverRequestedAt = :requestedAt",
        now,
      ),

    async requestAction(build, action, request) {
      const item = await update(build, writeOfAction(build, action, request));
      return item && buildOf(parseItem(item));
    },

    async loadChannel(channel) {
      const found: Feed[] = [];
      for await (const items of readPages(shardOf(channel), {}, new Set())) {
        for (const feed of items.filter((item) => item[table.sortKey] === channel).map(understand)) {
          if (feed instanceof Error) log.error(feed.message);
          else found.push(feed);
        }
      }
      return found;
    },

    async list({ status, channel, jobId, cursor, limit }: ListQuery) {
      const listed: List = ["builds", status, channel, jobId];
      const after = cursor === undefined ? undefined : parsePlace(listed, cursor);
      /** The builds of the page, and one more, which shows that another page follows. */
      let first: Build[] = [];
      async function read(segment: number): Promise<void> {
        for await (const build of scanBuilds(segment)) {
          if (status && shownStatusOf(build) !== status) continue;
          if (channel !== undefined && build.registration.channel !== channel) continue;
          if (jobId !== undefined && build.details?.jobId !== jobId) continue;
          if (after && compareListed(placeOf(build), after) <= 0) continue;
          first.push(build);
          // Otherwise the memory would grow with the builds.
          if (first.length > 2 * limit) first = firstOf(first, limit + 1);
        }
      }
      await Promise.all(Array.from({ length: scanSegments }, (_, segment) => read(segment)));
      const builds = firstOf(first, limit + 1);
      if (builds.length <= limit) return { builds };
      const page = builds.slice(0, limit);
      const { registeredAt, name } = placeOf(page.at(-1)!);
      return { builds: page, cursor: formatCursor(listed, [String(registeredAt), ...name.split(" ")]) };
    },

    async listSubscriptions({ channel, jobId, cursor, limit }: SubscriptionQuery) {
      const listed: List = ["subscriptions", channel, jobId];
      const start = cursor === undefined ? undefined : parseJobStart(listed, cursor);
      const first = Number(start?.[table.indexKey] ?? 0);
      const shards = channel === undefined ? allShards.slice(first) : [shardOf(channel)];
      const subscriptions: Subscription[] = [];
      for (const shard of shards) {
        const from = shard === first ? start : undefined;
        for await (const items of pagesFrom(from, new Set(), (each) => readJobs(shard, each))) {
          for (const feed of items.map(understand)) {
            if (feed instanceof Error) log.error(feed.message);
            if (feed instanceof Error || feed.kind !== "subscription" || feed.status !== "active") continue;
            if (channel !== undefined && feed.settings.channel !== channel) continue;
            if (jobId !== undefined && feed.jobId !== jobId) continue;
            if (subscriptions.length === limit) {
              const { pk, sk } = keyOf(subscriptions.at(-1)!);
              return { subscriptions, cursor: formatCursor(listed, [pk, sk]) };
            }
            subscriptions.push(feed);
          }
        }
      }
      return { subscriptions };
    },

    async loadEnds(jobId, channel) {
      const item = await readItem(keyOfEnds({ jobId, channel }));
      return item && endsOf(item);
    },

    saveEnds: (ends) => putNext(itemOfEnds(ends, clock.now()), ends.version),

    async loadCommitter(name) {
      const item = await readItem(committerKey(name));
      return item && committerOf(item);
    },

    saveCommitter: (committer) => putNext(itemOfCommitter(committer, clock.now()), committer.version),

    async listCommitters() {
      const known: Committer[] = [];
      const readCommitters = (start: Item | undefined) => readPartition(committersKey, start);
      for await (const items of pagesFrom(undefined, new Set(), readCommitters))
        known.push(...items.map(committerOf));
      return known.filter(({ link }) => link);
    },

    async addDigestEntry(channel, entry) {
      await unlessConditionFails(
        documents.send(
          new PutCommand({
            TableName: tableName,
            Item: itemOfEntry(channel, entry),
            ConditionExpression: `attribute_not_exists(${table.key})`,
          }),
        ),
      );
    },

    async *loadDigestEntries(channel) {
      const read = (start: Item | undefined) => readPartition(partitionOfDigest(channel), start);
      for await (const items of pagesFrom(undefined, new Set(), read)) yield items.flatMap(parseEntry);
    },

    async loadCircuit() {
      const { Item: item } = await documents.send(
        new GetCommand({ TableName: tableName, Key: circuitKey, ConsistentRead: true }),
      );
      return item && { openUntil: Number(item["openUntil"]), reason: String(item["reason"]) };
    },

    async openCircuit(circuit: Circuit, seen: Circuit | undefined) {
      const done = await unlessConditionFails(
        documents.send(
          new PutCommand({
            TableName: tableName,
            Item: { ...circuitKey, ...circuit },
            ConditionExpression: seen ? "openUntil = :seen" : `attribute_not_exists(${table.key})`,
            ...(seen && { ExpressionAttributeValues: { ":seen": seen.openUntil } }),
          }),
        ),
      );
      return done !== undefined;
    },

    async closeCircuit() {
      await documents.send(new DeleteCommand({ TableName: tableName, Key: circuitKey }));
    },
  };
}

/** Reads the next page while the caller works on the current one. */
async function* readAhead<T>(pages: AsyncGenerator<T, void>): AsyncGenerator<T> {
  for (let next = pages.next(); ;) {
    const { done, value } = await next;
    if (done) return;
    next = pages.next();
    // A failure is thrown when this page is awaited. Until then it must not count as unhandled.
    next.catch(() => undefined);
    yield value;
  }
}

function buildsIn(feed: Feed): Build[] {
  const build = buildOf(feed);
  return build ? [build] : [];
}

/** Undefined if the condition failed. Any other error is thrown. */
async function unlessConditionFails<T>(write: Promise<T>): Promise<T | undefined> {
  try {
    return await write;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}

interface Page {
  items: Item[];
  /** Where the next page goes on. */
  last: Item | undefined;
}

/**
 * @param seen the keys after which a page began. If one comes again, the reading would never end
 * @throws if the pages don't advance, so that what was read counts as incomplete
 */
async function* pagesFrom(
  start: Item | undefined,
  seen: Set<string>,
  read: (start: Item | undefined) => Promise<Page>,
): AsyncIterable<Item[]> {
  let empty = 0;
  for (let next = start; ;) {
    const { items, last } = await read(next);
    yield items;
    if (!last) return;
    empty = items.length === 0 ? empty + 1 : 0;
    if (empty === emptyPages) throw sameAgain(last);
    noteStart(last, seen);
    next = last;
  }
}

/** @throws when a page began there before */
function noteStart(last: Item, seen: Set<string>): void {
  const key = `${keyText(last)} ${String(last[table.sortKey])}`;
  if (seen.has(key)) throw sameAgain(last);
  seen.add(key);
}

const sameAgain = (last: Item): Error =>
  new Error(`DynamoDB returned the same page again, after ${JSON.stringify(last)}`);

const keyText = (item: Item): string => String(item[table.key]);

interface Condition {
  ConditionExpression: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues: Item;
}

/** Sets defined values and removes undefined ones. */
function updateOf({ changes, conditions }: Write) {
  const { equation, nameOfPath, names, values } = createEquations();
  const set = changes.filter(({ value }) => value !== undefined).map((change) => equation(change, ""));
  const remove = changes.filter(({ value }) => value === undefined).map(({ path }) => nameOfPath(path));
  const clauses = [
    ...(set.length > 0 ? [`SET ${set.join(",")}`] : []),
    ...(remove.length > 0 ? [`REMOVE ${remove.join(",")}`] : []),
  ];
  const { ConditionExpression } = conditionOf(conditions, { equation, nameOfPath, names, values });
  return {
    UpdateExpression: clauses.join(" "),
    ConditionExpression,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}

/** Holds if the item has these values. */
function conditionOf(conditions: readonly Change[], equations = createEquations()): Required<Condition> {
  const { equation, nameOfPath, names, values } = equations;
  const clauses = conditions.map((condition) =>
    condition.value === undefined
      ? `attribute_not_exists(${nameOfPath(condition.path)})`
      : equation(condition, "seen_"),
  );
  return {
    ConditionExpression: clauses.join(" AND "),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}

/** Writes equations, and collects their names and values. */
function createEquations() {
  const names: Record<string, string> = {};
  const values: Item = {};
  const nameOfPath = (path: string[]): string =>
    path.map((name) => ((names[`#${name}`] = name), `#${name}`)).join(".");
  const equation = ({ path, value }: Change, prefix: string): string => {
    const placeholder = `:${prefix}${path.join("_")}`;
    values[placeholder] = value;
    return `${nameOfPath(path)} = ${placeholder}`;
  };
  return { names, values, nameOfPath, equation };
}

/** Where a reading begins among the build ids, which start with a letter or a digit. The step is 7, so 36 rotations use each of the 36 characters once. */
const pivotOf = (rotation: number): string =>
  partitionOfBuild("0123456789abcdefghijklmnopqrstuvwxyz"[(rotation * 7) % 36]!);

/** A build's position in the list. */
interface Place {
  registeredAt: number;
  /** The build and its channel. */
  name: string;
}

const placeOf = ({ buildId, registration: { at, channel } }: Build): Place => ({
  registeredAt: at,
  name: `${buildId} ${channel}`,
});

/** The newest registration first. Within the same millisecond the name decides. */
const compareListed = (a: Place, b: Place): number =>
  b.registeredAt - a.registeredAt || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

const firstOf = (builds: Build[], count: number): Build[] =>
  builds.toSorted((a, b) => compareListed(placeOf(a), placeOf(b))).slice(0, count);

/** @throws {RangeError} like {@link parseCursor} */
function parsePlace(list: List, cursor: string): Place {
  const [registeredAt, ...name] = parseCursor(list, cursor);
  return { registeredAt: Number(registeredAt), name: name.join(" ") };
}

/** Where a list of subscriptions goes on: after this item of the shard. @throws {RangeError} like {@link parseCursor} */
function parseJobStart(list: List, cursor: string): Item {
  const [pk = "", sk = ""] = parseCursor(list, cursor);
  return { [table.indexKey]: shardOf(sk), [table.key]: pk, [table.sortKey]: sk };
}

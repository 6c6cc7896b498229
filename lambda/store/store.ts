import { ConditionalCheckFailedException, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { shownStatusOf, type Build } from "../domain/build.ts";
import { buildOf, isSameKind, nameOf, type Feed } from "../domain/feed.ts";
import { table } from "../names.ts";
import type { Circuit, Clock, ListQuery, Log, Store, Writer } from "../tracking/ports.ts";
import {
  circuitKey,
  format,
  keyOf,
  newItem,
  parseItem,
  writeOf,
  inPlaceOf,
  type Change,
  type Item,
  type Write,
} from "./item.ts";

export interface StoreOptions {
  client: DynamoDBClient;
  tableName: string;
  clock: Pick<Clock, "now">;
  log: Log;
}

/** A part of a shard's items, which are in the order of their ids: after `start`, and on one side of `pivot`. */
interface IndexRange {
  start?: Item;
  range?: "<" | ">=";
  pivot?: string;
}

/** The most items of an index page. Without it a tick's memory would grow with its builds. */
const pageLength = 250;
/** DynamoDB may end with an empty page. After so many empty pages in a row, the reading fails. */
const emptyPages = 10;
/** A list reads so many parts of the table at the same time. */
const scanSegments = 4;
/** The attributes that a list reads: all except the history, which is the largest. */
const listedNames = [table.key, ...table.indexedAttributes];
const listedAttributes = {
  ProjectionExpression: listedNames.map((name) => `#${name}`).join(", "),
  ExpressionAttributeNames: Object.fromEntries(listedNames.map((name) => [`#${name}`, name])),
};

export function createStore({ client, tableName, clock, log }: StoreOptions): Store {
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  const nowSeconds = () => Math.floor(clock.now() / 1000);
  const isExpired = (item: Item) => Number(item[table.timeToLive] ?? Infinity) <= nowSeconds();
  /** DynamoDB removes expired items within days. Until then they count as gone. */
  const noItem = `attribute_not_exists(${table.key}) OR ${table.timeToLive} <= :now`;

  async function loadKey(key: string): Promise<Feed | undefined> {
    const { Item: item } = await documents.send(
      new GetCommand({ TableName: tableName, Key: { [table.key]: key }, ConsistentRead: true }),
    );
    return item && !isExpired(item) ? parseItem(item) : undefined;
  }

  async function put(feed: Feed, condition: string, values: Item): Promise<Item | undefined> {
    const item = newItem(feed);
    const done = await unlessConditionFails(
      documents.send(
        new PutCommand({
          TableName: tableName,
          Item: item,
          ConditionExpression: condition,
          ExpressionAttributeValues: values,
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
          Key: { [table.key]: keyOf(feed) },
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
  async function mark(buildId: string, assignment: string, requestedAt: number): Promise<boolean> {
    const done = await unlessConditionFails(
      documents.send(
        new UpdateCommand({
          TableName: tableName,
          Key: { [table.key]: buildId },
          UpdateExpression: `SET ${assignment}`,
          ConditionExpression: `#format = :format AND NOT (${noItem})`,
          ExpressionAttributeNames: { "#format": "format" },
          ExpressionAttributeValues: { ":requestedAt": requestedAt, ":now": nowSeconds(), ":format": format },
        }),
      ),
    );
    if (done === undefined) await loadKey(buildId);
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
        ...(start && { ExclusiveStartKey: start }),
      }),
    );
    return { items, last };
  }

  const readPages = (shard: number, from: IndexRange, seen: Set<string>): AsyncIterable<Item[]> =>
    pagesFrom(from.start, seen, (start) => readPage(shard, { ...from, ...(start && { start }) }));

  /**
   * Most shards fit into one page. A longer shard always begins with its first page too, because the notices are there:
   * their keys come before all build ids. So they are sent even in a slow pass. The other pages begin at the pivot.
   */
  async function* readShard(shard: number, pivot: string): AsyncIterable<Item[]> {
    const { items, last } = await readPage(shard, {});
    yield items;
    if (!last) return;
    const seen = new Set([String(last[table.key])]);
    if (String(last[table.key]) >= pivot) {
      yield* readPages(shard, { start: last }, seen);
    } else {
      yield* readPages(shard, { range: ">=", pivot }, seen);
      yield* readPages(shard, { range: "<", pivot, start: last }, seen);
    }
  }

  async function* readShards(shards: readonly number[], pivot: string): AsyncGenerator<Item[], void> {
    for (const shard of shards) yield* readShard(shard, pivot);
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
    const build = feed instanceof Error ? undefined : buildOf(feed);
    return build ? [build] : [];
  }

  return {
    async *loadActive(shards, rotation) {
      const first = rotation % Math.max(shards.length, 1);
      const rotated = [...shards.slice(first), ...shards.slice(0, first)];
      for await (const items of readAhead(readShards(rotated, pivotOf(rotation))))
        yield* items.map(understand);
    },

    async loadBuild(buildId) {
      const feed = await loadKey(buildId);
      return feed && buildOf(feed);
    },

    async load<F extends Feed>(feed: F) {
      const loaded = await loadKey(keyOf(feed));
      return loaded && isSameKind(loaded, feed) ? loaded : undefined;
    },

    async save<F extends Feed>(before: F, after: F, writer: Writer) {
      const item =
        before.version === 0
          ? await put(after, noItem, { ":now": nowSeconds() })
          : await update(after, writeOf(before, after, writer));
      if (!item) return undefined;
      const saved = parseItem(item);
      if (!isSameKind(saved, after)) throw new Error(`The item of ${nameOf(after)} is of another kind`);
      return saved;
    },

    async register(build, replaced) {
      const done = replaced
        ? await put(inPlaceOf(replaced, build), `version = :version AND delivery.version = :delivery`, {
            ":version": replaced.version,
            ":delivery": replaced.delivery.version,
          })
        : await put(build, noItem, { ":now": nowSeconds() });
      return done !== undefined;
    },

    requestStop: (buildId, now) =>
      mark(buildId, "stopRequestedAt = if_not_exists(stopRequestedAt, :requestedAt)", now),

    requestRedelivery: (buildId, now) => mark(buildId, "redeliverRequestedAt = :requestedAt", now),

    async list({ status, cursor, limit }: ListQuery) {
      const after = cursor === undefined ? undefined : parseCursor(cursor);
      /** The builds of the page, and one more, which shows that another page follows. */
      let first: Build[] = [];
      async function read(segment: number): Promise<void> {
        for await (const build of scanBuilds(segment)) {
          if (status && shownStatusOf(build) !== status) continue;
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
      return { builds: page, cursor: formatCursor(placeOf(page.at(-1)!)) };
    },

    async loadCircuit() {
      const { Item: item } = await documents.send(
        new GetCommand({ TableName: tableName, Key: { [table.key]: circuitKey }, ConsistentRead: true }),
      );
      return item && { openUntil: Number(item["openUntil"]), reason: String(item["reason"]) };
    },

    async openCircuit(circuit: Circuit, seen: Circuit | undefined) {
      const done = await unlessConditionFails(
        documents.send(
          new PutCommand({
            TableName: tableName,
            Item: { [table.key]: circuitKey, ...circuit },
            ConditionExpression: seen ? "openUntil = :seen" : `attribute_not_exists(${table.key})`,
            ...(seen && { ExpressionAttributeValues: { ":seen": seen.openUntil } }),
          }),
        ),
      );
      return done !== undefined;
    },

    async closeCircuit() {
      await documents.send(new DeleteCommand({ TableName: tableName, Key: { [table.key]: circuitKey } }));
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

/** Returns an error in place of throwing it, so that one bad item does not stop the others. */
function understand(item: Item): Feed | Error {
  try {
    return parseItem(item);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
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
    const key = String(last[table.key]);
    if (empty === emptyPages || seen.has(key)) {
      throw new Error(`DynamoDB returned the same page again, after ${JSON.stringify(last)}`);
    }
    seen.add(key);
    next = last;
  }
}

/** Sets defined values and removes undefined ones. */
function updateOf({ changes, conditions }: Write) {
  const names: Record<string, string> = {};
  const values: Item = {};
  const nameOfPath = (path: string[]): string =>
    path.map((name) => ((names[`#${name}`] = name), `#${name}`)).join(".");
  const equation = ({ path, value }: Change, prefix: string): string => {
    const placeholder = `:${prefix}${path.join("_")}`;
    values[placeholder] = value;
    return `${nameOfPath(path)} = ${placeholder}`;
  };
  const set = changes.filter(({ value }) => value !== undefined).map((change) => equation(change, ""));
  const remove = changes.filter(({ value }) => value === undefined).map(({ path }) => nameOfPath(path));
  const clauses = [
    ...(set.length > 0 ? [`SET ${set.join(",")}`] : []),
    ...(remove.length > 0 ? [`REMOVE ${remove.join(",")}`] : []),
  ];
  return {
    UpdateExpression: clauses.join(" "),
    ConditionExpression: conditions.map((condition) => equation(condition, "seen_")).join(" AND "),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}

/** Where a reading begins among the build ids, which start with a letter or a digit. With seven, 36 readings use each one. */
const pivotOf = (rotation: number): string => "0123456789abcdefghijklmnopqrstuvwxyz"[(rotation * 7) % 36]!;

/** A build's position in the list. */
interface Place {
  registeredAt: number;
  buildId: string;
}

const placeOf = ({ buildId, registration }: Build): Place => ({ registeredAt: registration.at, buildId });

/** The newest registration first. Within the same millisecond the id decides. */
const compareListed = (a: Place, b: Place): number =>
  b.registeredAt - a.registeredAt || (a.buildId < b.buildId ? -1 : a.buildId > b.buildId ? 1 : 0);

const firstOf = (builds: Build[], count: number): Build[] =>
  builds.toSorted((a, b) => compareListed(placeOf(a), placeOf(b))).slice(0, count);

const formatCursor = ({ registeredAt, buildId }: Place): string =>
  Buffer.from(`${registeredAt} ${buildId}`).toString("base64url");

function parseCursor(cursor: string): Place {
  const [, registeredAt, buildId] =
    /^(\d{1,15}) (.+)$/.exec(Buffer.from(cursor, "base64url").toString()) ?? [];
  const place = { registeredAt: Number(registeredAt), buildId: buildId ?? "" };
  if (buildId === undefined || formatCursor(place) !== cursor)
    throw new RangeError("The cursor does not come from an earlier page.");
  return place;
}

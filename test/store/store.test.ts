import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { PutItemCommand, type AttributeValue } from "@aws-sdk/client-dynamodb";
import { noteChannel, registerBuild, type Build } from "../../lambda/domain/build.ts";
import { settle, type Postponement } from "../../lambda/domain/delivery.ts";
import { noNotices, outOfReach } from "../../lambda/domain/notices.ts";
import { subscribe, type Subscription } from "../../lambda/domain/subscription.ts";
import { keyOf, shardOf } from "../../lambda/store/item.ts";
import { createLoadRefusal } from "../../lambda/store/refusal.ts";
import { createStore } from "../../lambda/store/store.ts";
import { createBuildsTable, localDynamoDbClient, startDynamoDb } from "../../local/dynamodb.ts";
import type { Listening } from "../../local/listen.ts";
import { createTestClock } from "../../testing/clock.ts";
import { createQuietLog } from "../../testing/quiet-log.ts";
import { describeStore } from "./contract.ts";
import { createMemoryStore } from "../../testing/memory-store.ts";
import { saveWhole } from "../../testing/save-whole.ts";

let embedded: Listening;
let tables = 0;

beforeAll(async () => {
  embedded = await startDynamoDb();
});
afterAll(() => embedded.close());

async function createEmptyStore(endpoint: string, clock = createTestClock()) {
  const client = localDynamoDbClient(endpoint);
  const tableName = `builds-${process.pid}-${Date.now()}-${++tables}`;
  await createBuildsTable(client, tableName);
  const log = createQuietLog();
  return { client, tableName, log, store: createStore({ client, tableName, clock, log }) };
}

describeStore("in memory", async (clock) => createMemoryStore(clock));
describeStore(
  "on the embedded DynamoDB",
  async (clock) => (await createEmptyStore(embedded.url, clock)).store,
);

const { DYNAMODB_ENDPOINT } = process.env;
if (DYNAMODB_ENDPOINT) {
  describeStore(
    `on ${DYNAMODB_ENDPOINT}`,
    async (clock) => (await createEmptyStore(DYNAMODB_ENDPOINT, clock)).store,
  );
}

describe("reading a shard of several pages", () => {
  const channel = "C0123456789";
  const digits = "0123456789abcdefghijklmnopqrstuvwxyz";
  /** Twenty that begin with each letter and digit, as ServiceStage's ids do. */
  const ids = Array.from({ length: 720 }, (_, index) => `${digits[index % 36]}${100 + index}`);
  const keys = ids.map((id) => `build/${id}`);
  let read: (rotation: number) => Promise<string[]>;

  beforeAll(async () => {
    const { store } = await createEmptyStore(embedded.url);
    const settings = { channel, mention: [], thread: true };
    await Promise.all(ids.map((id) => store.register(registerBuild(id, id, settings, 0), undefined)));
    await saveWhole(store, outOfReach(noNotices(channel, "n1"), "unavailable", 0));
    read = async (rotation) => {
      const found: string[] = [];
      for await (const feed of store.loadActive([shardOf(channel)], rotation)) {
        if (feed instanceof Error) throw feed;
        found.push(keyOf(feed).pk);
      }
      return found;
    };
  });

  test.each([0, 1, 2, 5, 18, 29_000_000])(
    "rotation %i reads each once, the notices first",
    async (rotation) => {
      const [first, ...builds] = await read(rotation);
      expect(first).toBe("notices");
      expect(builds.toSorted()).toEqual(keys.toSorted());
    },
  );

  test("nobody is always among the last hundred: so a pass that ends too soon leaves out others each time", async () => {
    let alwaysLast = keys;
    for (const rotation of [0, 1, 2, 3, 4, 5]) {
      const last = new Set((await read(rotation)).slice(-100));
      alwaysLast = alwaysLast.filter((id) => last.has(id));
    }
    expect(alwaysLast).toEqual([]);
  });
});

test("a shard that fits into a page is read in one query", async () => {
  const { client, store } = await createEmptyStore(embedded.url);
  const queries: string[] = [];
  client.middlewareStack.add(
    (next, context) => (args) => {
      queries.push(String(context.commandName));
      return next(args);
    },
    { step: "initialize" },
  );
  for await (const feed of store.loadActive([0, 1, 2], 5)) throw new Error(`read ${JSON.stringify(feed)}`);
  expect(queries.filter((name) => name.startsWith("Query"))).toHaveLength(3);
});

describe("why Slack refuses a channel", () => {
  const channel = "C0123456789";
  const build = (buildId: string, its = channel): Build =>
    registerBuild(buildId, buildId, { channel: its, mention: [], thread: true }, 0);
  const refused = <F extends Build | Subscription>(
    feed: F,
    refusal: Pick<Postponement, "of" | "reason" | "content">,
    now: number,
  ): F => ({
    ...feed,
    delivery: settle(feed.delivery, { delivered: [], refusal }, now),
  });
  const settings = { channel, mention: [], thread: true };
  const archived = { of: "all", reason: "is_archived" } as const;

  test.each<[string, (Build | Subscription)[], object | undefined]>([
    [
      "is not known where nothing was refused",
      [build("b1"), subscribe("j1", "shop", "s1", settings, 0)],
      undefined,
    ],
    [
      "is known by a build whose messages wait",
      [refused(build("b1"), archived, 7)],
      { reason: "is_archived", since: 7 },
    ],
    [
      "is known by a build without messages",
      [noteChannel(build("b1"), "not_in_channel", 5)],
      { reason: "not_in_channel", since: 5 },
    ],
    [
      "is known by a subscription whose message waits",
      [refused(subscribe("j1", "shop", "s1", settings, 0), archived, 9)],
      { reason: "is_archived", since: 9 },
    ],
    [
      "is what was found last",
      [noteChannel(build("b1"), "not_in_channel", 5), refused(build("b2"), archived, 7)],
      { reason: "is_archived", since: 7 },
    ],
    ["is not known by another channel", [refused(build("b1", "C9876543210"), archived, 7)], undefined],
    ["is not that an edit is refused", [refused(build("b1"), { of: "edits", reason: "x" }, 7)], undefined],
    [
      "is not that a card's content is refused",
      [refused(build("b1"), { of: "all", reason: "x", content: true }, 7)],
      undefined,
    ],
    [
      "is not known by a build that is over",
      [{ ...noteChannel(build("b1"), "x", 5), status: "ended" }],
      undefined,
    ],
  ])("%s", async (_sentence, feeds, refusal) => {
    const { client, tableName, store } = await createEmptyStore(embedded.url);
    const loadRefusal = createLoadRefusal(client, tableName);
    await store.register(build("b9"), undefined);
    const odd = { pk: { S: "build/odd" }, sk: { S: channel }, shard: { N: String(shardOf(channel)) } };
    const state = { M: { channelRefusal: { M: {} } } };
    await client.send(new PutItemCommand({ TableName: tableName, Item: { ...odd, state } }));
    for (const feed of feeds) await store.register(feed, undefined);
    expect(await loadRefusal(channel)).toEqual(refusal);
  });
});

describe("an item that can't be understood", () => {
  const oddKey = { pk: { S: "build/odd" }, sk: { S: "C1" } };
  const sound = {
    format: { N: "1" },
    kind: { S: "build" },
    version: { N: "1" },
    registration: {
      M: { id: { S: "r" }, channel: { S: "C1" }, at: { N: "1" }, mention: { L: [] }, thread: { BOOL: true } },
    },
    state: {
      M: {
        status: { S: "tracking" },
        changedAt: { N: "1" },
        snapshot: { L: [] },
        nextNumber: { N: "1" },
        cardRevision: { N: "0" },
      },
    },
    requests: { M: {} },
    outbox: { M: {} },
    delivery: { M: { version: { N: "1" } } },
  };
  const incomplete = (part: "registration" | "state", lacks: string) => ({
    ...sound,
    [part]: { M: Object.fromEntries(Object.entries(sound[part].M).filter(([name]) => name !== lacks)) },
  });

  test.each<[string, Record<string, AttributeValue>, string]>([
    ["of a newer format", { format: { N: "2" }, kind: { S: "build" } }, "its format is 2, not 1"],
    ["of another kind", { format: { N: "1" }, kind: { S: "job" } }, "its kind is job"],
    ["without a snapshot", incomplete("state", "snapshot"), "it has no snapshot"],
    ["without a number for the next message", incomplete("state", "nextNumber"), "its state is incomplete"],
    ["whose outbox is a list", { ...sound, outbox: { L: [] } }, "it has no outbox"],
    ["whose delivery has no version", { ...sound, delivery: { M: {} } }, "it has no delivery"],
    [
      "whose registration names no channel",
      incomplete("registration", "channel"),
      "its registration is incomplete",
    ],
    ["whose state has no status", incomplete("state", "status"), "its state is incomplete"],
    [
      "that was asked to stop at no time",
      { ...sound, requests: { M: { stopRequestedAt: { S: "soon" } } } },
      "its stopRequestedAt is no time",
    ],
  ])("%s is an error that names it, never an empty snapshot", async (_sentence, attributes, fault) => {
    const { client, tableName, store } = await createEmptyStore(embedded.url);
    await client.send(
      new PutItemCommand({
        TableName: tableName,
        Item: { ...oddKey, shard: { N: "3" }, ...attributes },
      }),
    );
    await expect(store.loadBuild("odd", "C1")).rejects.toThrow(
      `The stored item build/odd of C1 can't be read: ${fault}`,
    );
    const loaded: unknown[] = [];
    for await (const feed of store.loadActive([3], 0)) loaded.push(feed);
    expect(loaded).toEqual([expect.objectContaining({ message: expect.stringContaining(fault) })]);
  });

  test("is left out of the list of builds, and seen in the log", async () => {
    const { client, tableName, store, log } = await createEmptyStore(embedded.url);
    const odd = { ...oddKey, kind: { S: "build" }, format: { N: "2" } };
    await client.send(new PutItemCommand({ TableName: tableName, Item: odd }));
    expect(await store.list({ limit: 9 })).toEqual({ builds: [] });
    expect(log.lines).toMatchObject([
      { level: "error", message: expect.stringContaining("its format is 2") },
    ]);
  });
});

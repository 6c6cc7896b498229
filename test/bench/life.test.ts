import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { itemBytes, writeUnits } from "../../bench/cost/item-size.ts";
import { measureLife } from "../../bench/cost/life.ts";
import { phasesAfter, transitionsAtLeast, transitionsAtMost } from "../../bench/cost/phases.ts";
import { measureSubscription } from "../../bench/cost/subscription.ts";
import { createBuildsTable, localDynamoDbClient, startDynamoDb } from "../../local/dynamodb.ts";
import type { Listening } from "../../local/listen.ts";

let dynamoDb: Listening;
let client: DynamoDBClient;

beforeAll(async () => {
  dynamoDb = await startDynamoDb();
  client = localDynamoDbClient(dynamoDb.url);
  await createBuildsTable(client, "builds");
});
afterAll(async () => {
  client.destroy();
  await dynamoDb.close();
});

test.each([6, 14, 19])(
  "a build of %i transitions needs a card, and for each transition two writes, a message and an edit",
  async (transitions) => {
    const life = await measureLife({ transitions, buildMinutes: 10, pollIntervalSeconds: 15 });
    expect(life).toMatchObject({
      // One write for the registration, and three for the card: its lease, its place in Slack, and the release.
      writes: 1 + 3 + 2 * transitions,
      posts: 1 + transitions,
      edits: transitions,
      // One GET every 15 s up to the end, the details at the first and the last poll, and the job's builds at the end.
      gets: 41 + 3,
      readUnits: 1,
    });
    expect(life.writeUnits).toBeGreaterThan(life.writes);
    expect(life.indexBytes).toBeGreaterThan(0);
    expect(life.itemBytes).toBeGreaterThan(life.indexBytes);
  },
);

test("with a longer poll interval a build needs fewer GETs", async () => {
  const { gets } = await measureLife({ transitions: 6, buildMinutes: 10, pollIntervalSeconds: 60 });
  expect(gets).toBe(11 + 3);
});

describe("a subscription", () => {
  test.each([
    [100, "first", 4],
    [100, "last", 4],
    [500, "first", 4],
    [500, "last", 5],
    [5_000, "first", 4],
    [5_000, "last", 5],
  ] as const)(
    "to a job with %i builds, the newest %s in the list, needs %i GETs and two writes for a new build",
    async (builds, newest, gets) => {
      const { poll, newBuild } = await measureSubscription(builds, newest);
      expect(poll).toEqual({ gets: 1, writes: 0, writeUnits: 0, readUnits: 0 });
      expect(newBuild).toMatchObject({ gets, writes: 2 });
    },
  );

  test("to a job with 5,000 builds has an item of 30 KB, and a new build needs 33 write units", async () => {
    const { itemBytes, newBuild, wholeList } = await measureSubscription(5_000);
    expect(itemBytes).toBeGreaterThan(30_000);
    expect(itemBytes).toBeLessThan(31_000);
    expect(newBuild).toMatchObject({ writeUnits: 33, readUnits: 8 });
    // The list has 50 pages. They are read in three passes, each with a GET of the job and a write. Two pages are read twice.
    expect(wholeList).toEqual({ gets: 55, writes: 3, writeUnits: 93, readUnits: 24 });
  });
});

test("the phases of a build make the requested number of steps, and each step is one transition", () => {
  for (let transitions = transitionsAtLeast; transitions <= transitionsAtMost; transitions++) {
    for (let done = 1; done <= transitions; done++) {
      const before = phasesAfter(done - 1, transitions);
      const moved = phasesAfter(done, transitions).filter(
        ({ state }, index) => state !== before[index]!.state,
      );
      expect(moved).toHaveLength(1);
    }
    expect(phasesAfter(transitions, transitions).map(({ state }) => state)).toEqual(
      Array.from({ length: 6 }, () => "Successful"),
    );
  }
});

test("the size of an item is the sum of its names and values, by DynamoDB's rules", () => {
  const seen = new Uint8Array(12);
  const item = { buildId: "abc", n: 12, ok: true, list: ["a"], map: { k: "ü" }, seen, gone: undefined };
  // 7 + 3 · 1 + 2 · 2 + 1 · 4 + (3 + 1 + 1) · 3 + (3 + 1 + 2 + 1) · 4 + 12
  expect(itemBytes(item)).toBe(10 + 3 + 3 + 9 + 10 + 16);
});

test.each([1, 1_000, 1_020, 1_024, 1_025, 2_047, 2_048, 2_049])(
  "the embedded DynamoDB counts the same units for an item of %i bytes",
  async (bytes) => {
    const bare = {
      pk: "b1",
      sk: "C1",
      version: 3,
      state: { list: ["x", 12, true] },
      seen: new Uint8Array(60),
      text: "",
    };
    const item = { ...bare, text: "x".repeat(Math.max(0, bytes - itemBytes(bare))) };
    const { ConsumedCapacity } = await client.send(
      new PutCommand({ TableName: "builds", Item: item, ReturnConsumedCapacity: "TOTAL" }),
    );
    expect(ConsumedCapacity?.CapacityUnits).toBe(writeUnits(itemBytes(item)));
  },
);

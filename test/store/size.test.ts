import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import * as fc from "fast-check";
import { isActive } from "../../lambda/domain/build.ts";
import { itemBytes } from "../../bench/cost/item-size.ts";
import { bytesOf } from "../../lambda/domain/size.ts";
import { parseDetails, parsePhases } from "../../lambda/servicestage/parse.ts";
import { startDynamoDb } from "../../local/dynamodb.ts";
import type { Listening } from "../../local/listen.ts";
import { newItem } from "../../lambda/store/item.ts";
import { createBuildsTable, localDynamoDbClient } from "../../local/dynamodb.ts";
import { MemoryServiceStage } from "../../testing/memory-servicestage.ts";
import { createScene } from "../tracking/scene.ts";

/** An item is bounded by its bytes. The embedded DynamoDB counts whole kilobytes, and a text by its UTF-16 length. */

let dynamoDb: Listening;
let documents: DynamoDBDocumentClient;
beforeAll(async () => {
  dynamoDb = await startDynamoDb();
  const client = localDynamoDbClient(dynamoDb.url);
  await createBuildsTable(client, TableName);
  documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
});
afterAll(async () => {
  documents.destroy();
  await dynamoDb.close();
});
const TableName = "sizes";

/** @throws when DynamoDB does not take it */
async function kilobytesOf(item: object): Promise<number> {
  const put = { TableName, Item: { ...key, ...item }, ReturnConsumedCapacity: "TOTAL" as const };
  await documents.send(new PutCommand({ TableName, Item: key }));
  const { ConsumedCapacity: written } = await documents.send(new PutCommand(put));
  return written!.CapacityUnits!;
}
const key = { pk: "b", sk: "c" };
test.each<[string, unknown]>([
  ["letters", "a"],
  ["Chinese", "构建"],
  ["emoji", "😀"],
  ["an empty text", ""],
  ["a time", 1_764_316_800_123],
  ["a small number", 7],
  ["a negative fraction", -12.5],
  ["yes and no", [true, false, null]],
  ["a list in a list", [[], [[1], ["x"]]]],
  ["a phase", { id: "1", name: "构建", state: "Building", since: 1_764_316_800_123 }],
  ["an empty object", {}],
])("%s: never counted as less than DynamoDB counts", async (_what, value) => {
  const item = { value: Array.from({ length: 5_000 }, () => value) };
  const kilobytes = await kilobytesOf(item);
  expect(bytesOf(item)).toBeGreaterThan((kilobytes - 1) * 1024);
});

/** What one answer can hold at most, as far as it is understood. */
const longest = { count: 100, chars: 100 };
const someChar = fc.constantFrom("构", "😀", "a", "é");
const word = fc
  .tuple(fc.nat(9_999), someChar, fc.constantFrom(1, 10, longest.chars))
  .map(([id, char, chars]) => `${id}${char.repeat(chars)}`.slice(0, chars).toWellFormed());
const state = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("Building", "Queuing", "Successful", "NotStarted") },
  { weight: 1, arbitrary: word },
);
const phase = fc.record({ id: word, name: fc.oneof(word, fc.constantFrom("Init", "Build")), state });
const listing = fc.oneof(
  fc.array(phase, { maxLength: longest.count }),
  fc.array(phase, { minLength: longest.count, maxLength: longest.count, size: "max" }),
);
/** The same hundred phases in two states, from look to look: the outbox grows as fast as it can. */
const flapping = fc.tuple(fc.constantFrom("构", "a", "😀"), fc.boolean()).map(([char, isLong]) =>
  ["Building", isLong ? "停".repeat(longest.chars) : "Queuing"].map((each) =>
    Array.from({ length: longest.count }, (_, id) => ({
      id: String(id),
      name: `${id}${char.repeat(longest.chars)}`.slice(0, longest.chars).toWellFormed(),
      state: each,
    })),
  ),
);
const listings = fc.oneof(
  fc.array(listing, { minLength: 4, maxLength: 10 }),
  flapping.map((both) => Array.from({ length: 6 }, () => both).flat()),
);

const answer = (body: unknown) => ({ status: 200, headers: {}, text: JSON.stringify(body), cutOff: false });

describe("whatever ServiceStage lists while Slack refuses for long", () => {
  test.each(["destination", "content"] as const)(
    "the item keeps below what DynamoDB takes, and the build is told to its end (%s)",
    async (kind) => {
      const property = fc.asyncProperty(listings, async (all) => {
        const scene = createScene();
        const buildId = "hostile";
        const load = () => scene.load(buildId);
        let list: unknown = [];
        let details: Record<string, unknown> = {};
        const serviceStage = new MemoryServiceStage({
          phasesOf: () => parsePhases(answer({ list }), buildId),
          detailsOf: () => parseDetails(answer(details), buildId),
        });
        serviceStage.log = `${"构".repeat(200)}\n`.repeat(20);
        await scene.register(buildId, { label: "构".repeat(100) });
        scene.slack.failNext({ answer: { kind, reason: "构".repeat(9_999) } }, { times: 2_000 });
        for (list of all) {
          const { errors } = await scene.tick({ serviceStage });
          expect(errors).toBe(0);
          expect(itemBytes(newItem(await load()))).toBeLessThan(400 * 1024);
        }

        scene.slack.faults.length = 0;
        list = [{ id: 1, name: "Build", state: "Failed" }];
        details = { build_state: "Failed", commit_comment: "构".repeat(999) };
        for (let ticks = 0; ticks < 40 && isActive(await load()); ticks++) await scene.tick({ serviceStage });
        const { status, outcome, delivery } = await load();
        expect([status, outcome, delivery.outbox]).toEqual(["ended", "failed", []]);
        expect(itemBytes(newItem(await load()))).toBeLessThan(400 * 1024);
      });
      await fc.assert(property, { numRuns: 5 });
    },
  );
});

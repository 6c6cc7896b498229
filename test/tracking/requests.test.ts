import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { registerBuild } from "../../lambda/domain/build.ts";
import { virtualShards } from "../../lambda/names.ts";
import { createServiceStage } from "../../lambda/servicestage/client.ts";
import { createSlack } from "../../lambda/slack/client.ts";
import { createStore } from "../../lambda/store/store.ts";
import { createPace } from "../../lambda/tracking/pace.ts";
import { tick, type TickParts } from "../../lambda/tracking/tick.ts";
import { canary, localBotToken } from "../../local/canary.ts";
import { createBuildsTable, localDynamoDbClient, startDynamoDb } from "../../local/dynamodb.ts";
import { createServiceStageServer } from "../../local/servicestage/server.ts";
import { createSlackServer } from "../../local/slack/server.ts";
import { createTestClock } from "../../testing/clock.ts";
import { createQuietLog } from "../../testing/quiet-log.ts";
import { heldCredentials } from "../../testing/held-credentials.ts";

/** The requests of one pass, counted where they arrive: the real adapters, SDKs and protocols. */

const key = { kind: "accessKey", accessKey: "AK", secretKey: canary } as const;
const channel = "C0BUILDS001";
const builds = ["b1", "b2", "b3"];

let closing: { close(): Promise<void> }[];
let serviceStage: ReturnType<typeof createServiceStageServer>;
let slack: ReturnType<typeof createSlackServer>;
let commands: string[];
let options: TickParts;

beforeEach(async () => {
  const clock = createTestClock(Date.now());
  const log = createQuietLog();
  const dynamoDb = await startDynamoDb();
  serviceStage = createServiceStageServer({ credentials: key, clock });
  slack = createSlackServer({ channels: [{ id: channel, name: "builds" }], now: clock.now });
  closing = [dynamoDb, serviceStage, slack];
  const endpoint = await serviceStage.start();
  const apiUrl = await slack.start();

  const client = localDynamoDbClient(dynamoDb.url);
  await createBuildsTable(client, "builds");
  const store = createStore({ client, tableName: "builds", clock, log });
  for (const buildId of builds) {
    await store.register(
      registerBuild(buildId, randomUUID(), { channel, mention: [], thread: true }, clock.now()),
      undefined,
    );
  }
  commands = recordCommands(client);
  options = {
    clock,
    log,
    store,
    serviceStage: createServiceStage({
      endpoint,
      iamEndpoint: endpoint,
      region: "local",
      credentials: heldCredentials(key),
      clock,
      log,
    }),
    slack: createSlack({ token: heldCredentials(localBotToken), apiUrl, region: "local", log, clock }),
    newId: randomUUID,
    pace: createPace(),
    retention: { abandonAfterMillis: 86_400_000, keepMillis: 86_400_000 },
    jobPollMillis: 60_000,
    pollIntervalMillis: 15_000,
  };
});
afterEach(() => Promise.all(closing.map((each) => each.close())));

function recordCommands(client: DynamoDBClient): string[] {
  const names: string[] = [];
  client.middlewareStack.add(
    (next, context) => (args) => {
      names.push(String(context.commandName));
      return next(args);
    },
    { step: "initialize", name: "recordCommands" },
  );
  return names;
}

/** What one pass asked for, after these phases were set for every build. */
async function requestsOfPass(phases: { name: string; state: string }[]) {
  for (const buildId of builds)
    serviceStage.setPhases(buildId, phases, { job_name: "shop", commit_id: "c0ffee" });
  commands.length = serviceStage.requests.length = 0;
  const before = slack.calls.length;
  const now = options.clock.now();
  await tick({ shard: 0, shards: 1, scheduledTime: now, processEnd: now + 18_000 }, options, virtualShards);
  const count = (names: string[]) =>
    Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, all]) => [name, all.length]));
  return {
    serviceStage: count(serviceStage.requests.map((request) => request.replace(/b\d/, "b*"))),
    writes: commands.filter(
      (name) => !["GetCommand", "QueryCommand", "GetItemCommand", "QueryItemCommand"].includes(name),
    ).length,
    slack: count(slack.calls.slice(before).map(({ method }) => method)),
  };
}

const phasesCall = "GET /assembling/v1/builds/b*/phases";
const detailsCall = "GET /assembling/v1/builds/b*";
const building = [{ name: "Init", state: "Building" }];
const successful = [
  { name: "Init", state: "Successful" },
  { name: "Build", state: "Building" },
];

test("the first look at a build reads its details too, and writes three times: lease, card, settling", async () => {
  expect(await requestsOfPass(building)).toEqual({
    serviceStage: { [phasesCall]: 3, [detailsCall]: 3 },
    writes: 9,
    slack: { "chat.postMessage": 6 },
  });
});

test("a poll of a build whose phases did not change makes one GET, and no write", async () => {
  await requestsOfPass(building);
  expect(await requestsOfPass(building)).toEqual({ serviceStage: { [phasesCall]: 3 }, writes: 0, slack: {} });
});

test("a change costs one GET, two writes, a message for each transition, and one edit", async () => {
  await requestsOfPass(building);
  expect(await requestsOfPass(successful)).toEqual({
    serviceStage: { [phasesCall]: 3 },
    writes: 6,
    slack: { "chat.postMessage": 6, "chat.update": 3 },
  });
});

import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { subscribe } from "../../lambda/domain/subscription.ts";
import { createStore } from "../../lambda/store/store.ts";
import { createBuildsTable, localDynamoDbClient, startDynamoDb } from "../../local/dynamodb.ts";
import type { Listening } from "../../local/listen.ts";
import { createScene, minute } from "./scene.ts";

/** What a stack needs while nobody builds. */

const subscriptions = 100;
const channels = 7;
const jobs = Array.from({ length: subscriptions }, (_, number) => `j${number}`);

let dynamoDb: Listening;
let client: DynamoDBClient;
/** The commands that DynamoDB got. */
const commands: string[] = [];

beforeEach(async () => {
  dynamoDb = await startDynamoDb();
  client = localDynamoDbClient(dynamoDb.url);
  await createBuildsTable(client, "builds");
  client.middlewareStack.add(
    (next, context) => (args) => {
      commands.push(String(context.commandName).replace(/Item|Command/g, ""));
      return next(args);
    },
    { step: "initialize", name: "noteCommands" },
  );
});
afterEach(async () => {
  client.destroy();
  await dynamoDb.close();
});

test("a tick over 100 subscriptions without a new build makes 100 GETs, one for each job, and no write", async () => {
  const scene = createScene((parts) => createStore({ client, tableName: "builds", ...parts }));
  const { serviceStage, store, clock } = scene;
  for (const [number, jobId] of jobs.entries()) {
    const [first, last] = [`${jobId}-b1`, `${jobId}-b2`];
    const builds = [first, last].map((buildId) => ({ buildId, state: "Successful" }));
    serviceStage.setJob({ jobId, jobName: `shop-${number}`, lastBuildId: last, builds });
    const before = clock.now() - 10 * minute;
    serviceStage.set(last, "", { state: "Successful", startedAt: before, endedAt: before });
    const settings = { channel: `C${number % channels}`, mention: [], thread: true };
    await store.register(subscribe(jobId, undefined, `s${number}`, settings, clock.now()), undefined);
  }
  // The first look reads each list, and records it.
  expect(await scene.tick()).toMatchObject({ changed: subscriptions });

  for (let minutes = 0; minutes < 3; minutes++) {
    commands.length = serviceStage.requests.length = 0;
    const report = await scene.tick();
    expect(serviceStage.requests.toSorted()).toEqual(jobs.map((jobId) => `jobs/${jobId}`).toSorted());
    // A query for each virtual shard, and the circuit breaker.
    expect(commands.toSorted()).toEqual(["Get", ...Array.from({ length: 16 }, () => "Query")]);
    expect(report).toMatchObject({ passes: 1, subscriptions, jobsPolled: subscriptions, found: 0 });
  }
  expect(scene.slack.messages).toEqual([]);
});

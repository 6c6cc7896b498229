import { randomUUID } from "node:crypto";
import { isActiveFeed } from "../../lambda/domain/feed.ts";
import { virtualShards } from "../../lambda/names.ts";
import { createServiceStage } from "../../lambda/servicestage/client.ts";
import { createSlack } from "../../lambda/slack/client.ts";
import { createStore } from "../../lambda/store/store.ts";
import { createPace } from "../../lambda/tracking/pace.ts";
import type { Store } from "../../lambda/tracking/ports.ts";
import { register } from "../../lambda/tracking/register.ts";
import { tick, type TickParts } from "../../lambda/tracking/tick.ts";
import { localBotToken } from "../../local/canary.ts";
import { createBuildsTable, localDynamoDbClient, startDynamoDb } from "../../local/dynamodb.ts";
import { createServiceStageServer } from "../../local/servicestage/server.ts";
import { createSlackServer } from "../../local/slack/server.ts";
import { createTestClock } from "../../testing/clock.ts";
import { CountingStore, indexBytesOf, tableBytesOf } from "./counting-store.ts";
import { phasesAfter } from "./phases.ts";
import { silentLog } from "../../testing/silent-log.ts";
import { heldCredentials } from "../../testing/held-credentials.ts";

export interface LifeOptions {
  transitions: number;
  buildMinutes: number;
  pollIntervalSeconds: number;
}

/** What one build needs from its registration to its end. */
export interface Life {
  /** The requests to ServiceStage. Posts and edits are those to Slack. */
  gets: number;
  posts: number;
  edits: number;
  /** For DynamoDB's table and index together. Reads of the index are not counted here, because one read is for all builds. */
  writes: number;
  writeUnits: number;
  readUnits: number;
  /** The mean size of its entry in the index, over its polls. */
  indexBytes: number;
  /** The size of its item after it has ended. */
  itemBytes: number;
}

const buildId = "0f7fqckzmjcfi0f7yxhx91l2rwrfyzd2poac90b5";
const channel = "C0BUILDS001";
const key = { kind: "accessKey", accessKey: "AK", secretKey: "SK" } as const;
const details = {
  job_id: "b81e5f41-2a55-4f0b-8d5c-5c2d8a1f7e10",
  job_name: "webshop-checkout",
  index: 214,
  branch: "main",
  commit_id: "4f1c9a27d1f04b3e6f27a5d0c0a3b9d8e7f61524",
  commit_comment: "Round the tax per line, as the invoices do",
  committer: "Mei Lin",
};

/** Runs the real use cases and adapters on a model clock, with an embedded DynamoDB and local servers. */
export async function measureLife(options: LifeOptions): Promise<Life> {
  const clock = createTestClock();
  const dynamoDb = await startDynamoDb();
  const client = localDynamoDbClient(dynamoDb.url);
  const serviceStage = createServiceStageServer({ credentials: key, clock });
  const slack = createSlackServer({ channels: [{ id: channel, name: "builds" }], now: clock.now });
  const endpoint = await serviceStage.start();
  const apiUrl = await slack.start();
  try {
    await createBuildsTable(client, "builds");
    const store = new CountingStore(createStore({ client, tableName: "builds", clock, log: silentLog }));
    const adapters = {
      store: store.port,
      serviceStage: createServiceStage({
        endpoint,
        iamEndpoint: endpoint,
        region: "local",
        credentials: heldCredentials(key),
        clock,
        log: silentLog,
      }),
      slack: createSlack({
        token: heldCredentials(localBotToken),
        apiUrl,
        region: "local",
        log: silentLog,
        clock,
      }),
    };
    const show = (transitions: number): void =>
      serviceStage.setPhases(buildId, phasesAfter(transitions, options.transitions), details);
    const indexBytes = await live({ ...partsOf(clock), ...adapters }, store, options, show);
    const count = (method: string): number => slack.calls.filter((call) => call.method === method).length;
    return {
      gets: serviceStage.requests.length,
      posts: count("chat.postMessage"),
      edits: count("chat.update"),
      writes: store.writes,
      writeUnits: store.writeUnits,
      readUnits: store.readUnits,
      indexBytes,
      itemBytes: sum([...store.feeds.values()].map(tableBytesOf)),
    };
  } finally {
    for (const server of [slack, serviceStage, dynamoDb]) await server.close();
    client.destroy();
  }
}

type Clock = ReturnType<typeof createTestClock>;
type Parts = Omit<TickParts, "clock" | "store"> & { clock: Clock; store: Store };

const partsOf = (clock: Clock): Omit<Parts, "store" | "serviceStage" | "slack"> => ({
  clock,
  log: silentLog,
  newId: randomUUID,
  pace: createPace(),
  retention: { abandonAfterMillis: 86_400_000, keepMillis: 86_400_000 },
  jobPollMillis: 60_000,
  pollIntervalMillis: 60_000,
});

/** Polls the build until nothing is pending. @returns the mean size of the build's entry in the index */
async function live(
  parts: Parts,
  store: CountingStore,
  { transitions, buildMinutes, pollIntervalSeconds }: LifeOptions,
  show: (transitions: number) => void,
): Promise<number> {
  const { clock } = parts;
  await register(parts, buildId, { channel, mention: [], thread: true });
  const sizes: number[] = [];
  const polls = (buildMinutes * 60) / pollIntervalSeconds;
  for (let poll = 0; [...store.feeds.values()].some(isActiveFeed); poll++) {
    sizes.push(sum([...store.feeds.values()].map(indexBytesOf)));
    show(Math.min(transitions, Math.floor((poll / polls) * transitions)));
    // The tick has time for only one pass.
    const event = { shard: 0, shards: 1, scheduledTime: clock.now(), processEnd: clock.now() + 18_000 };
    await tick(event, parts, virtualShards);
    clock.advance(pollIntervalSeconds * 1_000);
  }
  return sum(sizes) / sizes.length;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

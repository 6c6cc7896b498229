import { transitionsPerStage } from "./builds.ts";
import { runProgram, startServer } from "./processes.ts";
import { countRequests, type Requests } from "./servicestage.ts";
import type { Surroundings } from "./surroundings.ts";
import type { Measured } from "./table.ts";

/** Counts the requests of ticks in which some builds changed. The servers count them. */

interface Counted {
  builds: number;
  changed: number;
  gets: Requests;
  dynamoDb: Record<string, number>;
  slack: Record<string, number>;
}

const writes = new Set(["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"]);

export async function measureChanged(surroundings: Surroundings): Promise<Measured> {
  const builds = surroundings.quick ? 100 : 1_000;
  const found: Counted[] = [];
  for (const share of [0.01, 0.1, 1]) found.push(await countPass(builds, builds * share, surroundings));
  return {
    title: `Requests of a tick over ${builds} builds`,
    head: ["changed builds", "GETs", "reads", "writes", "transitions", "messages", "edits"],
    rows: found.map(({ changed, gets, dynamoDb, slack }) => [
      changed,
      gets.total === gets.paths ? gets.total : `${gets.total} of ${gets.paths} builds`,
      sum(dynamoDb, (operation) => !writes.has(operation)),
      sum(dynamoDb, (operation) => writes.has(operation)),
      changed * transitionsPerStage,
      slack["chat.postMessage"] ?? 0,
      slack["chat.update"] ?? 0,
    ]),
    notes: [
      "A tick edits at most 40 cards in a minute, because of Slack's limit. The other cards follow in later ticks.",
    ],
    data: found,
  };
}

const sum = (counts: Record<string, number>, wanted: (name: string) => boolean): number =>
  Object.entries(counts).reduce((total, [name, count]) => total + (wanted(name) ? count : 0), 0);

async function countPass(builds: number, changed: number, surroundings: Surroundings): Promise<Counted> {
  const { bundles, serviceStageUrl, slackUrl, dynamoDbUrl, environment, createTable } = surroundings;
  const tableName = await createTable(builds);
  const counter = await startServer("counter", dynamoDbUrl);
  await takeCalls(slackUrl);
  const plan = {
    serviceStageUrl,
    builds,
    delayMillis: 0,
    moved: changed,
    cold: true,
    bundle: bundles.poll.file,
  };
  await runProgram("pass.ts", plan, environment(tableName, { AWS_ENDPOINT_URL_DYNAMODB: counter.url }));
  const [gets, dynamoDb, slack] = [
    await countRequests(serviceStageUrl),
    await takeCalls(counter.url),
    await takeCalls(slackUrl),
  ];
  await counter.close();
  return { builds, changed, gets, dynamoDb, slack };
}

/** The calls that a server counted since the last request for this count. */
const takeCalls = async (url: string) =>
  (await (await fetch(`${url}/calls`)).json()) as Record<string, number>;

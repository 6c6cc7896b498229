import { beginCommand, parseArguments, type Values } from "../../command/command.ts";
import { deployedJobPollIntervals, deployedPollIntervals, virtualShards } from "../../lambda/names.ts";
import { discover, secondsAt, type Discovery } from "./discovery.ts";
import { measure, quantile, type Measured } from "./measure.ts";
import { overload } from "./loads.ts";
import { simulate, type SimulationOptions } from "./simulate.ts";

/** `npm run scale`: prints the table of `docs/scale.md`, or one row for the given flags. */

const flags = {
  builds: { default: 1_000, least: 1, most: 200_000, describes: "builds that run at any time" },
  buildsPerChannel: { default: 20, least: 1, most: 200_000, describes: "builds that share one channel" },
  buildMinutes: { default: 10, least: 1, most: 240, describes: "from a build's start to its end" },
  shards: { default: 1, least: 1, most: virtualShards, describes: "the setting of that name" },
  pollIntervalSeconds: { default: 15, oneOf: deployedPollIntervals, describes: "the setting of that name" },
  roundTripMillis: {
    default: 100,
    least: 1,
    most: 5_000,
    describes: "from a GET at ServiceStage to its answer",
  },
  postsPerMinute: {
    default: 300,
    least: 1,
    most: 1_000_000,
    describes: "posts that the Slack workspace accepts",
  },
  burst: {
    default: 8,
    least: 1,
    most: 1_000,
    describes: "posts at once that Slack accepts in a silent channel",
  },
  subscriptions: {
    default: 0,
    least: 0,
    most: 100_000,
    describes: "jobs with a subscription, in place of the builds; prints a row of the second table",
  },
  building: { default: 0, least: 0, most: 100_000, describes: "how many of these jobs build at any time" },
  jobsPerChannel: { default: 20, least: 1, most: 100_000, describes: "such jobs that share one channel" },
  jobPollSeconds: { default: 60, oneOf: deployedJobPollIntervals, describes: "the setting of that name" },
  minutes: { default: 10, least: 2, most: 600, describes: "how long the model clock runs" },
  seed: { default: 1, least: 0, most: 2 ** 31, describes: "spreads the builds over time" },
} as const;
type Row = Values<typeof flags>;

/** More than any workspace needs. With this value only the ticks limit the figures. */
const unlimited = 1_000_000;
const rows: Partial<Row>[] = [
  { builds: 200, shards: 1 },
  { builds: 200, shards: 1, buildsPerChannel: 200 },
  { builds: 1_000, shards: 2 },
  { builds: 1_000, shards: 1, postsPerMinute: unlimited },
  { builds: 1_000, shards: 2, postsPerMinute: unlimited },
  { builds: 10_000, shards: 4, postsPerMinute: unlimited, minutes: 5 },
  { builds: 10_000, shards: 8, postsPerMinute: unlimited, minutes: 5 },
  { builds: 10_000, shards: 16, postsPerMinute: unlimited, minutes: 5 },
  { builds: 10_000, shards: 16, minutes: 5 },
  { builds: 100_000, shards: 16, postsPerMinute: unlimited, minutes: 3 },
  { builds: 100_000, shards: 16, pollIntervalSeconds: 60, postsPerMinute: unlimited, minutes: 3 },
];

const rowsOfJobs: Partial<Row>[] = [
  { subscriptions: 100, building: 0 },
  { subscriptions: 1_000, building: 0 },
  { subscriptions: 50, building: 50, minutes: 60 },
  { subscriptions: 1_000, building: 50, minutes: 60 },
  { subscriptions: 1_000, building: 50, minutes: 60, jobPollSeconds: 15 },
  { subscriptions: 1_000, building: 50, minutes: 60, shards: 2 },
];

const columns = [
  "builds",
  "a channel",
  "shards",
  "every",
  "minutes",
  "polls",
  "p50",
  "p99",
  "delivered",
  "behind",
  "429",
  "limits exceeded",
];

function optionsOf({ postsPerMinute, burst, ...row }: Row): SimulationOptions {
  const isUnlimited = postsPerMinute >= unlimited;
  return { ...row, slack: { burst, ...(isUnlimited ? { editsPerMinute: Infinity } : { postsPerMinute }) } };
}

/** If the pending messages grow by more than this share of the recorded ones, they grow without end. */
const growthAtMost = 0.05;

function cellsOf(row: Row, measured: Measured): string[] {
  const { pollsShare, lateMillis, delivered, recorded, behindPerMinute, throttledShare, loads } = measured;
  const grows = behindPerMinute > (recorded / row.minutes) * growthAtMost;
  const late = (share: number) =>
    grows ? "grows" : `${((quantile(lateMillis, share) ?? 0) / 1_000).toFixed(0)} s`;
  const overloaded = loads.filter((load) => overload(load) > 1.05);
  return [
    row.builds.toLocaleString("en"),
    String(row.buildsPerChannel),
    String(row.shards),
    `${row.pollIntervalSeconds} s`,
    String(row.minutes),
    percent(pollsShare),
    late(0.5),
    late(0.99),
    (delivered / row.minutes).toFixed(0),
    grows ? behindPerMinute.toFixed(0) : "0",
    percent(throttledShare),
    overloaded.map((load) => `${load.limit} ${overload(load).toFixed(1)}`).join(", ") || "nothing",
  ];
}

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;

const toLine = (cells: string[]): string => `| ${cells.join(" | ")} |`;

async function print(rows: Row[]): Promise<void> {
  console.log(toLine(columns));
  console.log(toLine(columns.map(() => "---")));
  for (const row of rows) {
    const measured = measure(await simulate(optionsOf(row)));
    console.log(toLine(cellsOf(row, measured)));
    if (measured.broken === 0) continue;
    console.error(`The promise is broken for ${measured.broken} builds.`);
    process.exitCode = 1;
  }
}

const columnsOfJobs = [
  "jobs",
  "building",
  "shards",
  "every",
  "listed",
  "p50",
  "p99",
  "pass p50",
  "longest pass",
  "tick p50",
  "GETs",
  "writes",
];

function cellsOfJobs(row: Row, found: Discovery): string[] {
  const late = (share: number) => (found.listed === 0 ? "" : secondsAt(found.lateMillis, share));
  return [
    row.subscriptions.toLocaleString("en"),
    String(row.building),
    String(row.shards),
    `${row.jobPollSeconds} s`,
    String(found.listed),
    late(0.5),
    late(0.99),
    secondsAt(found.passMillis, 0.5),
    secondsAt(found.passMillis, 1),
    secondsAt(found.tickMillis, 0.5),
    found.getsPerMinute.toFixed(0),
    found.writesPerMinute.toFixed(1),
  ];
}

async function printJobs(rows: Row[]): Promise<void> {
  console.log(toLine(columnsOfJobs));
  console.log(toLine(columnsOfJobs.map(() => "---")));
  for (const row of rows) {
    const found = await discover(row);
    console.log(toLine(cellsOfJobs(row, found)));
    if (found.untold === 0) continue;
    console.error(`The promise is broken: ${found.untold} new builds were not told.`);
    process.exitCode = 1;
  }
}

const { values: given } = beginCommand({
  name: "npm run scale",
  does: "Runs the real ticks on a model clock. Prints the tables of docs/scale.md, or one row for the given flags.",
  flags,
});
const { values: defaults } = parseArguments({ flags }, []);
const whole = (part: Partial<Row>): Row => ({ ...defaults, ...part });
if (process.argv.length > 2) {
  await (given.subscriptions > 0 ? printJobs([given]) : print([given]));
} else {
  await print(rows.map(whole));
  console.log("");
  await printJobs(rowsOfJobs.map(whole));
}

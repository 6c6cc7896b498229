import { expect, test } from "@jest/globals";
import { container, scheduleEach, stepFunctions } from "../../bench/cost/alternatives.ts";
import {
  billOf,
  dollarsOf,
  movingTickSeconds,
  passesPerTick,
  totalOf,
  type Month,
  type Part,
} from "../../bench/cost/bill.ts";
import { virtualShards } from "../../lambda/names.ts";
import { tick } from "../../lambda/tracking/tick.ts";
import { createScene } from "../tracking/scene.ts";

/** Each expected amount is written as a calculation that a person can check on paper. */

const idle: Month = {
  builds: 0,
  buildMinutes: 10,
  buildsAtOnce: 2,
  apiCallsPerBuild: 2,
  commands: 0,
  pollIntervalSeconds: 15,
  subscriptions: 0,
  jobPollSeconds: 60,
  shards: 1,
  keepDays: 30,
  metrics: 0,
  alarms: 0,
  dashboards: 0,
  keys: 0,
  emails: 0,
};
const busy: Month = { ...idle, builds: 1_000 };
const life = {
  gets: 40,
  posts: 15,
  edits: 14,
  writes: 32,
  writeUnits: 150,
  readUnits: 1,
  indexBytes: 1_024,
  itemBytes: 4_096,
};
const watching: Month = { ...idle, subscriptions: 100 };
const needs = (gets: number, writeUnits: number, readUnits: number) => ({
  gets,
  writes: 1,
  writeUnits,
  readUnits,
});
const subscription = {
  itemBytes: 1_024,
  indexBytes: 1_024,
  poll: needs(1, 0, 0),
  wholeList: needs(2, 3, 1),
  newBuild: needs(4, 5, 1),
};
const amountOf = (parts: Part[], name: string): number =>
  dollarsOf(parts.find((part) => part.name === name)!);

test.each<[string, Month, string, number]>([
  ["43,800 idle ticks of 0.3 s in half a GB", idle, "Lambda: ticks", 43_800 * 0.3 * 0.5 * 0.0000133334],
  [
    "5,000 minutes with ticks of 46 s, the others idle",
    busy,
    "Lambda: ticks",
    (5_000 * 46 + 38_800 * 0.3) * 0.5 * 0.0000133334,
  ],
  [
    "1,000 commands of 2 s in half a GB",
    { ...idle, commands: 1_000 },
    "Lambda: commands",
    1_000 * 2 * 0.5 * 0.0000133334,
  ],
  [
    "43,800 ticks, and two invocations for each command",
    { ...idle, commands: 1_000 },
    "Lambda: requests",
    (45_800 * 0.2) / 1e6,
  ],
  ["a request for each command", { ...idle, commands: 1_000 }, "API Gateway", 0.001],
  ["a schedule's invocation for each tick", busy, "EventBridge Scheduler", 0.0438],
  ["four schedules", { ...busy, shards: 4 }, "EventBridge Scheduler", 4 * 0.0438],
  ["150 units written for each build", busy, "DynamoDB: writes", (1_000 * 150 * 0.625) / 1e6],
  ["16 index queries of half a unit in each idle tick", idle, "DynamoDB: reads", (43_800 * 8 * 0.125) / 1e6],
  [
    "four passes in each of 5,000 minutes, 40 polls of 1 KB for each build, a read of the circuit breaker, two API calls",
    busy,
    "DynamoDB: reads",
    (((5_000 * 4 + 38_800) * 8 + 1_000 * 40 * 0.125 + 5_000 * 4 + 2_000) * 0.125) / 1e6,
  ],
  ["the secret, read every five minutes", idle, "Secrets Manager: calls", (730 * 12 * 0.05) / 1e4],
  [
    "100 GETs of jobs at 0.1 s, one alone and then 32 at once, in each idle tick",
    watching,
    "Lambda: ticks",
    43_800 * (0.3 + 0.5) * 0.5 * 0.0000133334,
  ],
  [
    "20 GETs of jobs in each idle tick, when each job is polled every five minutes",
    { ...watching, jobPollSeconds: 300 },
    "Lambda: ticks",
    43_800 * (0.3 + 0.2) * 0.5 * 0.0000133334,
  ],
  [
    "ticks of 46 s in every minute, when jobs are polled more often",
    { ...watching, jobPollSeconds: 30 },
    "Lambda: ticks",
    43_800 * 46 * 0.5 * 0.0000133334,
  ],
  [
    "three units written when the whole list of a job was read, once an hour",
    watching,
    "DynamoDB: writes",
    (100 * 730 * 3 * 0.625) / 1e6,
  ],
  [
    "an idle tick's queries, 1 KB for each of 100 subscriptions, the circuit breaker, and an item before each whole list",
    watching,
    "DynamoDB: reads",
    ((43_800 * (8 + 100 * 0.125 + 1) + 100 * 730) * 0.125) / 1e6,
  ],
  [
    "1,500 bytes for a GET of each of 100 jobs a minute, and for a page of its list an hour",
    watching,
    "Data out",
    (100 * (43_800 + 730) * 1_500 * 0.09) / 2 ** 30,
  ],
  ["two API calls for each build", busy, "API Gateway", 0.002],
  ["twelve alarms", { ...idle, alarms: 12 }, "CloudWatch: alarms", 1.2],
  ["eight metrics", { ...idle, metrics: 8 }, "CloudWatch: metrics", 2.4],
  ["a dashboard", { ...idle, dashboards: 1 }, "CloudWatch: dashboards", 3],
  ["a key", { ...idle, keys: 1 }, "KMS: keys", 1],
])("%s", (_what, month, name, dollars) => {
  expect(amountOf(billOf(month, life, subscription), name)).toBeCloseTo(dollars, 8);
});

test("the parts are sorted by size, parts that cost nothing are left out, and the total is the sum of the parts", () => {
  const parts = billOf(busy, life, subscription);
  const amounts = parts.map(dollarsOf);
  expect(amounts).toEqual(amounts.toSorted((a, b) => b - a));
  expect(parts.map(({ name }) => name)).not.toContain("CloudWatch: alarms");
  expect(totalOf(parts)).toBeCloseTo(
    amounts.reduce((sum, amount) => sum + amount, 0),
    10,
  );
});

test("with more builds than fit into a month, builds run in every minute of the month and not longer", () => {
  const crowded = { ...idle, builds: 1_000_000, buildsAtOnce: 1 };
  expect(amountOf(billOf(crowded, life, subscription), "Lambda: ticks")).toBeCloseTo(
    43_800 * 46 * 0.5 * 0.0000133334,
    8,
  );
});

test.each([
  [5, 12],
  [15, 4],
  [20, 3],
  [60, 1],
])("a tick that polls every %i s makes %i passes", (pollIntervalSeconds, passes) => {
  expect(passesPerTick({ pollIntervalSeconds })).toBe(passes);
});

test("the real tick makes as many passes and lasts as long as the bill says, while builds run", async () => {
  const scene = createScene();
  await scene.register("b1");
  scene.serviceStage.set("b1", "Init:Building");
  const started = scene.clock.now();
  const event = { shard: 0, shards: 1, scheduledTime: started, processEnd: started + 75_000 };
  const { passes } = await tick(event, scene.options, virtualShards);
  expect(passes).toBe(passesPerTick(busy));
  const seconds = (scene.clock.now() - started) / 1_000;
  expect(seconds).toBeGreaterThanOrEqual(movingTickSeconds(busy) - 1);
  expect(seconds).toBeLessThanOrEqual(movingTickSeconds(busy));
});

test("a wait loop needs three state transitions and one call of a function for each poll", () => {
  const parts = stepFunctions(busy);
  expect(amountOf(parts, "Step Functions")).toBeCloseTo(1_000 * 40 * 3 * 0.000025, 8);
  expect(amountOf(parts, "Lambda")).toBeCloseTo(40_000 * 0.3 * 0.5 * 0.0000133334, 8);
});

test("a container and its address cost money in every hour", () => {
  const parts = container(idle, life);
  expect(totalOf(parts)).toBeCloseTo(730 * (0.25 * 0.03238 + 0.5 * 0.00356 + 0.005) + 0.4, 8);
});

test("a schedule for each build runs its own tick in each minute of the build", () => {
  const parts = scheduleEach(busy, life);
  expect(amountOf(parts, "EventBridge Scheduler")).toBeCloseTo(0.01, 8);
  expect(amountOf(parts, "Lambda")).toBeCloseTo(10_000 * 46 * 0.5 * 0.0000133334, 8);
});

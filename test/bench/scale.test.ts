import { describe, expect, test } from "@jest/globals";
import { overload } from "../../bench/scale/loads.ts";
import { discover, type DiscoveryOptions } from "../../bench/scale/discovery.ts";
import { measure } from "../../bench/scale/measure.ts";
import { simulate, type SimulationOptions } from "../../bench/scale/simulate.ts";

const few: SimulationOptions = {
  builds: 40,
  buildsPerChannel: 10,
  buildMinutes: 10,
  seed: 1,
  minutes: 3,
  shards: 1,
  pollIntervalSeconds: 15,
  roundTripMillis: 100,
  slack: { burst: 8, postsPerMinute: 300 },
};
const run = async (options: Partial<SimulationOptions> = {}) =>
  measure(await simulate({ ...few, ...options }));

describe("the limit that is exceeded most", () => {
  test.each<[string, string, Partial<SimulationOptions>]>([
    ["a channel with 80 builds", "one channel", { builds: 80, buildsPerChannel: 80 }],
    ["a workspace that takes 30 posts a minute", "workspace", { slack: { burst: 8, postsPerMinute: 30 } }],
    [
      "100 builds that end within two minutes",
      "card edits",
      { builds: 100, buildMinutes: 2, slack: { burst: 8 } },
    ],
    ["a ServiceStage that takes five seconds to answer", "polls", { builds: 150, roundTripMillis: 5_000 }],
  ])("for %s it is: %s", async (_what, limit, options) => {
    const { loads, broken, recorded, delivered, pending } = await run(options);
    expect(loads[0]!.limit).toBe(limit);
    expect(overload(loads[0]!)).toBeGreaterThan(1);
    expect({ broken, kept: delivered + pending }).toEqual({ broken: 0, kept: recorded });
  });

  test("a workspace accepts no more than its limit, and answers 429", async () => {
    const { delivered, throttledShare } = await run({ slack: { burst: 8, postsPerMinute: 30 } });
    expect(delivered).toBeLessThanOrEqual(3 * 30);
    expect(throttledShare).toBeGreaterThan(0);
  });

  test("forty builds exceed no limit, and every poll is made", async () => {
    const { loads, pollsShare, unseenShare, broken, throttledShare } = await run();
    expect(loads.filter((load) => overload(load) > 1.05)).toEqual([]);
    expect({ pollsShare, unseenShare, broken, throttledShare }).toEqual({
      pollsShare: 1,
      unseenShare: 0,
      broken: 0,
      throttledShare: 0,
    });
  });
});

test("several shards share the work, and nothing is delivered twice", async () => {
  const { broken, delivered, recorded, pending } = await run({ shards: 3, builds: 100 });
  expect(broken).toBe(0);
  expect(delivered).toBeGreaterThan(0);
  expect(delivered + pending).toBe(recorded);
});

test("the same seed gives the same run, another seed another one", async () => {
  const first = await run();
  expect(await run()).toEqual(first);
  expect((await run({ seed: 2 })).lateMillis).not.toEqual(first.lateMillis);
});

describe("a broken promise is found", () => {
  const isMessage = ({ key }: { key: string }): boolean => /^[^/]+-1\/\d+$/.test(key);

  test("a lost message", async () => {
    const simulation = await simulate(few);
    const { messages } = simulation.slack.inner;
    messages.splice(messages.findIndex(isMessage), 1);
    expect(measure(simulation).broken).toBe(1);
  });

  test("two messages in the wrong order", async () => {
    const simulation = await simulate(few);
    const { messages } = simulation.slack.inner;
    const of = (number: number) => messages.findIndex(({ key }) => key.endsWith(`-0/${number}`));
    const second = messages[of(2)]!;
    const first = messages.findIndex(({ key }) => key === second.key.replace(/2$/, "1"));
    messages.splice(of(2), 1);
    messages.splice(first, 0, second);
    expect(measure(simulation).broken).toBe(1);
  });

  test("a message that is delivered twice", async () => {
    const simulation = await simulate(few);
    const { messages } = simulation.slack.inner;
    messages.push(messages.find(isMessage)!);
    expect(measure(simulation).broken).toBe(1);
  });
});

describe("subscriptions", () => {
  const jobs: DiscoveryOptions = {
    subscriptions: 60,
    building: 12,
    jobsPerChannel: 6,
    buildMinutes: 3,
    shards: 1,
    pollIntervalSeconds: 15,
    jobPollSeconds: 60,
    roundTripMillis: 100,
    minutes: 5,
    seed: 1,
  };

  test.each<[string, Partial<DiscoveryOptions>]>([
    ["each minute", {}],
    ["in each pass", { jobPollSeconds: 15 }],
    ["by three shards", { shards: 3 }],
  ])("polled %s find every build", async (_how, options) => {
    const { listed, untold } = await discover({ ...jobs, ...options });
    expect(listed).toBeGreaterThan(5);
    expect(untold).toBe(0);
  });

  test("whose jobs don't build need a GET each in a minute, and a page of the list and a write in an hour", async () => {
    const found = await discover({ ...jobs, building: 0, minutes: 60 });
    expect(found.getsPerMinute).toBeCloseTo(60 + 1, 1);
    expect(found.writesPerMinute).toBeCloseTo(1, 1);
  });
});

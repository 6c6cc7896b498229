import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { hasBuildEnded } from "../../lambda/domain/job.ts";
import { createServiceStage } from "../../lambda/servicestage/client.ts";
import type { ServiceStage } from "../../lambda/tracking/ports.ts";
import { sampleJobs } from "../../local/servicestage/jobs.ts";
import { createPushes } from "../../local/servicestage/pushes.ts";
import { scenarios } from "../../local/servicestage/scenarios.ts";
import {
  createServiceStageServer,
  type ServiceStageServer,
  type ServiceStageServerOptions,
} from "../../local/servicestage/server.ts";
import { createTestClock, type TestClock } from "../../testing/clock.ts";
import { heldCredentials } from "../../testing/held-credentials.ts";
import { createQuietLog } from "../../testing/quiet-log.ts";
import { accessKey } from "../servicestage/credentials.ts";

/** The jobs of the local system's ServiceStage. */

const minute = 60_000;
const hour = 60 * minute;

let clock: TestClock;
let server: ServiceStageServer;
let client: ServiceStage;

async function start(options: Partial<ServiceStageServerOptions> = {}) {
  clock = createTestClock();
  server = createServiceStageServer({ credentials: accessKey, clock, jobs: sampleJobs, ...options });
  const url = await server.start();
  client = createServiceStage({
    endpoint: url,
    iamEndpoint: url,
    region: "cn-north-4",
    credentials: heldCredentials(accessKey),
    clock,
    log: createQuietLog(),
  });
}

beforeEach(() => start());
afterEach(() => server.close());

const nameOf = (jobName: string) =>
  sampleJobs
    .map(({ details }) => ({ jobId: details.job_id, jobName: details.job_name }))
    .find((job) => job.jobName === jobName)!;
const checkout = nameOf("webshop-checkout");
const payment = nameOf("payment-gateway");
const buildsOf = async (job: typeof checkout) => (await client.fetchJobBuilds(job, 1)).builds;

describe("a sample job", () => {
  test("is found by a part of its name", async () => {
    expect((await client.fetchJobs(1)).jobs).toHaveLength(sampleJobs.length);
    expect((await client.fetchJobs(1, "payment")).jobs).toEqual([payment]);
    expect((await client.fetchJobs(1, "webshop-s")).jobs).toEqual([nameOf("webshop-search")]);
  });

  test("has ended builds from before the start, newest first", async () => {
    const builds = await buildsOf(payment);
    expect(builds.map(({ state, durationMillis }) => [state, durationMillis! / 1_000])).toEqual([
      ["Successful", 36],
      ["Failed", 25],
      ["Failed", 24],
      ["Successful", 35],
    ]);
    expect(await client.fetchJob(payment.jobId)).toEqual({ ...payment, lastBuildId: builds[0]!.buildId });
  });

  test("has builds that say which job, branch and commit they are of, and when they ran", async () => {
    const [, failed] = await buildsOf(payment);
    const startedAt = clock.now() - 28 * hour;
    expect(await client.fetchDetails(failed!.buildId)).toEqual({
      ...payment,
      index: "339",
      branch: "main",
      commitId: expect.stringMatching(/^[0-9a-f]{40}$/),
      commitComment: "Refund in the currency of the order",
      committer: "Priya Nair",
      commitUrl: expect.stringMatching(
        /^https:\/\/github\.com\/example\/payment-gateway\/commit\/[0-9a-f]{40}$/,
      ),
      creator: "deploy",
      type: "system",
      state: "Failed",
      startedAt,
      endedAt: startedAt + 25_000,
    });
    expect(await client.fetchLogTail(failed!.buildId)).toContain("RefundTest");
    expect((await client.fetchPhases(failed!.buildId)).map(({ state }) => state)).toContain("Failed");
  });

  test("gets a build at the press of a button, which is listed while it runs", async () => {
    const before = await buildsOf(checkout);
    const buildId = server.startBuildOf(checkout.jobId);
    expect(await buildsOf(checkout)).toEqual([{ buildId, state: "Building" }, ...before]);
    expect(await client.fetchJob(checkout.jobId)).toMatchObject({ lastBuildId: buildId });
    expect(await client.fetchDetails(buildId)).toMatchObject({
      ...checkout,
      index: "214",
      commitComment: "Count a voucher once",
    });
    clock.advance(minute);
    expect((await buildsOf(checkout))[0]).toEqual({ buildId, state: "Successful", durationMillis: 34_000 });
  });

  test("gets the builds of all its pushes, then of the first one again, each with its own ID and commit", async () => {
    const ids = Array.from({ length: 5 }, () => server.startBuildOf(checkout.jobId));
    const details = await Promise.all(ids.map((id) => client.fetchDetails(id)));
    expect(new Set(ids).size).toBe(5);
    expect(new Set(details.map(({ commitId }) => commitId)).size).toBe(5);
    expect(details.at(-1)).toMatchObject({ index: "218", commitComment: "Count a voucher once" });
  });

  test("has the builds that somebody registered by their kind", async () => {
    const buildId = server.startBuild(scenarios.succeeds, "succeeds-1");
    expect((await buildsOf(checkout))[0]).toMatchObject({ buildId });
  });

  test("that is not there gets no build", () => {
    expect(() => server.startBuildOf("j9")).toThrow(RangeError);
  });

  test("comes in pages when it has many builds", async () => {
    for (let index = 0; index < 100; index++) server.startBuildOf(payment.jobId);
    const pages = [await client.fetchJobBuilds(payment, 1), await client.fetchJobBuilds(payment, 2)];
    expect(pages.map(({ page, pages, builds }) => [page, pages, builds.length])).toEqual([
      [1, 2, 100],
      [2, 2, 4],
    ]);
  });
});

describe("faults concern jobs too", () => {
  const calls: Record<string, () => Promise<unknown>> = {
    "a job": () => client.fetchJob(checkout.jobId),
    "a job's builds": () => client.fetchJobBuilds(checkout, 1),
    "the jobs": () => client.fetchJobs(1),
  };

  test.each(Object.keys(calls))("%s", async (name) => {
    server.fault = { kind: "throttled", path: "/jobs", times: 1 };
    await expect(calls[name]!()).rejects.toMatchObject({ reason: "throttled" });
    // A connection that breaks once is replaced.
    server.fault = { kind: "down", path: "/jobs", times: 1 };
    await calls[name]!();
  });
});

describe("pushes", () => {
  const pushes = { everyMillis: minute, seed: 7 };
  /** What began within an hour in which somebody asks every second. */
  async function beganInAnHour(): Promise<string[]> {
    const began = new Map<string, string>();
    const started = clock.now();
    for (let second = 0; second < 3_600; second += 10) {
      clock.advance(10_000);
      for (const { details } of sampleJobs) {
        const { lastBuildId = "" } = await client.fetchJob(details.job_id);
        const { startedAt = 0 } = lastBuildId === "" ? {} : await client.fetchDetails(lastBuildId);
        if (startedAt > started)
          began.set(lastBuildId, `${details.job_name} after ${(startedAt - started) / 1_000} s`);
      }
    }
    return [...began.values()];
  }

  test("begin some sixty builds an hour, of every job, the same ones with the same seed", async () => {
    await server.close();
    await start({ pushes });
    const first = await beganInAnHour();
    await server.close();
    await start({ pushes });
    expect(await beganInAnHour()).toEqual(first);
    expect(first.length).toBeGreaterThan(50);
    expect(first.length).toBeLessThan(70);
    expect(new Set(first.map((line) => line.split(" ")[0])).size).toBe(sampleJobs.length);
  }, 60_000);

  test("begin nothing unless they are wanted", async () => {
    const before = await buildsOf(checkout);
    clock.advance(24 * hour);
    const after = await buildsOf(checkout);
    expect(after).toEqual(before);
    expect(after.every(hasBuildEnded)).toBe(true);
  });

  test("of a night in which nobody asked are one", () => {
    const take = createPushes(pushes, 0);
    expect(take(8 * hour)?.at).toBeGreaterThan(8 * hour - 2 * minute);
    expect(take(8 * hour)).toBeUndefined();
  });

  test("of other seeds are others", () => {
    const [one, two] = [1, 2].map((seed) => createPushes({ ...pushes, seed }, 0)(hour));
    expect(one).not.toEqual(two);
  });
});

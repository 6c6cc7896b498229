import { createServer } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createServiceStage } from "../../lambda/servicestage/client.ts";
import { listen, type Listening } from "../../local/listen.ts";
import { respond, serviceError, type Answer } from "../../local/servicestage/faults.ts";
import { sampleJobs } from "../../local/servicestage/jobs.ts";
import { scenarios } from "../../local/servicestage/scenarios.ts";
import { createServiceStageServer } from "../../local/servicestage/server.ts";
import { createTestClock, type TestClock } from "../../testing/clock.ts";
import { createQuietLog } from "../../testing/quiet-log.ts";
import { accessKey } from "./credentials.ts";
import { heldCredentials } from "../../testing/held-credentials.ts";

/** The data that is read at the end of a build: the end of the log, and the builds of the job. */

let clock: TestClock;
let requests: string[];
let answer: (path: string) => Answer;
let server: Listening;

beforeEach(async () => {
  clock = createTestClock();
  requests = [];
  server = await listen(
    createServer((request, response) => {
      requests.push(`${request.method} ${request.url}`);
      respond(response, answer(request.url!));
    }),
    0,
  );
});
afterEach(() => server.close());

const createClient = (endpoint = server.url) =>
  createServiceStage({
    endpoint,
    iamEndpoint: endpoint,
    region: "cn-north-4",
    credentials: heldCredentials(accessKey),
    clock,
    log: createQuietLog(),
  });

/** The simulated ServiceStage, which checks signatures, with a build that failed. */
async function withFailedBuild(use: (client: ReturnType<typeof createClient>) => Promise<void>) {
  const simulated = createServiceStageServer({ credentials: accessKey, clock, jobs: sampleJobs });
  await simulated.start();
  simulated.startBuild(scenarios.fails, "b9");
  clock.advance(60_000);
  try {
    await use(createClient(simulated.url));
  } finally {
    await simulated.close();
  }
}

describe("the end of a build's log", () => {
  const page = (buildlog: string, next: unknown): Answer => ({ status: 200, body: { buildlog, next } });
  /** Each call gets one of these answers. */
  const answerWith = (...pages: Answer[]) => {
    answer = () => pages.shift()!;
  };

  test("has the last lines of a simulated build", () =>
    withFailedBuild(async (client) => {
      expect(await client.fetchLogTail("b9")).toMatch(/^\[Init\] starts\n.*npm error code ELIFECYCLE\n$/s);
    }));

  test("is read from the beginning, part by part", async () => {
    answerWith(page("one", 3), page("", 3));
    await createClient().fetchLogTail("b1");
    expect(requests).toEqual([
      "GET /assembling/v1/builds/b1/logs?from=0",
      "GET /assembling/v1/builds/b1/logs?from=3",
    ]);
  });

  test.each<[string, Answer[], string]>([
    ["comes in parts that are put together", [page("one ", 4), page("two", 7), page("", 7)], "one two"],
    ["ends where the next part would begin before this one", [page("one", 3), page("two", 3)], "onetwo"],
    ["ends with a part that has no next one", [page("one", undefined)], "one"],
    ["may be counted in text", [page("one", "3"), page("", "3")], "one"],
  ])("%s", async (_, pages, log) => {
    answerWith(...pages);
    expect(await createClient().fetchLogTail("b1")).toBe(log);
  });

  test("is kept up to the length that messages need", async () => {
    answerWith(page("x".repeat(200_000), 200_000), page("end", 200_003), page("", 200_003));
    const tail = await createClient().fetchLogTail("b1");
    expect(tail).toHaveLength(65_536);
    expect(tail.endsWith("xend")).toBe(true);
  });

  test("is empty when there are too many parts", async () => {
    answer = (path) => page("more", Number(/from=(\d+)/.exec(path)?.[1] ?? 0) + 4);
    expect(await createClient().fetchLogTail("b1")).toBe("");
    expect(requests).toHaveLength(20);
  });

  test("is empty when reading it takes too long", async () => {
    answer = () => {
      clock.advance(3_000);
      return page("more", requests.length * 4);
    };
    expect(await createClient().fetchLogTail("b1")).toBe("");
    expect(requests).toHaveLength(2);
  });

  test.each([
    ["another shape", { status: 200, body: { log: "x" } }, "notUnderstood"],
    ["more than is read", { status: 200, body: { buildlog: "x".repeat(5 << 20), next: 1 } }, "notUnderstood"],
    ["an unknown build", serviceError(404, "SVCSTG.CPE.4040401", "no such build"), "unknownBuild"],
  ])("fails for %s", async (_, answer, reason) => {
    answerWith(answer);
    const message = expect.stringMatching(/^the log of build b1: /);
    await expect(createClient().fetchLogTail("b1")).rejects.toMatchObject({ reason, message });
  });
});

describe("the builds of a job", () => {
  const job = { jobId: "j/1", jobName: "web shop" };

  test("are read with the job's id and name, and have durations in milliseconds", async () => {
    const list = [
      { build_id: "b1", build_state: "Successful", duration: 1181 },
      { build_id: "b2", build_state: "Failed", duration: "7" },
      { build_id: "b3", build_state: "Successful" },
      { build_id: "b4", build_state: "Successful", duration: 0 },
    ];
    answer = () => ({ status: 200, body: { total: 4, list } });
    expect((await createClient().fetchJobBuilds(job, 1)).builds).toEqual([
      { buildId: "b1", state: "Successful", durationMillis: 1_181_000 },
      { buildId: "b2", state: "Failed", durationMillis: 7_000 },
      { buildId: "b3", state: "Successful" },
      { buildId: "b4", state: "Successful" },
    ]);
    expect(requests).toEqual(["GET /assembling/v1/jobs/j%2F1/builds?name=web%20shop&page=1&per_page=100"]);
  });

  test("are listed by the simulated ServiceStage after they ended, with earlier ones", () =>
    withFailedBuild(async (client) => {
      const { job_id: jobId, job_name: jobName } = scenarios.fails.details;
      const [newest, ...earlier] = (await client.fetchJobBuilds({ jobId, jobName }, 1)).builds;
      expect(newest).toEqual({ buildId: "b9", state: "Failed", durationMillis: 22_000 });
      expect(earlier.map(({ durationMillis }) => durationMillis)).toEqual([30_000, 31_000, 29_000]);
    }));

  test("in another format are not understood", async () => {
    answer = () => ({ status: 200, body: { list: [{ id: 1 }] } });
    const message = expect.stringMatching(/^the builds of job web shop: .*list\[0\]\.build_id/);
    await expect(createClient().fetchJobBuilds(job, 1)).rejects.toMatchObject({
      reason: "notUnderstood",
      message,
    });
  });
});

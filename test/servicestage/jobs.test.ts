import { createServer } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { hasBuildEnded } from "../../lambda/domain/job.ts";
import { createServiceStage } from "../../lambda/servicestage/client.ts";
import { pagesOf, type PageNumbers } from "../../lambda/servicestage/pages.ts";
import { listen, type Listening } from "../../local/listen.ts";
import { gatewayError, respond, serviceError, type Answer } from "../../local/servicestage/faults.ts";
import { createTestClock } from "../../testing/clock.ts";
import { heldCredentials } from "../../testing/held-credentials.ts";
import { createQuietLog } from "../../testing/quiet-log.ts";
import { accessKey } from "./credentials.ts";

/** What the calls about jobs make of an answer. Where ServiceStage's pages leave something open, both ways are here. */

let requests: string[];
let answer: () => Answer;
let server: Listening;

beforeEach(async () => {
  requests = [];
  server = await listen(
    createServer((request, response) => {
      requests.push(`${request.method} ${request.url}`);
      respond(response, answer());
    }),
    0,
  );
});
afterEach(() => server.close());

const createClient = () =>
  createServiceStage({
    endpoint: server.url,
    iamEndpoint: server.url,
    region: "cn-north-4",
    credentials: heldCredentials(accessKey),
    clock: createTestClock(),
    log: createQuietLog(),
  });

const answerWith = (body: unknown) => void (answer = () => ({ status: 200, body }));
const shop = { jobId: "j1", jobName: "shop" };

describe("a job", () => {
  test.each<[string, object, object]>([
    [
      "has its name below spec, and its newest build at the top",
      { job_id: "j1", spec: { job_name: "shop" }, last_build_id: "b7" },
      { ...shop, lastBuildId: "b7" },
    ],
    [
      "may have both in the other place",
      { job_name: "shop", spec: { last_build_id: "b7" } },
      { ...shop, lastBuildId: "b7" },
    ],
    [
      "may have an empty newest build at the top, and its ID below",
      { last_build_id: "", spec: { last_build_id: "b7" } },
      { jobId: "j1", lastBuildId: "b7" },
    ],
    ["has no newest build when there is no such field", { spec: { job_name: "shop" } }, shop],
    ["has no newest build when it is empty", { spec: { job_name: "shop" }, last_build_id: "" }, shop],
    ["has no newest build when it is null", { spec: { job_name: "shop" }, last_build_id: null }, shop],
    ["has no newest build when it is no ID", { last_build_id: "../b7" }, { jobId: "j1" }],
    [
      "has no newest build when its ID is longer than any",
      { last_build_id: "b".repeat(129) },
      { jobId: "j1" },
    ],
    [
      "may have a number as its newest build",
      { last_build_id: 1627984 },
      { jobId: "j1", lastBuildId: "1627984" },
    ],
    ["has no name when it is of another type", { spec: { job_name: { a: 1 } } }, { jobId: "j1" }],
    ["may have no spec", { spec: null }, { jobId: "j1" }],
    ["has the ID that was asked for", { job_id: "j2" }, { jobId: "j1" }],
  ])("%s", async (_, body, job) => {
    answerWith(body);
    expect(await createClient().fetchJob("j1")).toEqual(job);
    expect(requests).toEqual(["GET /assembling/v1/jobs/j1"]);
  });

  test.each([[null], [[]], ["text"]])("is not understood as %j", async (body) => {
    answerWith(JSON.stringify(body));
    await expect(createClient().fetchJob("j1")).rejects.toMatchObject({ reason: "notUnderstood" });
  });
});

describe("a job's builds", () => {
  const listed = (build_id: unknown, more: object = {}) => ({
    build_id,
    build_state: "Failed",
    duration: 60,
    ...more,
  });
  const build = (buildId: string) => ({ buildId, state: "Failed", durationMillis: 60_000 });

  test.each<[string, unknown[], object[]]>([
    [
      "may have one that runs",
      [listed("b1", { build_state: "Building", duration: 0 })],
      [{ buildId: "b1", state: "Building" }],
    ],
    [
      "may have an unknown state",
      [listed("b1", { build_state: "Paused" })],
      [{ ...build("b1"), state: "Paused" }],
    ],
    ["may have no state", [listed("b1", { build_state: undefined })], [{ ...build("b1"), state: "" }]],
    [
      "may have a state of another type",
      [listed("b1", { build_state: 7.5 })],
      [{ ...build("b1"), state: "" }],
    ],
    ["may have a number as ID", [listed(7)], [build("7")]],
    ["are without one that has no ID", [listed(undefined), listed("b2")], [build("b2")]],
    [
      "are without one whose ID could not be in a path",
      [listed("a/b"), listed(".."), listed("b2")],
      [build("b2")],
    ],
    ["are without one whose ID is too long", [listed("b".repeat(129)), listed("b2")], [build("b2")]],
    ["are in the order in which they are listed", [listed("b1"), listed("b2")], [build("b1"), build("b2")]],
  ])("%s", async (_, list, builds) => {
    answerWith({ list });
    expect((await createClient().fetchJobBuilds(shop, 1)).builds).toEqual(builds);
  });

  test("name the first IDs that are not valid", async () => {
    answerWith({ list: ["a/b", "..", undefined, 7.5, "b1"].map((id) => listed(id)) });
    expect(await createClient().fetchJobBuilds(shop, 1)).toMatchObject({
      builds: [build("b1")],
      invalidIds: ["a/b", "..", "none", "none"],
    });
    answerWith({ list: Array.from({ length: 100 }, () => listed("a/".repeat(500))) });
    expect((await createClient().fetchJobBuilds(shop, 1)).invalidIds).toEqual(
      Array.from({ length: 10 }, () => "a/".repeat(100)),
    );
    answerWith({ list: [listed("b1")] });
    expect(await createClient().fetchJobBuilds(shop, 1)).not.toHaveProperty("invalidIds");
  });

  test("are at most as many as a subscription remembers", async () => {
    answerWith({ list: Array.from({ length: 26_000 }, (_, index) => ({ build_id: `b${index}` })) });
    expect((await createClient().fetchJobBuilds(shop, 1)).builds).toHaveLength(25_000);
  });

  const hundred = Array.from({ length: 100 }, (_, index) => listed(`b${index}`));
  const twenty = hundred.slice(0, 20);

  test.each<[string, number, object, [page: number, pages: number]]>([
    ["as many a page as were asked for", 1, { total: 250, per_page: 100, page: 1, list: hundred }, [1, 3]],
    ["20 a page, whatever was asked for", 1, { total: 50, per_page: 20, page: 1, list: twenty }, [1, 3]],
    ["20 a page, though it says 100", 2, { total: 50, per_page: 100, page: 2, list: twenty }, [2, 3]],
    ["all on one page, though it says 20", 1, { total: 100, per_page: 20, page: 1, list: hundred }, [1, 1]],
    ["numbers as text", 2, { total: "250", per_page: "100", page: "2", list: hundred }, [2, 3]],
    [
      "the first page, whichever was asked for",
      3,
      { total: 250, per_page: 100, page: 1, list: hundred },
      [1, 3],
    ],
    [
      "the page 0, when pages are numbered from 0",
      0,
      { total: 250, per_page: 100, page: 0, list: hundred },
      [0, 3],
    ],
    ["no numbers", 1, { list: twenty }, [1, 2]],
    ["no total", 2, { per_page: 20, page: 2, list: twenty }, [2, 3]],
    ["a total that is too small", 1, { total: 1, per_page: 100, page: 1, list: hundred }, [1, 2]],
    ["a total that is too large", 2, { total: 999, per_page: 100, page: 2, list: [] }, [2, 2]],
    ["no number of the page", 3, { total: 250, per_page: 100, list: hundred.slice(0, 50) }, [3, 3]],
    ["an impossible number of the page", 2, { total: 250, per_page: 100, page: -1, list: hundred }, [2, 3]],
  ])("may come with %s", async (_, asked, body, [page, pages]) => {
    answerWith(body);
    expect(await createClient().fetchJobBuilds(shop, asked)).toMatchObject({ page, pages });
    expect(requests).toEqual([`GET /assembling/v1/jobs/j1/builds?name=shop&page=${asked}&per_page=100`]);
  });
});

describe("the number of pages", () => {
  test.each<[string, Partial<PageNumbers>, number]>([
    ["is one for a list that fits on a page", { total: 7, listed: 7 }, 1],
    ["is one for a page that is just full", { total: 100, listed: 100 }, 1],
    ["is one for an empty list", { total: 0, listed: 0 }, 1],
    ["is the rest's on the last page", { total: 250, page: 3, listed: 50 }, 3],
    ["is found without a number per page", { total: 250, perPage: undefined, page: 3, listed: 50 }, 3],
    ["is found on the last page of 20, though it says 100", { total: 50, page: 3, listed: 10 }, 3],
    ["ends with a page that is empty, whatever the total", { total: 1_000, page: 4, listed: 0 }, 4],
    ["is one more without a total", { total: undefined, listed: 7 }, 2],
    ["is one more when the total is smaller than the list", { total: 7, listed: 100 }, 2],
    ["is one more when the total is zero, though there is a list", { total: 0, listed: 7 }, 2],
    ["is one too many rather than one too few, when nothing fits", { total: 50, listed: 37 }, 2],
    ["has a limit for a total that no job has", { total: 1_000_000, listed: 1 }, 5_000],
  ])("%s", (_, numbers, pages) => {
    expect(pagesOf({ total: undefined, perPage: 100, page: 1, listed: 0, ...numbers })).toBe(pages);
  });

  test.each([1e300, -1, 1_000_001, 0.5, "many", null, {}])(
    "does not follow from a total of %p",
    async (total) => {
      answerWith({ total, per_page: 100, page: 1, list: [{ build_id: "b1" }] });
      expect(await createClient().fetchJobBuilds(shop, 1)).toMatchObject({
        builds: [{ buildId: "b1" }],
        pages: 2,
      });
    },
  );
});

describe("the list of jobs", () => {
  const all = [
    { job_id: "j1", job_name: "shop" },
    { job_id: "j2", job_name: "shop-search" },
  ];

  test.each<[string, unknown[], object[]]>([
    [
      "has what ServiceStage lists, also when the filter found a part of a name",
      all,
      [shop, { jobId: "j2", jobName: "shop-search" }],
    ],
    ["has one job when the filter is exact", all.slice(0, 1), [shop]],
    ["is without a job that has no name", [...all.slice(0, 1), { job_id: "j3" }], [shop]],
    ["is without a job that has no ID", [...all.slice(0, 1), { job_name: "x" }], [shop]],
    ["is without a place that has no job", [null, ...all.slice(0, 1)], [shop]],
    ["may have no job", [], []],
  ])("%s", async (_, list, jobs) => {
    answerWith({ list });
    expect((await createClient().fetchJobs(1, "shop")).jobs).toEqual(jobs);
  });

  test.each([
    [undefined, "?page=2&per_page=100"],
    ["", "?page=2&per_page=100"],
    ["web shop&page=9", "?page=2&per_page=100&job_name=web%20shop%26page%3D9"],
    ["\uD800", "?page=2&per_page=100&job_name=%EF%BF%BD"],
  ])("is asked for with the name %j", async (name, query) => {
    answerWith({ list: null });
    expect((await createClient().fetchJobs(2, name)).jobs).toEqual([]);
    expect(requests).toEqual([`GET /assembling/v1/jobs${query}`]);
  });

  test("of a hundred jobs with long names and commands fits", async () => {
    const job_name = "\u0001".repeat(100);
    const list = Array.from({ length: 100 }, (_, index) => ({
      job_id: `j${index}`,
      job_name: `x${job_name}`,
      spec: "y".repeat(18_000),
    }));
    answerWith({ list });
    expect((await createClient().fetchJobs(1)).jobs).toHaveLength(100);
  });

  test("that is longer than any is not understood", async () => {
    answerWith({ list: all, padding: "x".repeat(2 << 20) });
    await expect(createClient().fetchJobs(1)).rejects.toMatchObject({
      reason: "notUnderstood",
      message: expect.stringMatching(/^the list of jobs: .*too long/),
    });
  });
});

describe("what ServiceStage does not know", () => {
  const noSuchJob = serviceError(404, "SVCSTG.CPE.4040402", "no such job");

  test.each<[string, Answer, string, string]>([
    ["a 404 of ServiceStage", noSuchJob, "unknownJob", "notUnderstood"],
    [
      "a 400 with such a code",
      serviceError(400, "SVCSTG.CPE.4004402", "bad job"),
      "unknownJob",
      "notUnderstood",
    ],
    ["a 404 without a body", { status: 404 }, "unknownJob", "notUnderstood"],
    [
      "a 404 of the gateway: a wrong endpoint",
      gatewayError(404, "APIGW.0101", "no such API"),
      "unavailable",
      "unavailable",
    ],
    [
      "a web page with a 404: a wrong endpoint",
      { status: 404, body: "<html>" },
      "unavailable",
      "unavailable",
    ],
  ])("%s", async (_, answered, ofJob, ofList) => {
    answer = () => answered;
    const client = createClient();
    await expect(client.fetchJob("j1")).rejects.toMatchObject({ reason: ofJob });
    await expect(client.fetchJobBuilds(shop, 1)).rejects.toMatchObject({ reason: ofJob });
    await expect(client.fetchJobs(1, "shop")).rejects.toMatchObject({ reason: ofList });
  });

  test("is said with what to do", async () => {
    answer = () => noSuchJob;
    await expect(createClient().fetchJob("j1")).rejects.toThrow(
      "job j1: ServiceStage can't find the job; check the job ID, the region and the project (404, SVCSTG.CPE.4040402, no such job)",
    );
  });
});

test.each([
  ["Successful", true],
  ["Failed", true],
  ["Cancel", true],
  ["Timeout", true],
  ["Deleted", true],
  ["Building", false],
  ["Queuing", false],
  ["NotStarted", false],
  ["Paused", false],
  ["toString", false],
  ["", false],
])("a build in the state %p has ended: %p", (state, ended) => {
  expect(hasBuildEnded({ buildId: "b1", state })).toBe(ended);
});

import { beforeEach, describe, expect, test } from "@jest/globals";
import { findJobs } from "../../lambda/tracking/find-jobs.ts";
import { MemoryServiceStage } from "../../testing/memory-servicestage.ts";

let serviceStage: MemoryServiceStage;
const shop = { jobId: "j1", jobName: "shop" };
const search = { jobId: "j2", jobName: "shop-search" };

beforeEach(() => {
  serviceStage = new MemoryServiceStage();
  for (const job of [shop, search]) serviceStage.setJob(job);
});

const addMany = (count: number) => {
  for (let index = 0; index < count; index++)
    serviceStage.setJob({ jobId: `m${index}`, jobName: `shop-number-${index}` });
};

describe.each([
  ["finds parts of names", false],
  ["finds whole names only", true],
])("a job is found by its name when ServiceStage's filter %s", (_, findsWholeNames) => {
  beforeEach(() => {
    serviceStage.findsWholeNames = findsWholeNames;
  });

  test("alone, though its name is a part of another one's", async () => {
    expect(await findJobs("shop", serviceStage)).toEqual({ jobs: [shop], nearest: [], complete: true });
    expect(serviceStage.requests).toEqual(["jobs?page=1&job_name=shop"]);
  });

  test("with each other job of the same name", async () => {
    const twin = { jobId: "j3", jobName: "shop" };
    serviceStage.setJob(twin);
    expect((await findJobs("shop", serviceStage)).jobs).toEqual([shop, twin]);
  });

  test("or else those with the nearest names", async () => {
    const found = await findJobs("shop-serach", serviceStage);
    expect(found).toEqual({ jobs: [], nearest: [search, shop], complete: true });
  });

  test("or else nothing", async () => {
    expect(await findJobs("payment", serviceStage)).toEqual({ jobs: [], nearest: [], complete: true });
  });
});

test("a job on a later page is found", async () => {
  addMany(150);
  const last = { jobId: "j9", jobName: "shop-last" };
  serviceStage.setJob(last);
  expect((await findJobs("shop-last", serviceStage)).jobs).toEqual([last]);
  expect((await findJobs("shop-lsat", serviceStage)).nearest[0]).toEqual(last);
});

test("with more jobs than are read, it says that one may be missing", async () => {
  serviceStage.perPage = 1;
  addMany(30);
  expect(await findJobs("number", serviceStage)).toMatchObject({ jobs: [], complete: false });
  expect(serviceStage.requests).toHaveLength(40);
});

test("without pages, it says that one may be missing, and does not ask for ever", async () => {
  addMany(150);
  serviceStage.hasPages = false;
  expect(await findJobs("shop-number", serviceStage)).toMatchObject({ jobs: [], complete: false });
  expect(serviceStage.requests).toHaveLength(4);
});

test("a filter that leaves out a job hides nothing", async () => {
  const fetchJobs = (page: number, name?: string) =>
    name === undefined ? serviceStage.fetchJobs(page) : Promise.resolve({ jobs: [], page, pages: page });
  expect((await findJobs("shop", { fetchJobs })).jobs).toEqual([shop]);
});

test.each<[string, string, string[], string[]]>([
  ["the name was found before", "shop", ["j1"], []],
  ["it was not, and a later page may have it", "shop-serach", [], ["j2", "j1"]],
])("when a later page can't be read, it says that a job may be missing: %s", async (_, name, found, near) => {
  serviceStage.perPage = 2;
  addMany(3);
  serviceStage.failsFor = (path) => path.includes("page=2");
  const { jobs, nearest, complete } = await findJobs(name, serviceStage);
  expect(jobs.map(({ jobId }) => jobId)).toEqual(found);
  expect(nearest.map(({ jobId }) => jobId)).toEqual(near);
  expect(complete).toBe(false);
});

test("a failure that is not ServiceStage's is not hidden by an earlier page", async () => {
  const fetchJobs = async (page: number) => {
    if (page > 1) throw new TypeError("a bug");
    return { jobs: [shop], page, pages: 2 };
  };
  await expect(findJobs("shop", { fetchJobs })).rejects.toThrow("a bug");
});

test("a failure of ServiceStage is the caller's to tell", async () => {
  serviceStage.fault = "forbidden";
  await expect(findJobs("shop", serviceStage)).rejects.toMatchObject({ reason: "forbidden" });
});

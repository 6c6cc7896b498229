import { describe, expect, test } from "@jest/globals";
import type { JobBuildsPage } from "../../lambda/domain/job.ts";
import { hasSeen } from "../../lambda/domain/seen.ts";
import { subscribe, type Subscription } from "../../lambda/domain/subscription.ts";
import { createLastPolls } from "../../lambda/tracking/last-polls.ts";
import { pollJob } from "../../lambda/tracking/poll-job.ts";
import { shareCalls } from "../../lambda/tracking/shared-calls.ts";
import { timesOf } from "../../lambda/tracking/times.ts";
import { MemoryServiceStage } from "../../testing/memory-servicestage.ts";
import { createMemoryStore } from "../../testing/memory-store.ts";
import { silentLog } from "../../testing/silent-log.ts";

/** The first listing of more pages than one pass reads, while the list changes. A page has one build. */

const old = Array.from({ length: 25 }, (_, index) => `old${index}`);
/** Page 21 is the first one that the second pass reads. */
const withSlow = [...old.slice(0, 20), "slow", ...old.slice(20)];
const without = (gone: string) => withSlow.filter((id) => id !== gone);

interface Change {
  /** The list from the first page on, when the reading begins, and after the change. */
  before: string[];
  after: string[];
  /** Builds that run. */
  found: string[];
}

const orders: [string, (ids: string[]) => string[]][] = [
  ["newest first", (ids) => ids],
  ["oldest first", (ids) => ids.toReversed()],
];
const changes: Record<string, Change> = {
  "nothing changes": { before: withSlow, after: withSlow, found: ["slow"] },
  "a build begins": { before: withSlow, after: ["b1", ...withSlow], found: ["b1", "slow"] },
  "two builds begin, and the newer one hides the other": {
    before: withSlow,
    after: ["b2", "b1", ...withSlow],
    found: ["b1", "b2", "slow"],
  },
  "a build of a page that was read leaves the list": {
    before: withSlow,
    after: without("old3"),
    found: ["slow"],
  },
  "a build of a page that is not read yet leaves the list": {
    before: withSlow,
    after: without("old23"),
    found: ["slow"],
  },
};

let now = 1_000_000;
const clock = { now: () => now };

/** @returns polls the job once, and records what was found */
async function subscribed(serviceStage: MemoryServiceStage, change: Partial<Subscription> = {}) {
  const store = createMemoryStore(clock);
  const settings = { channel: "C1", mention: [], thread: true };
  await store.register({ ...subscribe("j1", "shop", "s1", settings, clock.now()), ...change }, undefined);
  const lastPolls = createLastPolls();
  return async () => {
    const shared = shareCalls(serviceStage, clock);
    const times = timesOf(clock.now(), clock.now() + 60_000, 60_000);
    const parts = {
      serviceStage: shared,
      store,
      lastPolls,
      clock,
      log: silentLog,
      logOnce: silentLog,
      times,
    };
    const polled = await pollJob((await store.loadSubscription("j1", "C1"))!, parts);
    if (polled.kind !== "read") throw new Error(polled.kind);
    if (polled.next !== polled.before) await store.save(polled.before, polled.next, "observation");
    return polled;
  };
}

/** While a pass reads, a list may grow by a page. What else changes then is found with the next whole list. */
const moments: [string, string[]][] = [
  ["between two passes", Object.keys(changes)],
  ["before page 4 is read", ["a build begins"]],
];

test.each(
  orders.flatMap(([order, arrange]) =>
    moments.flatMap(([when, those]) =>
      those.map((what) => [order, what, when, arrange, changes[what]!] as const),
    ),
  ),
)("%s: %s %s, and every build that runs is found", async (_order, _what, when, arrange, change) => {
  const list = (newestFirst: string[]) =>
    serviceStage.setJob({
      jobId: "j1",
      jobName: "shop",
      lastBuildId: newestFirst[0]!,
      builds: arrange(newestFirst).map((buildId) => ({
        buildId,
        state: buildId.startsWith("old") ? "Successful" : "Building",
      })),
    });
  const serviceStage = new MemoryServiceStage({
    run: async (path, answer) => {
      if (when.includes("page 4") && path.endsWith("page=4")) list(change.after);
      return answer();
    },
  });
  serviceStage.perPage = 1;
  serviceStage.set("old0", "Build:Successful", { state: "Successful", startedAt: 1, endedAt: 2 });
  for (const id of change.found) serviceStage.set(id, "Build:Building", { startedAt: clock.now() });
  const poll = await subscribed(serviceStage);
  const found = new Set<string>();

  list(change.before);
  const first = await poll();
  expect(first.next.nextPage).toBe(20);
  list(change.after);
  const { found: second, next } = await poll();
  for (const { buildId } of [...first.found, ...second]) found.add(buildId);

  expect([...found].toSorted()).toEqual(change.found);
  expect(next).toMatchObject({
    nextPage: undefined,
    since: expect.any(Number),
    lastBuildId: change.after[0],
  });
  expect(change.after.filter((id) => !hasSeen(next.seen, id))).toEqual([]);
});

test("a newest build in the middle of a list that is being read again does not begin the reading anew", async () => {
  const serviceStage = new MemoryServiceStage({ run: async (_path, answer) => answer() });
  serviceStage.perPage = 1;
  const builds = Array.from({ length: 50 }, (_, index) => ({ buildId: `old${index}`, state: "Successful" }));
  const job = { jobId: "j1", jobName: "shop" };
  serviceStage.setJob({ ...job, lastBuildId: "old0", builds });
  for (const id of ["old0", "b1"]) serviceStage.set(id, "Build:Building", { startedAt: clock.now() });
  const poll = await subscribed(serviceStage);
  for (let polls = 0; polls < 3; polls++) await poll();
  now += 25 * 60 * 60_000;
  expect((await poll()).next.nextPage).toBe(20);
  const middle = { buildId: "b1", state: "Building" };
  serviceStage.setJob({
    ...job,
    lastBuildId: "b1",
    builds: [...builds.slice(0, 5), middle, ...builds.slice(5)],
  });
  expect(await poll()).toMatchObject({ found: [{ buildId: "b1" }], next: { nextPage: 39 } });
  expect((await poll()).next).toMatchObject({ nextPage: undefined, listedAt: clock.now() });
});

describe("of 150 builds that began since the last poll,", () => {
  const ids = Array.from({ length: 150 }, (_, index) => `b${index}`);
  const builds = ids.toReversed().map((buildId) => ({ buildId, state: "Building" }));

  /** All that is found in several polls, and how long the longest poll took. */
  async function findAll(run: (path: string) => void, change: Partial<Subscription> = {}) {
    const serviceStage = new MemoryServiceStage({
      run: async (path, answer) => {
        run(path);
        return answer();
      },
    });
    serviceStage.perPage = 20;
    const job = { jobId: "j1", jobName: "shop" };
    serviceStage.setJob({ ...job, builds: [] });
    const poll = await subscribed(serviceStage, change);
    await poll();
    now += 3 * 60 * 60_000;
    for (const id of ids) serviceStage.set(id, "Build:Building", { startedAt: now });
    serviceStage.setJob({ ...job, lastBuildId: "b149", builds });
    const found: string[] = [];
    let longestMillis = 0;
    for (let polls = 0; polls < 10; polls++) {
      const began = now;
      for (const { buildId } of (await poll()).found) found.push(buildId);
      longestMillis = Math.max(longestMillis, now - began);
    }
    return { found: found.toSorted(), longestMillis };
  }

  test("each is found once, although one poll can't decide all of them", async () => {
    expect((await findAll(() => undefined)).found).toEqual(ids.toSorted());
  });

  test("each is found once, if the list is not read as a whole any more", async () => {
    expect((await findAll(() => undefined, { dropped: true })).found).toEqual(ids.toSorted());
  });

  test("each is found once while answers are slow, and no poll takes longer than its minute", async () => {
    const { found, longestMillis } = await findAll(() => (now += 700));
    expect(found).toEqual(ids.toSorted());
    expect(longestMillis).toBeLessThanOrEqual(60_000);
  });
});

test("a page whose builds all have invalid IDs is not the end of the list", async () => {
  const serviceStage = new MemoryServiceStage({ run: async (_path, answer) => answer() });
  serviceStage.perPage = 1;
  const pages: JobBuildsPage[] = [
    { builds: [], invalidIds: ["a/b"], page: 1, pages: 2 },
    { builds: [{ buildId: "b1", state: "Building" }], page: 2, pages: 2 },
  ];
  serviceStage.fetchJobBuilds = async (_job, page) => pages[page - 1]!;
  serviceStage.setJob({ jobId: "j1", jobName: "shop", builds: [] });
  serviceStage.set("b1", "Build:Building", { startedAt: now });
  const poll = await subscribed(serviceStage);
  expect((await poll()).found).toMatchObject([{ buildId: "b1" }]);
});

test("new builds are found although an old page of the list can't be read", async () => {
  const serviceStage = new MemoryServiceStage({ run: async (_path, answer) => answer() });
  serviceStage.perPage = 10;
  const old = Array.from({ length: 25 }, (_, index) => ({ buildId: `old${index}`, state: "Failed" }));
  const job = { jobId: "j1", jobName: "shop" };
  serviceStage.setJob({ ...job, lastBuildId: "old0", builds: old });
  const poll = await subscribed(serviceStage);
  await poll();
  now += 2 * 60 * 60_000;
  serviceStage.failsFor = (path) => path.endsWith("page=3");
  for (const round of [1, 2]) {
    const begun = [1, 2].map((each) => ({ buildId: `new${round}${each}`, state: "Building" }));
    for (const { buildId } of begun) serviceStage.set(buildId, "Build:Building", { startedAt: now });
    const { builds } = serviceStage.jobs.get("j1")!;
    serviceStage.setJob({ ...job, lastBuildId: begun[0]!.buildId, builds: [...begun, ...builds] });
    const { found, failure } = await poll();
    expect(found.map(({ buildId }) => buildId).toSorted()).toEqual(begun.map(({ buildId }) => buildId));
    expect(failure).toMatchObject({ reason: "unavailable" });
    now += 60_000;
  }
});

import { expect, test } from "@jest/globals";
import { hasSeen } from "../../lambda/domain/seen.ts";
import { subscribe } from "../../lambda/domain/subscription.ts";
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
async function subscribed(serviceStage: MemoryServiceStage) {
  const store = createMemoryStore(clock);
  const settings = { channel: "C1", mention: [], thread: true };
  await store.register(subscribe("j1", "shop", "s1", settings, clock.now()), undefined);
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
    await store.save(polled.before, polled.next, "observation");
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

import { beforeEach, describe, expect, test } from "@jest/globals";
import { subscribe, type SubscriptionSettings } from "../../lambda/domain/subscription.ts";
import type { ServiceStageFailure } from "../../lambda/tracking/ports.ts";
import { MemoryServiceStage, type Run } from "../../testing/memory-servicestage.ts";
import { seenHash } from "../../lambda/domain/seen.ts";
import { shardOf } from "../../lambda/store/item.ts";
import { unsubscribeJob } from "../../lambda/tracking/subscribe.ts";
import { createLastPolls } from "../../lambda/tracking/last-polls.ts";
import { createScene, hour, minute } from "./scene.ts";

const jobId = "j1";
const job = { jobId, jobName: "webshop" };
const retention = { abandonAfterMillis: 24 * hour, keepMillis: 30 * 24 * hour };

let scene: ReturnType<typeof createScene>;
beforeEach(() => {
  scene = createScene();
  scene.options.lastPolls = createLastPolls();
  scene.serviceStage.setJob({ ...job, builds: [] });
});

/** ServiceStage starts a build of the job: it is the newest one, and the first of the list. */
function start(
  buildId: string,
  { branch = "main", listed = "Building", phases = "Init:Building" } = {},
): void {
  const { builds, ...known } = scene.serviceStage.jobs.get(jobId)!;
  scene.serviceStage.setJob({
    ...known,
    lastBuildId: buildId,
    builds: [{ buildId, state: listed }, ...builds],
  });
  scene.serviceStage.set(buildId, phases, { ...job, branch, startedAt: scene.clock.now() });
}

/** A build that had ended before; `agoMillis` says when. */
function past(buildId: string, agoMillis = hour): void {
  start(buildId, { listed: "Successful", phases: "Init:Successful" });
  const endedAt = scene.clock.now() - agoMillis;
  scene.serviceStage.set(buildId, "Init:Successful", {
    ...job,
    state: "Successful",
    startedAt: endedAt - minute,
    endedAt,
  });
}

const subscribed = async (settings: Partial<SubscriptionSettings> = {}) => {
  await scene.subscribe(jobId, settings);
  await scene.tick();
};
const registered = async (channel = "C1") =>
  (await scene.store.list({ limit: 100, channel })).builds.map(({ buildId }) => buildId).toSorted();
const pass = async (minutes: number) => {
  for (let each = 0; each < minutes; each++) await scene.tick();
};
const subscription = async (channel = "C1") => (await scene.store.loadSubscription(jobId, channel))!;
const requestsOf = async (work: () => Promise<unknown>): Promise<string[]> => {
  scene.serviceStage.requests.length = 0;
  await work();
  return [...scene.serviceStage.requests];
};

describe("a subscription", () => {
  test("tells each new build of its job, whoever started it, in the pass that finds it", async () => {
    await subscribed();
    start("b1");
    await scene.pass();
    expect(scene.said()).toEqual(["card 1: Init Building", "1: caught up Init Building"]);
    start("b2");
    await scene.tick();
    expect(await registered()).toEqual(["b1", "b2"]);
  });

  test("gives each build its settings, the job and the details, so that its card names the job at once", async () => {
    await subscribed({
      label: "nightly",
      mention: ["U0123456789"],
      thread: false,
      notify: "end",
      branches: ["main"],
    });
    start("b1");
    await scene.pass();
    expect(await scene.load("b1")).toMatchObject({
      registration: {
        channel: "C1",
        label: "nightly",
        mention: ["U0123456789"],
        thread: false,
        notify: "end",
        jobId,
      },
      details: { jobId, jobName: "webshop", branch: "main" },
    });
    expect((await scene.load("b1")).registration).not.toHaveProperty("branches");
  });

  test("does not tell what had ended before it began, and follows what is still running", async () => {
    past("old", hour);
    start("running");
    past("newest", minute);
    await subscribed();
    expect(await registered()).toEqual(["running"]);
    expect(await subscription()).toMatchObject({
      jobName: "webshop",
      lastBuildId: "newest",
      since: expect.any(Number),
    });
  });

  test("tells the newest build that began and ended between the subscription and the first poll", async () => {
    await scene.subscribe(jobId);
    scene.clock.advance(30_000);
    past("quick", 1_000);
    await scene.tick();
    expect(await registered()).toEqual(["quick"]);
  });

  test("costs one GET and no write while nothing is new", async () => {
    past("old");
    await subscribed();
    scene.writes.length = 0;
    expect(await requestsOf(() => scene.tick())).toEqual([`jobs/${jobId}`]);
    expect(scene.writes).toEqual([]);
  });

  test("costs one page of the list and the details for a new build", async () => {
    past("old");
    await subscribed();
    start("b1");
    const requests = await requestsOf(() => scene.pass());
    expect(requests.toSorted()).toEqual(
      ["b1", "b1/phases", `jobs/${jobId}`, `jobs/${jobId}/builds?page=1`].toSorted(),
    );
  });

  test("is shared: a job that three channels want is asked for once, and so are its builds", async () => {
    for (const channel of ["C1", "C2", "C3"]) await scene.subscribe(jobId, { channel });
    await scene.tick();
    expect(await requestsOf(() => scene.tick())).toEqual([`jobs/${jobId}`]);
    start("b1");
    const requests = await requestsOf(() => scene.pass());
    expect(requests.toSorted()).toEqual(
      ["b1", "b1/phases", `jobs/${jobId}`, `jobs/${jobId}/builds?page=1`].toSorted(),
    );
    for (const channel of ["C1", "C2", "C3"]) {
      expect(scene.said(channel)).toEqual(["card 1: Init Building", "1: caught up Init Building"]);
    }
  });

  test("lets through the branches of its globs, and a build without a branch", async () => {
    await subscribed({ branches: ["main", "release/*"] });
    for (const branch of ["main", "feature/x", "release/1", "release/1/fix"])
      start(`b-${branch}`, { branch });
    scene.serviceStage.set("b-none", "Init:Building", job);
    const known = scene.serviceStage.jobs.get(jobId)!;
    scene.serviceStage.setJob({
      ...known,
      builds: [{ buildId: "b-none", state: "Building" }, ...known.builds],
    });
    await scene.tick();
    expect(await registered()).toEqual(["b-main", "b-none", "b-release/1"]);
    expect(await requestsOf(() => scene.tick())).not.toContain("b-feature/x");
  });

  test("with other settings takes them for builds that come", async () => {
    await subscribed();
    start("b1");
    await scene.tick();
    expect(await scene.subscribe(jobId, { notify: "end" })).toMatchObject({
      kind: "subscribed",
      as: "changed",
    });
    start("b2");
    await scene.tick();
    const notify = await Promise.all(
      ["b1", "b2"].map(async (id) => (await scene.load(id)).registration.notify),
    );
    expect(notify).toEqual([undefined, "end"]);
  });

  test("that ended finds nothing more, and its builds are told to their ends", async () => {
    await subscribed();
    start("b1");
    await scene.pass();
    const parts = { store: scene.store, clock: scene.clock, retention };
    expect(await unsubscribeJob(parts, jobId, "C1")).toBe("ended");
    expect(await unsubscribeJob(parts, jobId, "C1")).toBe("endedBefore");
    expect(await unsubscribeJob(parts, jobId, "C2")).toBe("none");
    start("b2");
    scene.serviceStage.set("b1", "Init:Failed");
    await scene.tick();
    expect(await registered()).toEqual(["b1"]);
    expect((await scene.load("b1")).status).toBe("ended");
  });

  test("put again after its end begins anew: what was listed meanwhile is not told", async () => {
    await subscribed();
    await unsubscribeJob({ store: scene.store, clock: scene.clock, retention }, jobId, "C1");
    past("meanwhile");
    scene.clock.advance(2 * hour);
    await subscribed();
    start("b1");
    await scene.tick();
    expect(await registered()).toEqual(["b1"]);
  });

  test("put again while a message of the ended one is pending, sends that message as well", async () => {
    await subscribed();
    scene.serviceStage.jobs.clear();
    scene.slack.failNext({ answer: { kind: "destination", reason: "is_archived" } }, { times: 1_000 });
    for (let minutes = 0; minutes < 64; minutes++) await scene.tick();
    expect((await subscription()).delivery.outbox).toMatchObject([{ kind: "jobUnreadable" }]);
    await unsubscribeJob({ store: scene.store, clock: scene.clock, retention }, jobId, "C1");
    scene.slack.faults.length = 0;
    scene.serviceStage.setJob({ ...job, builds: [] });
    scene.clock.advance(hour);
    await subscribed();
    start("b1");
    await scene.tick();
    expect(await registered()).toEqual(["b1"]);
    expect(scene.said()).toContain("1: jobUnreadable");
    expect((await subscription()).delivery.outbox).toEqual([]);
  });

  test("does not begin a build again that a user registered by hand, or stopped", async () => {
    await subscribed();
    await scene.register("b1", { label: "by hand" });
    await scene.store.requestStop("b1", "C1", scene.clock.now());
    start("b1");
    await scene.tick();
    await scene.tick();
    expect(await scene.load("b1")).toMatchObject({ status: "stopped", registration: { label: "by hand" } });
  });
});

describe("a list that is not as expected", () => {
  test.each<[string, () => void]>([
    [
      "last_build_id is behind the list",
      () => {
        const known = scene.serviceStage.jobs.get(jobId)!;
        start("b1");
        scene.serviceStage.setJob({
          ...scene.serviceStage.jobs.get(jobId)!,
          lastBuildId: known.lastBuildId!,
        });
      },
    ],
    [
      "last_build_id is never told",
      () => {
        start("b1");
        const { lastBuildId: _none, ...known } = scene.serviceStage.jobs.get(jobId)!;
        scene.serviceStage.setJob(known);
      },
    ],
    [
      "the oldest stand first, on pages of two",
      () => {
        start("b1");
        const known = scene.serviceStage.jobs.get(jobId)!;
        scene.serviceStage.setJob({ ...known, builds: known.builds.toReversed() });
        scene.serviceStage.perPage = 2;
      },
    ],
    [
      "the new one stands in the middle, on pages of two",
      () => {
        start("b1");
        const known = scene.serviceStage.jobs.get(jobId)!;
        const [first, ...others] = known.builds;
        scene.serviceStage.setJob({ ...known, builds: [...others.slice(0, 3), first!, ...others.slice(3)] });
        scene.serviceStage.perPage = 2;
      },
    ],
    [
      "pages are numbered from 0",
      () => {
        scene.serviceStage.firstPage = 0;
        start("b1");
        scene.serviceStage.setJob({ ...scene.serviceStage.jobs.get(jobId)!, lastBuildId: "p6" });
      },
    ],
    [
      "pages of two are numbered from 0, and the oldest stand first",
      () => {
        Object.assign(scene.serviceStage, { firstPage: 0, perPage: 2 });
        const known = scene.serviceStage.jobs.get(jobId)!;
        const builds = [...known.builds.toReversed(), { buildId: "b1", state: "Building" }];
        scene.serviceStage.setJob({ ...known, builds });
        scene.serviceStage.set("b1", "Init:Building", job);
      },
    ],
    [
      "pages of two are numbered from 0, and the new one stands on page 0",
      () => {
        Object.assign(scene.serviceStage, { firstPage: 0, perPage: 2 });
        start("b1");
        scene.serviceStage.setJob({ ...scene.serviceStage.jobs.get(jobId)!, lastBuildId: "p6" });
      },
    ],
    [
      "pages can't be asked for",
      () => {
        scene.serviceStage.hasPages = false;
        scene.serviceStage.perPage = 2;
        start("b1");
      },
    ],
  ])("%s: the build is found within an hour, once", async (_what, arrange) => {
    for (const id of ["p1", "p2", "p3", "p4", "p5", "p6"]) past(id);
    await subscribed();
    arrange();
    for (let minutes = 0; minutes < 62; minutes++) await scene.tick();
    expect(await registered()).toEqual(["b1"]);
    expect(scene.slack.messages.filter(({ says }) => says.startsWith("card"))).toHaveLength(1);
  });

  test.each<[string, () => void]>([
    [
      "names a build only at its end",
      () => {
        past("ended", 0);
        const details = { ...job, startedAt: scene.clock.now() - 11 * minute, endedAt: scene.clock.now() };
        scene.serviceStage.set("ended", "Init:Successful", { ...details, state: "Successful" });
      },
    ],
    [
      "is never told",
      () => {
        past("ended", 0);
        const { lastBuildId: _none, ...known } = scene.serviceStage.jobs.get(jobId)!;
        scene.serviceStage.setJob(known);
      },
    ],
  ])(
    "where last_build_id %s, the list is read in every poll from then on, and leads to the next build at once",
    async (_what, arrange) => {
      await subscribed();
      await pass(58);
      arrange();
      for (let minutes = 0; minutes < 3; minutes++) await scene.tick();
      const { lastBuildId, ...known } = scene.serviceStage.jobs.get(jobId)!;
      start("running");
      scene.serviceStage.setJob({
        ...scene.serviceStage.jobs.get(jobId)!,
        ...known,
        builds: [{ buildId: "running", state: "Building" }, ...known.builds],
        ...(lastBuildId !== undefined && { lastBuildId }),
      });
      if (lastBuildId === undefined) delete scene.serviceStage.jobs.get(jobId)!.lastBuildId;
      await scene.tick();
      expect(await registered()).toContain("running");
      scene.writes.length = 0;
      const requests = await requestsOf(() => scene.tick());
      expect(requests.filter((path) => path.startsWith("jobs"))).toEqual([
        `jobs/${jobId}`,
        `jobs/${jobId}/builds?page=1`,
      ]);
    },
  );

  test("a pause of the notifier is no delay of last_build_id: the list is not read in every poll", async () => {
    await subscribed();
    await pass(1);
    scene.clock.advance(40 * minute);
    past("ended", 5 * minute);
    const endedAt = scene.clock.now() - 5 * minute;
    const details = { ...job, state: "Successful", startedAt: endedAt - 12 * minute, endedAt };
    scene.serviceStage.set("ended", "Init:Successful", details);
    await pass(2);
    expect(await registered()).toEqual(["ended"]);
    expect(await requestsOf(() => scene.tick())).toEqual([`jobs/${jobId}`]);
  });

  test("where last_build_id was late once, the list is read only until last_build_id names a build that runs", async () => {
    await subscribed();
    await pass(20);
    past("ended", 0);
    const now = scene.clock.now();
    const times = { startedAt: now - 11 * minute, endedAt: now };
    scene.serviceStage.set("ended", "Init:Successful", { ...job, state: "Successful", ...times });
    await pass(2);
    expect(await subscription()).toMatchObject({ listLeads: true });
    start("b1");
    await pass(2);
    expect(await registered()).toEqual(["b1", "ended"]);
    expect((await subscription()).listLeads).toBeUndefined();
    const requests = await requestsOf(() => scene.pass());
    expect(requests.filter((path) => path.startsWith("jobs"))).toEqual([`jobs/${jobId}`]);
  });

  test("a build that only last_build_id names is found at once", async () => {
    await subscribed();
    start("b1");
    scene.serviceStage.setJob({ ...scene.serviceStage.jobs.get(jobId)!, builds: [] });
    await scene.pass();
    expect(await registered()).toEqual(["b1"]);
  });

  test("a build whose details lag is found once they are there", async () => {
    await subscribed({ branches: ["main"] });
    const known = scene.serviceStage.jobs.get(jobId)!;
    scene.serviceStage.setJob({
      ...known,
      lastBuildId: "b1",
      builds: [{ buildId: "b1", state: "Building" }],
    });
    await scene.tick();
    expect(await registered()).toEqual([]);
    expect((await subscription()).undecided).toEqual([
      { buildId: "b1", since: expect.any(Number), isRunning: true },
    ]);
    scene.serviceStage.set("b1", "Init:Building", { ...job, branch: "main" });
    await scene.tick();
    expect(await registered()).toEqual(["b1"]);
    expect((await subscription()).undecided).toBeUndefined();
  });

  test("the newest of the first list is not told when its details never come and the list shows its end", async () => {
    for (const id of ["old", "newest"]) past(id);
    scene.serviceStage.fail("newest", "unknownBuild");
    scene.serviceStage.set("old", "Init:Successful");
    const { lastBuildId, builds } = scene.serviceStage.jobs.get(jobId)!;
    scene.serviceStage.setJob({
      ...job,
      lastBuildId: "unreadable",
      builds: [{ buildId: "unreadable", state: "Failed" }, ...builds],
    });
    expect(lastBuildId).toBe("newest");
    await subscribed();
    expect((await subscription()).undecided).toMatchObject([{ buildId: "unreadable" }]);
    await pass(20);
    expect(await registered()).toEqual([]);
    expect((await subscription()).undecided).toBeUndefined();
  });

  test("IDs that are not valid are logged, each once a tick", async () => {
    await subscribed();
    const { serviceStage } = scene;
    const fetchJobBuilds = serviceStage.fetchJobBuilds.bind(serviceStage);
    serviceStage.fetchJobBuilds = async (...asked) => ({
      ...(await fetchJobBuilds(...asked)),
      invalidIds: ["a/b", ".."],
    });
    const linesOf = async () => {
      scene.log.lines.length = 0;
      await scene.tick({ jobPollMillis: 15_000 });
      return scene.log.lines.filter(({ message }) => message.includes("not valid"));
    };
    for (const id of ["b1", "b2"]) {
      start(id);
      expect((await linesOf()).map(({ level, message }) => [level, message.split(": ")[1]])).toEqual([
        ["warn", "a/b"],
        ["warn", ".."],
      ]);
    }
  });

  test("a build whose details never come is registered without them after a quarter of an hour", async () => {
    await subscribed({ branches: ["main"] });
    scene.serviceStage.setJob({ ...scene.serviceStage.jobs.get(jobId)!, lastBuildId: "b1" });
    for (let minutes = 0; minutes < 14; minutes++) await scene.tick();
    expect(await registered()).toEqual([]);
    for (let minutes = 0; minutes < 3; minutes++) await scene.tick();
    expect(await registered()).toEqual(["b1"]);
  });

  test("an old build that a stale list had left out is not told", async () => {
    past("seen");
    await subscribed();
    scene.clock.advance(5 * minute);
    past("left out", 2 * hour);
    for (let minutes = 0; minutes < 62; minutes++) await scene.tick();
    expect(await registered()).toEqual([]);
  });

  test("a build that vanished from one answer is not news when it is back", async () => {
    await subscribed();
    start("b1");
    await scene.tick();
    const known = scene.serviceStage.jobs.get(jobId)!;
    scene.serviceStage.setJob({ ...known, builds: [] });
    for (let minutes = 0; minutes < 62; minutes++) await scene.tick();
    scene.serviceStage.setJob(known);
    for (let minutes = 0; minutes < 62; minutes++) await scene.tick();
    expect(scene.slack.messages.filter(({ says }) => says.startsWith("card"))).toHaveLength(1);
  });

  test("a list of 5,000 builds is read in several passes, and a new build then costs three pages at most", async () => {
    for (let index = 0; index < 5_000; index++) past(`p${index}`);
    await scene.subscribe(jobId);
    await scene.tick();
    await scene.tick();
    expect(await subscription()).toMatchObject({ pages: 50, seen: { length: 5_000 } });
    start("b1");
    const pages = (await requestsOf(() => scene.pass())).filter((path) => path.includes("builds?page="));
    expect(pages.length).toBeLessThanOrEqual(3);
    expect(await registered()).toEqual(["b1"]);
  });

  test("a build that two jobs claim is registered once in a channel", async () => {
    await subscribed();
    scene.serviceStage.setJob({ jobId: "j2", jobName: "other" });
    await scene.subscribe("j2");
    await scene.tick();
    start("b1");
    scene.serviceStage.setJob({
      jobId: "j2",
      jobName: "other",
      lastBuildId: "b1",
      builds: [{ buildId: "b1", state: "Building" }],
    });
    await scene.tick();
    expect(scene.slack.messages.filter(({ says }) => says.startsWith("card"))).toHaveLength(1);
  });
});

describe("a job that can't be read", () => {
  test("because ServiceStage does not know it, is told in the channel after an hour, once, and polled hourly from then on", async () => {
    await subscribed();
    scene.serviceStage.jobs.clear();
    for (let minutes = 0; minutes < 59; minutes++) await scene.tick();
    expect(scene.said()).toEqual([]);
    for (let minutes = 0; minutes < 4; minutes++) await scene.tick();
    expect(scene.said()).toEqual(["1: jobUnreadable"]);
    const requests = await requestsOf(async () => {
      for (let minutes = 0; minutes < 120; minutes++) await scene.tick();
    });
    expect(requests).toHaveLength(2);
    expect(scene.said()).toEqual(["1: jobUnreadable"]);
  });

  test("and is known again, is followed as before, and told again only if it vanishes again", async () => {
    await subscribed();
    const known = scene.serviceStage.jobs.get(jobId)!;
    scene.serviceStage.jobs.clear();
    for (let minutes = 0; minutes < 64; minutes++) await scene.tick();
    scene.serviceStage.jobs.set(jobId, known);
    start("b1");
    for (let minutes = 0; minutes < 62; minutes++) await scene.tick();
    expect(await registered()).toEqual(["b1"]);
    expect((await subscription()).trouble).toBeUndefined();
  });

  test("because of a failure, is told in the channel after an hour, once, and is polled as before", async () => {
    await subscribed();
    await scene.subscribe("j2");
    scene.serviceStage.setJob({ jobId: "j2", jobName: "other" });
    scene.serviceStage.failsFor = (path) => path === `jobs/${jobId}`;
    await pass(60);
    expect(scene.said()).toEqual([]);
    await pass(4);
    expect(scene.said()).toEqual(["1: jobUnreadable"]);
    const requests = await requestsOf(() => pass(120));
    expect(requests.filter((path) => path === `jobs/${jobId}`)).toHaveLength(120);
    expect(scene.said()).toEqual(["1: jobUnreadable"]);
    start("b1");
    scene.serviceStage.failsFor = () => false;
    await pass(1);
    expect(await registered()).toEqual(["b1"]);
    expect((await subscription()).trouble).toBeUndefined();
  });

  test("alone with its list: last_build_id is followed, the channel is told once, and then the others are found", async () => {
    await subscribed();
    scene.serviceStage.failsFor = (path) => path.startsWith(`jobs/${jobId}/builds`);
    start("hidden");
    start("b1");
    expect(await scene.tick()).toMatchObject({ jobsPolled: 1, found: 1 });
    expect(await registered()).toEqual(["b1"]);
    expect(scene.log.lines.some(({ message }) => message.includes("the builds of job webshop"))).toBe(true);
    start("b2");
    await pass(1);
    expect(await registered()).toEqual(["b1", "b2"]);
    await pass(180);
    expect(scene.said().filter((says) => says.includes("jobUnreadable"))).toEqual(["1: jobUnreadable"]);
    scene.serviceStage.failsFor = () => false;
    await pass(1);
    expect(await registered()).toEqual(["b1", "b2", "hidden"]);
    expect((await subscription()).trouble).toBeUndefined();
  });

  test("with its list from some page on: what was read before counts", async () => {
    for (const id of ["p1", "p2", "p3"]) past(id);
    scene.serviceStage.perPage = 1;
    await subscribed();
    start("hidden");
    start("b1");
    scene.serviceStage.failsFor = (path) => path.endsWith("/builds?page=3");
    await pass(1);
    expect(await registered()).toEqual(["b1", "hidden"]);
  });

  test("with its list from some page on, is polled as often as other jobs", async () => {
    for (const id of ["p1", "p2", "p3"]) past(id);
    scene.serviceStage.perPage = 1;
    scene.serviceStage.failsFor = (path) => path.endsWith("/builds?page=3");
    await subscribed();
    expect(await subscription()).toMatchObject({ nextPage: 2, trouble: { reason: "unavailable" } });
    await scene.register("running");
    scene.serviceStage.set("running", "Init:Building");
    scene.writes.length = 0;
    const requests = await requestsOf(() => pass(3));
    expect(requests.filter((path) => path === "running/phases").length).toBeGreaterThan(9);
    expect(requests.filter((path) => path === `jobs/${jobId}`)).toHaveLength(3);
    await scene.store.requestStop("running", "C1", scene.clock.now());
    await pass(1);
    expect(await scene.tick()).toMatchObject({ passes: 1, changed: 0 });
  });

  test("and is subscribed again after it was told, is polled in the next tick, and is told anew after an hour", async () => {
    await subscribed();
    scene.serviceStage.jobs.clear();
    await pass(64);
    expect(scene.said()).toEqual(["1: jobUnreadable"]);
    for (let minutes = 0; minutes < 3; minutes++) expect(await requestsOf(() => scene.tick())).toEqual([]);
    expect(await scene.subscribe(jobId)).toMatchObject({ kind: "subscribed", as: "same" });
    expect(await requestsOf(() => scene.tick())).toEqual([`jobs/${jobId}`]);
    await pass(59);
    expect(scene.said()).toEqual(["1: jobUnreadable"]);
    await pass(3);
    expect(scene.said()).toEqual(["1: jobUnreadable", "2: jobUnreadable"]);
  });

  test("with all others, is an outage: the channel is told, and what began meanwhile is found after it", async () => {
    await subscribed();
    scene.serviceStage.fault = "unavailable";
    await pass(80);
    expect(scene.said()).toEqual(["1: outOfReach"]);
    for (const id of ["b1", "b2"]) start(id);
    scene.serviceStage.setJob({ ...scene.serviceStage.jobs.get(jobId)!, lastBuildId: "" });
    scene.serviceStage.fault = undefined;
    await scene.tick();
    expect(await registered()).toEqual(["b1", "b2"]);
    expect(scene.said()).toContain("2: backInReach");
  });

  test.each<[ServiceStageFailure, string]>([
    ["forbidden", "a build"],
    ["unavailable", "a build"],
    ["throttled", "a build"],
    ["notUnderstood", "a build"],
    ["forbidden", "another job"],
    ["unavailable", "another job"],
  ])("like 299 others (%s), is no outage while %s is answered", async (reason, other) => {
    for (let each = 0; each < 300; each++) await scene.subscribe(`bad${each}`);
    scene.serviceStage.failsFor = (path) => path.startsWith("jobs/bad") && reason;
    if (other === "a build") {
      await scene.register("b1");
      scene.serviceStage.set("b1", "Init:Building");
    } else await scene.subscribe(jobId);
    const asked = other === "a build" ? "b1/phases" : `jobs/${jobId}`;
    for (let minutes = 0; minutes < 8; minutes++)
      expect(await requestsOf(() => scene.tick({ pollIntervalMillis: minute }))).toContain(asked);
    expect(scene.slack.messages.filter(({ says }) => says.includes("outOfReach"))).toEqual([]);
  });

  test.each(["the list", "the job"])(
    "because ServiceStage refuses the credentials for %s alone, is told as such, and nothing else stops",
    async (what) => {
      const paths = [`jobs/${jobId}`, `jobs/${jobId}/builds?page=1`];
      await scene.subscribe("j2", { channel: "C2" });
      scene.serviceStage.setJob({ jobId: "j2", jobName: "other" });
      await subscribed();
      scene.serviceStage.failsFor = (path) => path === paths[what === "the job" ? 0 : 1] && "refused";
      start("b1");
      for (let minutes = 0; minutes < 70; minutes++)
        expect(await requestsOf(() => scene.tick())).toEqual(expect.arrayContaining([paths[0], "jobs/j2"]));
      expect(await registered()).toEqual(what === "the job" ? [] : ["b1"]);
      expect(scene.said().filter((says) => /[rR]each|jobUnreadable/.test(says))).toEqual([
        "1: jobUnreadable",
      ]);
      expect(scene.said("C2")).toEqual([]);
      expect((await subscription()).trouble).toMatchObject({ reason: "forbidden" });
      expect(await scene.store.loadCircuit()).toBeUndefined();
    },
  );

  test.each<[string, string[], string[]]>([
    ["alone in its tick, is told once, and is no outage", ["j1"], ["1: jobUnreadable"]],
    [
      "in another tick than the next one, is told as well",
      ["j1", "j4"],
      ["1: jobUnreadable", "1: jobUnreadable"],
    ],
    ["like all others in their ticks, is an outage", ["j0", "j1", "j2", "j3", "j4"], ["1: outOfReach"]],
  ])("%s, where jobs are polled every five minutes", async (_what, bad, told) => {
    for (const id of ["j0", "j1", "j2", "j3", "j4"]) {
      scene.serviceStage.setJob({ jobId: id, jobName: id });
      await scene.subscribe(id);
    }
    const tick = () => scene.tick({ jobPollMillis: 5 * minute });
    for (let minutes = 0; minutes < 5; minutes++) await tick();
    scene.serviceStage.failsFor = (path) => bad.some((id) => path === `jobs/${id}`);
    for (let minutes = 0; minutes < 80; minutes++) await tick();
    expect(scene.said()).toEqual(told);
  });

  test("because none of its builds has a valid ID, is told once after an hour, and is followed once one has", async () => {
    const { serviceStage } = scene;
    await scene.subscribe("j2");
    serviceStage.setJob({ jobId: "j2", jobName: "other" });
    const fetchJobBuilds = serviceStage.fetchJobBuilds.bind(serviceStage);
    serviceStage.fetchJobBuilds = async (asked, page) => {
      const answer = await fetchJobBuilds(asked, page);
      return asked.jobId === jobId ? { ...answer, invalidIds: ["a/b"] } : answer;
    };
    await subscribed();
    await pass(58);
    expect(scene.said()).toEqual([]);
    await pass(70);
    expect(scene.said()).toEqual(["1: jobUnreadable"]);
    expect((await subscription()).trouble).toMatchObject({ reason: "notUnderstood" });
    start("b1");
    await pass(2);
    expect(await registered()).toEqual(["b1"]);
    expect((await subscription()).trouble).toBeUndefined();
  });

  test("is renamed: the subscription goes on under the new name", async () => {
    await subscribed();
    scene.serviceStage.setJob({ ...scene.serviceStage.jobs.get(jobId)!, jobName: "shop2" });
    await scene.tick();
    expect((await subscription()).jobName).toBe("shop2");
  });
});

describe("how often jobs are polled", () => {
  const polls = async (jobPollMillis: number, ticks: number) =>
    (
      await requestsOf(async () => {
        for (let minutes = 0; minutes < ticks; minutes++) await scene.tick({ jobPollMillis });
      })
    ).filter((path) => path === `jobs/${jobId}`).length;

  test.each<[string, number, number, number]>([
    ["every 15 s: four times in a tick", 15_000, 1, 4],
    ["every 30 s: twice in a tick", 30_000, 1, 2],
    ["every minute: once in a tick", 60_000, 3, 3],
    ["every five minutes: in every fifth tick", 300_000, 10, 2],
  ])("%s", async (_what, jobPollMillis, ticks, count) => {
    await subscribed();
    expect(await polls(jobPollMillis, ticks)).toBe(count);
  });
});

describe("after builds were dropped from what was seen", () => {
  const day = 24 * hour;
  /** The oldest builds of the list were dropped. They look new. */
  async function dropped(): Promise<void> {
    const known = await subscription();
    const seen = ["p1", "p2", "p3", "p4"].map(seenHash);
    await scene.store.save(known, { ...known, seen, dropped: true }, "observation");
  }
  const reversed = () => {
    const known = scene.serviceStage.jobs.get(jobId)!;
    scene.serviceStage.setJob({ ...known, builds: known.builds.toReversed() });
  };

  test.each<[string, () => void]>([
    ["newest first", () => undefined],
    ["oldest first", reversed],
  ])("a trouble and a list that is %s: what is new is told, what is old is not", async (_order, arrange) => {
    for (let age = 12; age > 0; age--) past(`p${age}`, 2 * day + age * minute);
    scene.serviceStage.perPage = 2;
    arrange();
    await subscribed();
    await dropped();
    scene.serviceStage.failsFor = (path) => path.startsWith(`jobs/${jobId}`);
    for (const id of ["p12", "p11", "p10"]) scene.serviceStage.fail(id, "unknownBuild");
    await pass(2);
    arrange();
    for (const id of ["b1", "b2", "b3"]) start(id);
    arrange();
    scene.serviceStage.failsFor = () => false;
    const requests = await requestsOf(() => pass(1));
    await pass(20);
    expect(await registered()).toEqual(["b1", "b2", "b3"]);
    expect((await subscription()).trouble).toBeUndefined();
    expect(requests.filter((path) => path.includes("/builds?page=")).length).toBeLessThanOrEqual(4);
  });
});

test.each<[string, string[]]>([
  ["that last_build_id never names", ["b1"]],
  ["behind one that was seen before", ["b1", "b2"]],
])("after builds were dropped from what was seen, a build %s is found within an hour", async (_what, ids) => {
  for (let age = 12; age > 0; age--) past(`p${age}`, 48 * hour + age * minute);
  scene.serviceStage.perPage = 1;
  await subscribed();
  const known = await subscription();
  await scene.store.save(known, { ...known, dropped: true }, "observation");
  const before = scene.serviceStage.jobs.get(jobId)!;
  for (const id of ids) start(id);
  const { builds } = scene.serviceStage.jobs.get(jobId)!;
  const lastBuildId = ids[1] ?? before.lastBuildId!;
  scene.serviceStage.setJob({
    ...before,
    lastBuildId,
    builds: builds.filter(({ buildId }) => buildId !== "b1"),
  });
  await pass(2);
  scene.serviceStage.setJob({ ...before, lastBuildId, builds });
  await pass(62);
  expect(await registered()).toEqual(ids);
  const requests = await requestsOf(() => pass(60));
  expect(requests.filter((path) => path.includes("/builds?page=")).length).toBeLessThanOrEqual(7);
});

test("after builds were dropped from what was seen, a newest build that no end of the list shows is no reason to read it all", async () => {
  for (let age = 12; age > 0; age--) past(`p${age}`, 48 * hour + age * minute);
  scene.serviceStage.perPage = 2;
  await subscribed();
  const known = await subscription();
  await scene.store.save(known, { ...known, dropped: true }, "observation");
  const { builds } = scene.serviceStage.jobs.get(jobId)!;
  start("b1");
  scene.serviceStage.setJob({ ...scene.serviceStage.jobs.get(jobId)!, builds });
  const requests = await requestsOf(() => pass(1));
  expect(await registered()).toEqual(["b1"]);
  expect(requests.filter((path) => path.includes("/builds?page="))).toHaveLength(2);
});

describe("more jobs than there is time for", () => {
  /** Neighbours: one tick reads them in this order, or in the other one. */
  const [first, second] = [0, 1].map((shard) => channelsOf(shard)[0]!) as [string, string];

  function channelsOf(shard: number): string[] {
    return Array.from({ length: 200 }, (_, index) => `C${index}`).filter((id) => shardOf(id) === shard);
  }

  /** @returns how often each path was asked for */
  function slow(answerMillis = 4_000) {
    const polls = new Map<string, number>();
    const run: Run = async (path, answer) => {
      await scene.clock.sleep(answerMillis);
      polls.set(path, (polls.get(path) ?? 0) + 1);
      return answer();
    };
    const serviceStage = new MemoryServiceStage({ run });
    serviceStage.set("b1", "Init:Building");
    const add = async (channel: string, ids: string[]) => {
      for (const id of ids) {
        serviceStage.setJob({ jobId: id, jobName: id, lastBuildId: "b1" });
        const settings = { channel, mention: [], thread: true };
        const [at, known] = [scene.clock.now(), subscribe(id, id, `s-${id}`, settings, scene.clock.now())];
        await scene.store.register({ ...known, since: at, listedAt: at, lastBuildId: "b1" }, undefined);
      }
    };
    return { polls, serviceStage, add };
  }
  const idsOf = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, each) => `${prefix}${each}`);

  test("take turns, so that each job is polled within some ticks, and builds are polled in every tick", async () => {
    const { polls, serviceStage, add } = slow();
    await add(first, idsOf("j", 600));
    await scene.register("b1", { channel: first });
    const ticks = 12;
    for (let each = 0; each < ticks; each++) {
      await scene.tick({ serviceStage });
      expect(polls.get("b1/phases")).toBeGreaterThan(each);
    }
    const ofJobs = [...polls].filter(([path]) => /^jobs\/j\d+$/.test(path));
    expect(ofJobs).toHaveLength(600);
    expect(Math.min(...ofJobs.map(([, times]) => times))).toBeGreaterThanOrEqual(2);
  });

  test.each([60, 120, 180, 240, 300])(
    "in one channel, polled every %i s: the jobs of other channels are polled each time",
    async (seconds) => {
      const { polls, serviceStage, add } = slow();
      const ids = idsOf("x", 10);
      await add(first, idsOf("j", 1_200));
      await add(channelsOf(0)[1]!, ids.slice(0, 5));
      await add(second, ids.slice(5));
      for (const channel of [first, second]) await scene.register("b1", { channel });
      const rounds = 4;
      for (let each = 0; each < (rounds * seconds) / 60; each++)
        await scene.tick({ serviceStage, jobPollMillis: seconds * 1_000 });
      expect(ids.map((id) => [id, polls.get(`jobs/${id}`)])).toEqual(ids.map((id) => [id, rounds]));
    },
  );

  test("in more channels than there is time for: each channel has its turn, and so has each of its jobs", async () => {
    const { polls, serviceStage, add } = slow(8_000);
    for (const channel of idsOf("C", 200)) await add(channel, [`${channel}-even`, `${channel}-odd`]);
    for (let each = 0; each < 40; each++) await scene.tick({ serviceStage, jobPollMillis: 120_000 });
    expect([...polls.keys()].filter((path) => /^jobs\/C\d+-\w+$/.test(path))).toHaveLength(400);
    expect(polls.get("jobs/C1-odd")).toBeLessThan(20);
  });
});

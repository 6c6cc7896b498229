import { describe, expect, test } from "@jest/globals";
import type { Settings } from "../../lambda/domain/build.ts";
import type { JobBuild } from "../../lambda/domain/job.ts";
import { createScene, minute } from "./scene.ts";

/** What is usual for a job, and a build in the job's row: from ServiceStage's list to what the channel is told. */

const all = ["Init", "Download", "PreProcess", "Build", "Artifact", "PostProcess"]
  .map((name) => `${name}:Successful`)
  .join(" ");

type Scene = ReturnType<typeof createScene>;

/** "S S F": the job's earlier builds, newest first, of a minute each. */
const earlier = (states: string): JobBuild[] =>
  states
    .split(" ")
    .filter(Boolean)
    .map((state, index) => ({
      buildId: `earlier${index}`,
      state: state === "S" ? "Successful" : state === "F" ? "Failed" : "Cancel",
      durationMillis: minute,
    }));

function sceneOf(list: JobBuild[] = earlier("S S S F")): Scene {
  const scene = createScene();
  scene.serviceStage.setJob({ jobId: "j1", jobName: "shop", builds: list });
  return scene;
}

/** Starts the next build of the job, which then stands first in the list. */
async function start(scene: Scene, buildId: string, settings: Partial<Settings> = {}): Promise<void> {
  const job = scene.serviceStage.jobs.get("j1")!;
  job.builds.unshift({ buildId, state: "Building" });
  moveOn(scene, buildId, "Init:Building", scene.clock.now());
  await scene.register(buildId, settings);
  await scene.pass();
  scene.clock.advance(minute);
}

const starts = new Map<string, number>();
function moveOn(scene: Scene, buildId: string, phases: string, startedAt = starts.get(buildId)!): void {
  starts.set(buildId, startedAt);
  scene.serviceStage.set(buildId, phases, { jobId: "j1", jobName: "shop", commitId: "c0", startedAt });
}

async function end(scene: Scene, buildId: string, phases: string): Promise<void> {
  moveOn(scene, buildId, phases);
  const listed = scene.serviceStage.jobs.get("j1")?.builds.find((build) => build.buildId === buildId);
  await scene.pass();
  if (listed) listed.state = phases === all ? "Successful" : "Failed";
  scene.clock.advance(minute);
}

async function run(scene: Scene, buildId: string, phases: string, settings?: Partial<Settings>) {
  await start(scene, buildId, settings);
  await end(scene, buildId, phases);
  return (await scene.load(buildId)).row;
}

describe("the list of a job's builds", () => {
  test("is read at the first poll alone, and costs one GET", async () => {
    const scene = sceneOf();
    await start(scene, "b1");
    expect(scene.serviceStage.requests).toEqual(["b1/phases", "b1", "jobs/j1/builds?page=1"]);
    expect(await scene.load("b1")).toMatchObject({
      usual: { medianMillis: minute, builds: 3 },
      row: { of: "successes", builds: 3 },
    });
    await end(scene, "b1", all);
    expect(scene.serviceStage.requests.slice(3)).toEqual(["b1/phases", "b1"]);
  });

  test("costs a second GET if it is long and has its oldest builds first", async () => {
    const list = Array.from({ length: 5_000 }, (_, index) => ({
      ...earlier("S")[0]!,
      buildId: `old${index}`,
    }));
    const scene = sceneOf([...list, { buildId: "b1", state: "Building" }]);
    moveOn(scene, "b1", "Init:Building", scene.clock.now());
    scene.serviceStage.perPage = 1_000;
    await scene.register("b1");
    await scene.pass();
    expect(scene.serviceStage.requests.slice(2)).toEqual(["jobs/j1/builds?page=1", "jobs/j1/builds?page=6"]);
    expect((await scene.load("b1")).usual).toBeUndefined();
  });

  test("is shared by the channels of a build", async () => {
    const scene = sceneOf();
    await scene.register("b1", { channel: "C2" });
    await start(scene, "b1");
    expect(scene.serviceStage.requests.filter((path) => path.startsWith("jobs/"))).toHaveLength(1);
  });

  test.each<[string, (scene: Scene) => void]>([
    ["can't be read", ({ serviceStage }) => (serviceStage.failsFor = (path) => path.startsWith("jobs/"))],
    ["is of a job that was renamed or deleted", ({ serviceStage }) => serviceStage.jobs.clear()],
    [
      "lacks the build, and holds nothing else",
      ({ serviceStage }) => serviceStage.jobs.get("j1")!.builds.splice(0),
    ],
    [
      "fails in a way that nobody foresaw",
      ({ serviceStage }) =>
        Object.assign(serviceStage, { fetchJobBuilds: () => Promise.reject(new TypeError("no")) }),
    ],
  ])("holds up no message if it %s", async (_what, breakIt) => {
    const scene = sceneOf();
    moveOn(scene, "b1", "Init:Building", scene.clock.now());
    breakIt(scene);
    await scene.register("b1");
    await scene.pass();
    await end(scene, "b1", "Init:Failed");
    expect(scene.said()).toEqual([
      "card 1: Init Failed (failed)",
      "1: caught up Init Building",
      "2: Init Failed",
    ]);
    expect(await scene.load("b1")).toMatchObject({ status: "ended", delivery: { outbox: [] } });
    expect((await scene.load("b1")).usual).toBeUndefined();
  });
});

describe("a build that takes longer than usual", () => {
  const slowly = async (settings: Partial<Settings> = {}) => {
    const scene = sceneOf();
    await start(scene, "b1", settings);
    scene.clock.advance(2 * minute);
    await scene.pass();
    scene.serviceStage.requests.length = scene.writes.length = 0;
    await scene.pass();
    expect([scene.serviceStage.requests, scene.writes]).toEqual([["b1/phases"], []]);
    scene.clock.advance(3 * minute);
    await scene.pass();
    await scene.pass();
    return scene;
  };

  test("is told once. A poll before it is one GET and no write", async () => {
    const scene = await slowly();
    expect(scene.said()).toEqual(["card 1: Init Building", "1: caught up Init Building", "2: slow"]);
  });

  test.each<[string, Partial<Settings>]>([
    ["tellSlow: false", { tellSlow: false }],
    ["notify: end", { notify: "end" }],
    ["notify: changes", { notify: "changes" }],
  ])("is left out by %s, and the history has it", async (_what, settings) => {
    const scene = await slowly(settings);
    expect(scene.said().filter((said) => said.includes("slow"))).toEqual([]);
    const { history } = (await scene.load("b1")).delivery;
    expect(history.map(({ message, how }) => [message.kind, how])[0]).toEqual(["slow", "leftOut"]);
  });
});

describe("the row", () => {
  test("is counted on from build to build", async () => {
    const scene = sceneOf(earlier("S S S"));
    expect(await run(scene, "b1", "Init:Failed")).toEqual({ of: "successes", builds: 3 });
    expect(await run(scene, "b2", "Init:Failed")).toEqual({ of: "failures", builds: 1 });
    expect(await run(scene, "b3", all)).toEqual({ of: "failures", builds: 2 });
    expect(await run(scene, "b4", all)).toEqual({ of: "successes", builds: 1 });
  });

  test("is known from what the channel was told, if the list can't be read", async () => {
    const scene = sceneOf();
    scene.serviceStage.failsFor = (path) => path.startsWith("jobs/");
    await run(scene, "b1", all);
    await run(scene, "b2", "Init:Failed");
    expect(await run(scene, "b3", all)).toEqual({ of: "failures", builds: 1 });
  });

  test("has an older build that ends while this one runs", async () => {
    const scene = sceneOf(earlier("S S S"));
    await start(scene, "b1");
    await start(scene, "b2");
    await end(scene, "b1", "Init:Failed");
    await end(scene, "b2", "Init:Failed");
    expect((await scene.load("b2")).row).toEqual({ of: "failures", builds: 1 });
  });

  test("has no newer build, although it ended before", async () => {
    const scene = sceneOf(earlier("S S S"));
    await start(scene, "b1");
    await start(scene, "b2");
    await end(scene, "b2", "Init:Failed");
    await end(scene, "b1", all);
    expect((await scene.load("b1")).row).toEqual({ of: "successes", builds: 3 });
    expect(await run(scene, "b3", all)).toEqual({ of: "failures", builds: 1 });
  });

  test("of a subscription to some branches has only their builds, which the list does not show", async () => {
    const scene = sceneOf(earlier("F F F"));
    await scene.subscribe("j1", { branches: ["main"] });
    await scene.pass();
    const rows = [];
    for (const buildId of ["b1", "b2"]) {
      scene.clock.advance(minute);
      const job = scene.serviceStage.jobs.get("j1")!;
      job.builds.unshift({ buildId, state: "Building" });
      job.lastBuildId = buildId;
      const details = { jobId: "j1", jobName: "shop", branch: "main", startedAt: scene.clock.now() };
      scene.serviceStage.set(buildId, "Init:Building", details);
      await scene.pass();
      scene.serviceStage.set(buildId, "Init:Failed", details);
      await scene.pass();
      rows.push((await scene.load(buildId)).row);
    }
    expect(rows).toEqual([undefined, { of: "failures", builds: 1, orMore: true }]);
  });

  test.each(["loadEnds", "saveEnds"] as const)(
    "is noted before the end is recorded: if %s fails, a later pass records the end",
    async (call) => {
      const scene = sceneOf();
      await start(scene, "b1");
      const broken = () => Promise.reject(new Error("ThrottlingException"));
      moveOn(scene, "b1", "Init:Failed");
      expect(await scene.pass({ store: { ...scene.store, [call]: broken } })).toMatchObject({ errors: 1 });
      expect((await scene.load("b1")).status).toBe("tracking");
      await scene.pass();
      expect(await scene.load("b1")).toMatchObject({ status: "ended", row: { of: "successes", builds: 3 } });
      expect((await scene.store.loadEnds("j1", "C1"))!.ends).toHaveLength(1);
    },
  );
});

describe("of the changes alone, a channel is told", () => {
  const changes = { notify: "changes", thread: false } as const;
  const told = async (scene: Scene, buildId: string, phases: string) => {
    const before = scene.said().length;
    await run(scene, buildId, phases, changes);
    return scene.said().length - before;
  };

  test("a failure after a success, and a success after a failure", async () => {
    const scene = sceneOf(earlier("S"));
    expect(await told(scene, "b1", all)).toBe(0);
    expect(await told(scene, "b2", "Init:Failed")).toBe(1);
    expect(await told(scene, "b3", "Init:Failed")).toBe(0);
    expect(await told(scene, "b4", "Init:Cancel")).toBe(0);
    expect(await told(scene, "b5", all)).toBe(1);
    expect(await told(scene, "b6", all)).toBe(0);
  });

  test("the same if the list can't be read. A first failure is told, a first success is not", async () => {
    for (const [phases, count] of [
      ["Init:Failed", 1],
      [all, 0],
    ] as const) {
      const scene = sceneOf();
      scene.serviceStage.failsFor = (path) => path.startsWith("jobs/");
      expect(await told(scene, "b1", phases)).toBe(count);
    }
  });

  test("the end on a card, where the messages go to a thread", async () => {
    const scene = sceneOf(earlier("S"));
    await run(scene, "b1", "Init:Failed", { notify: "changes" });
    expect(scene.said()).toEqual(["card 1: Init Failed (failed)", "2: Init Failed"]);
  });
});

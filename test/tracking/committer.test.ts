import { describe, expect, test } from "@jest/globals";
import type { Settings } from "../../lambda/domain/build.ts";
import { unknownCommitter, type CommitterLink } from "../../lambda/domain/committer.ts";
import { linkCommitter } from "../../lambda/tracking/committers.ts";
import type { TickParts } from "../../lambda/tracking/tick.ts";
import { createScene, minute } from "./scene.ts";

/** Whose commit it is: from a build's details to what its failure is recorded with. */

const ann = "U0ANN000001";
const failed = "Init:Successful Build:Failed";
type Scene = ReturnType<typeof createScene>;

/** Watches what is asked of the store about committers. */
function sceneOf() {
  const scene = createScene();
  const asked: string[] = [];
  const { loadCommitter, saveCommitter } = scene.store;
  scene.store.loadCommitter = (name) => (asked.push(`load ${name}`), loadCommitter(name));
  scene.store.saveCommitter = (committer) => (asked.push(`save ${committer.name}`), saveCommitter(committer));
  return { ...scene, asked };
}

const takesCommands = async () => true;

/** A build that runs, and then ends like this. */
async function run(
  scene: Scene,
  buildId: string,
  {
    end = failed,
    committer = "Ada",
    parts = {},
    ...settings
  }: Partial<Settings> & {
    end?: string;
    committer?: string | undefined;
    parts?: Partial<TickParts>;
  } = {},
) {
  const details = {
    jobId: "j1",
    jobName: "shop",
    commitId: "c0ffee",
    ...(committer !== "" && { committer }),
  };
  await scene.register(buildId, { mention: ["committer"], ...settings });
  scene.serviceStage.set(buildId, "Init:Building", details);
  await scene.pass({ takesCommands, ...parts });
  scene.serviceStage.set(buildId, end, details);
  await scene.pass({ takesCommands, ...parts });
  return (await scene.load(buildId)).closing?.committer;
}

const link = async (scene: Scene, more: CommitterLink = { user: ann, linkedAt: 1 }) =>
  scene.store.saveCommitter({ ...unknownCommitter("ada"), link: more });

describe("a failure", () => {
  test("mentions the linked user, at the cost of one read", async () => {
    const scene = sceneOf();
    await link(scene);
    scene.asked.length = 0;
    expect(await run(scene, "b1", { committer: " ADA " })).toEqual({ user: ann });
    expect(scene.asked).toEqual(["load ada"]);
  });

  test("names an unlinked committer, with the hint for the first time, and the next failure without", async () => {
    const scene = sceneOf();
    expect(await run(scene, "b1")).toEqual({ name: "Ada", hint: true });
    expect(await run(scene, "b2", { channel: "C2" })).toEqual({ name: "Ada" });
    expect(scene.asked).toEqual(["load ada", "save ada", "load ada"]);
  });

  test("mentions nobody for a proposal", async () => {
    const scene = sceneOf();
    await link(scene, { user: ann, askedAt: 1 });
    expect(await run(scene, "b1")).toEqual({ name: "Ada", hint: true });
  });

  test("has no hint if Slack can't call, and the hint is still due", async () => {
    const scene = sceneOf();
    expect(await run(scene, "b1", { parts: { takesCommands: async () => false } })).toEqual({ name: "Ada" });
    expect(await run(scene, "b2")).toEqual({ name: "Ada", hint: true });
  });

  test("says the same when it is sent again, whatever was linked meanwhile", async () => {
    const scene = sceneOf();
    const lost = { answer: { kind: "unknown" as const, reason: "503" }, stored: false };
    scene.slack.failNext(lost, { times: 20 });
    await run(scene, "b1");
    await linkCommitter(scene, "ada", ann);
    for (let minutes = 0; minutes < 30; minutes++) await scene.tick();
    expect(scene.said()).toContain("3: Build Failed");
    expect((await scene.load("b1")).closing?.committer).toEqual({ name: "Ada", hint: true });
  });

  test.each<[string, (scene: Scene) => void]>([
    [
      "the read fails",
      (scene) => (scene.store.loadCommitter = () => Promise.reject(new Error("Throttling"))),
    ],
    [
      "the write fails",
      (scene) => (scene.store.saveCommitter = () => Promise.reject(new Error("Throttling"))),
    ],
    ["others are always faster", (scene) => (scene.store.saveCommitter = async () => false)],
  ])("is sent without a mention if %s", async (_what, breakIt) => {
    const scene = sceneOf();
    breakIt(scene);
    expect(await run(scene, "b1")).toEqual({ name: "Ada" });
    expect(scene.said()).toContain("2: Init Successful");
    expect(scene.log.lines.filter(({ level }) => level === "error")).toEqual([]);
  });

  test("has no hint for a name that no command can hold", async () => {
    const scene = sceneOf();
    expect(await run(scene, "b1", { committer: '""' })).toEqual({ name: '""' });
    expect(scene.asked).toEqual([]);
  });
});

test.each<[string, Parameters<typeof run>[2]]>([
  ["the settings name no committer", { mention: [ann] }],
  ["the build does not fail", { end: "Init:Successful Build:Cancel" }],
  ["the build's details name none", { committer: "" }],
])("nobody is looked up if %s", async (_what, options) => {
  const scene = sceneOf();
  expect(await run(scene, "b1", options)).toBeUndefined();
  expect(scene.asked).toEqual([]);
});

test("nobody is looked up if the failure is left out, so the hint is kept for one that is sent", async () => {
  const scene = sceneOf();
  await run(scene, "b1", { mention: [] });
  scene.clock.advance(minute);
  expect(await run(scene, "b2", { notify: "changes" })).toBeUndefined();
  expect((await scene.load("b2")).delivery.history[0]).toMatchObject({ how: "leftOut" });
  expect(scene.asked).toEqual([]);
});

test("a build that had failed before its first poll mentions nobody", async () => {
  const scene = sceneOf();
  scene.serviceStage.set("b1", failed, { jobName: "shop", committer: "Ada" });
  await scene.register("b1", { mention: ["committer"] });
  await scene.pass({ takesCommands });
  expect((await scene.load("b1")).outcome).toBe("failed");
  expect(scene.asked).toEqual([]);
});

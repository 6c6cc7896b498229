import { describe, expect, test } from "@jest/globals";
import { durationOfBuild, durationOfPhase, type Duration } from "../../lambda/domain/duration.ts";
import { renderBuild } from "../../lambda/builds-api/view.ts";
import { renderCard } from "../../lambda/slack/card.ts";
import { renderMessage } from "../../lambda/slack/messages.ts";
import { createLastPolls } from "../../lambda/tracking/last-polls.ts";
import { layOut, renderTimeline } from "../../local/page/view/timeline.ts";
import { createScene, hour } from "./scene.ts";

/** How long phases and builds are told to have lasted, with what was polled, and when. */

const settings = { region: "r" };

const words = (duration: Duration): string =>
  duration.kind === "unknown" ? "unknown" : `${duration.kind} ${duration.millis / 1_000} s`;

/** A build that ServiceStage started a second before it was registered. */
async function started(scene = createScene()) {
  const details = { jobName: "shop", commitId: "c0ffee", startedAt: scene.clock.now() - 1_000 };
  await scene.register("b1");
  const set = (phases: string, endedAfterSeconds?: number) =>
    scene.serviceStage.set("b1", phases, {
      ...details,
      ...(endedAfterSeconds !== undefined && { endedAt: details.startedAt + endedAfterSeconds * 1_000 }),
    });
  return { scene, set };
}

test("while no tick runs, nobody sees when the phases move", async () => {
  const { scene, set } = await started();
  set("Init:Building Build:NotStarted");
  await scene.pass();
  set("Init:Successful Build:Failed", 22);
  scene.clock.advance(60_000);
  await scene.pass();
  const build = await scene.load("b1");
  expect(words(durationOfBuild(build))).toBe("exact 22 s");
  expect(build.snapshot.map((phase) => [phase.name, words(durationOfPhase(phase, build))])).toEqual([
    ["Init", "atMost 22 s"],
    ["Build", "atMost 22 s"],
  ]);

  const last = build.delivery.history.map(({ message }) => message)[0]!;
  const reply = renderMessage(build, last, settings);
  expect(reply.text).toContain("❌ *Build*: Not started → Failed after at most 22 s");
  expect(reply.text).toContain("✅ Init Succeeded at most 22 s\n❌ Build Failed at most 22 s");
  expect(renderCard(build, settings).text).toContain("Init: Succeeded at most 22 s\n");
  const view = renderBuild(build, {
    slackApiUrl: "https://slack.com/api/",
    now: scene.clock.now(),
    abandonAfterMillis: hour,
  });
  expect(view).toMatchObject({ durationSeconds: 22 });
  expect(view.phases.slice(0, 4)).toMatchObject([
    { name: "Init", durationAtMostSeconds: 22 },
    { name: "Download" },
    { name: "PreProcess" },
    { name: "Build", durationAtMostSeconds: 22 },
  ]);
  const { text: page } = renderTimeline(layOut(view.phases, scene.clock.now()));
  expect(page.match(/<span class="phase-state">[^<]*/g)?.map((each) => each.replace(/^.*>/, ""))).toEqual([
    "at most 22 s",
    "Not started",
    "Not started",
    "Failed · at most 22 s",
    "Not started",
    "Not started",
  ]);
});

describe("what is polled at its interval is exact", () => {
  test.each([
    ["though nothing changed for long", 12],
    ["though it changed with each poll", 0],
  ])("%s", async (_sentence, quiet) => {
    const scene = createScene();
    const lastPolls = createLastPolls();
    const { set } = await started(scene);
    const building = Array.from({ length: quiet }, () => "Init:Building");
    for (const phases of ["Init:NotStarted", "Init:Building", ...building, "Init:Successful"]) {
      set(phases);
      await scene.pass({ lastPolls });
      scene.clock.advance(15_000);
    }
    const [init] = (await scene.load("b1")).snapshot;
    expect(init!.lasted).toEqual({ kind: "exact", millis: (quiet + 1) * 15_000 });
  });

  test("and bounded by what is stored, where the process that looked is gone", async () => {
    const scene = createScene();
    const { set } = await started(scene);
    for (const phases of [
      "Init:NotStarted",
      "Init:Building",
      "Init:Building",
      "Init:Building",
      "Init:Successful",
    ]) {
      set(phases);
      await scene.pass({ lastPolls: createLastPolls() });
      scene.clock.advance(15_000);
    }
    const [init] = (await scene.load("b1")).snapshot;
    expect(init!.lasted).toEqual({ kind: "atMost", millis: 60_000 });
  });

  test("and bounded after an outage", async () => {
    const scene = createScene();
    const lastPolls = createLastPolls();
    const { set } = await started(scene);
    for (const phases of ["Init:NotStarted", "Init:Building", "", "", "Init:Successful"]) {
      if (phases === "") scene.serviceStage.fail("b1", "notUnderstood");
      else set(phases);
      await scene.pass({ lastPolls });
      scene.clock.advance(15_000);
    }
    const [init] = (await scene.load("b1")).snapshot;
    expect(init!.lasted).toEqual({ kind: "atMost", millis: 60_000 });
  });

  test("and costs no write for a poll without a change", async () => {
    const scene = createScene();
    const lastPolls = createLastPolls();
    const { set } = await started(scene);
    set("Init:Building");
    await scene.pass({ lastPolls });
    const writes = scene.writes.length;
    for (let passes = 0; passes < 3; passes++) {
      scene.clock.advance(15_000);
      await scene.pass({ lastPolls });
    }
    expect(scene.writes).toHaveLength(writes);
  });
});

test("the lastPolls at an earlier registration of a build count for nothing", async () => {
  const scene = createScene();
  const lastPolls = createLastPolls();
  const { set } = await started(scene);
  set("Init:Building");
  await scene.pass({ lastPolls });
  const build = await scene.load("b1");
  expect(lastPolls.before(build)).toBe(scene.clock.now());
  expect(
    lastPolls.before({ ...build, registration: { ...build.registration, id: "another" } }),
  ).toBeUndefined();
  expect(lastPolls.before({ ...build, changedAt: build.changedAt + 1 })).toBeUndefined();
});

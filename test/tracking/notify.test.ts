import { describe, expect, test } from "@jest/globals";
import { renderBuild } from "../../lambda/builds-api/view.ts";
import type { Build } from "../../lambda/domain/build.ts";
import { nameOf } from "../../lambda/domain/feed.ts";
import type { Notify } from "../../lambda/domain/notify.ts";
import { createScene, minute } from "./scene.ts";

const polls = {
  "a build that succeeds": ["Init:Building", "Init:Successful Build:Building", "all"],
  "a build that fails": ["Init:Building", "Init:Successful Build:Building", "Init:Successful Build:Failed"],
  "a build that is cancelled": ["Init:Building", "Init:Cancel"],
  "a build that is queued": ["Init:Queuing", "Init:Building", "Init:Successful Build:Queuing"],
  "a build that goes on after a phase failed": [
    "Init:Building",
    "Init:Failed Build:Building",
    "Build:Pushing",
  ],
};

const all = ["Init", "Download", "PreProcess", "Build", "Artifact", "PostProcess"]
  .map((name) => `${name}:Successful`)
  .join(" ");

/** The scene after these polls, one in each pass. */
async function sceneAfter(notify: Notify, phases: readonly string[]) {
  const scene = createScene();
  await scene.register("b1", { notify });
  for (const listed of phases) {
    scene.serviceStage.set("b1", listed === "all" ? all : listed);
    await scene.pass();
  }
  return scene;
}

describe("of what a channel is told", () => {
  test.each<[keyof typeof polls, Notify, string[]]>([
    [
      "a build that is queued",
      "progress",
      ["card 1: Init Successful, Build Queuing", "2: Init Building", "3: Init Successful"],
    ],
    ["a build that succeeds", "failures", []],
    ["a build that is cancelled", "failures", []],
    ["a build that fails", "failures", ["card 1: Init Successful, Build Failed (failed)", "4: Build Failed"]],
    [
      "a build that goes on after a phase failed",
      "failures",
      ["card 1: Init Failed, Build Pushing", "2: Init Failed"],
    ],
    ["a build that is cancelled", "end", ["card 1: Init Cancel (cancelled)", "2: Init Cancel"]],
    ["a build that fails", "end", ["card 1: Init Successful, Build Failed (failed)", "4: Build Failed"]],
  ])("%s, by %s, is this all", async (build, notify, said) => {
    expect((await sceneAfter(notify, polls[build])).said()).toEqual(said);
  });

  test("the end of a build that succeeds is told by its last transition", async () => {
    const scene = await sceneAfter("end", polls["a build that succeeds"]);
    expect(scene.said().map((line) => line.split(":")[0])).toEqual(["card 1", "8"]);
  });
});

describe("without a thread, the message alone tells it: a card would say it twice", () => {
  const saidAfter = async (notify: Notify, phases: readonly string[]) => {
    const scene = createScene();
    await scene.register("b1", { notify, thread: false });
    for (const listed of phases) {
      scene.serviceStage.set("b1", listed);
      await scene.pass();
    }
    return scene;
  };

  test.each<[Notify, string[]]>([
    ["failures", ["4: Build Failed"]],
    ["end", ["4: Build Failed"]],
  ])("by %s", async (notify, said) => {
    const scene = await saidAfter(notify, polls["a build that fails"]);
    expect(scene.said()).toEqual(said);
    const { delivery } = await scene.load("b1");
    expect([delivery.outbox, delivery.card, delivery.lease]).toEqual([[], undefined, undefined]);
  });

  test("by all, the card lives above the messages", async () => {
    expect((await saidAfter("all", ["Init:Building"])).said()).toEqual([
      "card 1: Init Building",
      "1: caught up Init Building",
    ]);
  });
});

test("what is left out is in the history in its place, is not pending, and is not counted as told", async () => {
  const scene = createScene();
  await scene.register("b1", { notify: "failures" });
  scene.serviceStage.set("b1", "Init:Building");
  expect(await scene.pass()).toMatchObject({ delivered: 0, undeliverable: 0, errors: 0 });
  scene.serviceStage.set("b1", "Init:Failed");
  expect(await scene.pass()).toMatchObject({ delivered: 1 });
  const { delivery, expiresAt } = await scene.load("b1");
  expect(delivery.history.map(({ message, how }) => `${message.number} ${how}`)).toEqual([
    "2 sent",
    "1 leftOut",
  ]);
  expect(delivery.outbox).toEqual([]);
  expect(expiresAt).toBeDefined();
});

test("what is left out costs the channel nothing, however little it takes", async () => {
  const scene = createScene();
  await scene.register("b1", { notify: "failures" });
  scene.options.pace.pause("C1", scene.clock.now() + 10 * minute, "429");
  scene.serviceStage.set("b1", "Init:Building");
  await scene.pass();
  expect((await scene.load("b1")).delivery.outbox).toEqual([]);
});

test("a build that can't be read shows so on a card, whatever the setting: silence would look like health", async () => {
  const scene = await sceneAfter("failures", polls["a build that succeeds"].slice(0, 2));
  await scene.register("b2", { channel: "C2" });
  scene.serviceStage.set("b2", "Init:Building");
  scene.serviceStage.fail("b1", "forbidden");
  for (let minutes = 0; minutes < 5; minutes++) await scene.tick();
  expect(scene.said()).toEqual(["card 1: Init Successful, Build Building forbidden"]);
});

describe("with its end a build brings", () => {
  const failed = async (details = { jobName: "shop", jobId: "j1", commitId: "c0" }) => {
    const scene = createScene();
    await scene.register("b1");
    scene.serviceStage.log = "line 1\nnpm error --token abcd1234\n";
    scene.serviceStage.setJob({ jobId: "j1", jobName: "shop" });
    scene.serviceStage.set("b1", "Init:Building", details);
    await scene.pass();
    scene.serviceStage.set("b1", "Init:Failed", details);
    scene.serviceStage.requests.length = 0;
    return scene;
  };

  test("in failure its log's masked tail, asked for once", async () => {
    const scene = await failed();
    await scene.pass();
    await scene.pass();
    expect((await scene.load("b1")).closing).toEqual({ logTail: ["line 1", "npm error --token [masked]"] });
    expect(scene.serviceStage.requests).toEqual(["b1/phases", "b1", "b1/logs"]);
  });

  test("nothing, where its log can't be read, and is told all the same", async () => {
    const scene = await failed();
    scene.serviceStage.failsFor = (path) => path === "b1/logs";
    await scene.pass();
    expect(scene.said().at(-1)).toBe("2: Init Failed");
    expect((await scene.load("b1")).closing).toEqual({});
    expect(scene.log.lines.filter(({ level }) => level === "warn")).toHaveLength(1);
  });

  test("nothing, where reading it ends in a fault that nobody foresaw, and is told all the same", async () => {
    const scene = await failed();
    const broken = () => Promise.reject(new TypeError("no header takes password=Hunter2pw"));
    Object.assign(scene.serviceStage, { fetchLogTail: broken });
    await scene.pass();
    expect(scene.said().at(-1)).toBe("2: Init Failed");
    expect((await scene.load("b1")).closing).toEqual({});
    const faults = scene.log.lines.filter(({ level }) => level === "error");
    expect(faults.map(({ fields }) => fields["error"])).toEqual(["no header takes password=[masked]"]);
  });

  test("no log, where it gives text that is none", async () => {
    const scene = await failed();
    scene.serviceStage.log = 42 as never;
    await scene.pass();
    expect(scene.said().at(-1)).toBe("2: Init Failed");
    expect((await scene.load("b1")).closing).toEqual({});
  });

  test.each(["fetchDetails", "fetchLogTail"])(
    "nothing is held back where %s fails in a way that nobody foresaw",
    async (call) => {
      const scene = await failed();
      Object.assign(scene.serviceStage, {
        [call]: async () => {
          throw new TypeError("undefined is not a function");
        },
      });
      expect(await scene.pass()).toMatchObject({ errors: 0 });
      expect(scene.said().at(-1)).toBe("2: Init Failed");
      expect(scene.log.lines.filter(({ level }) => level === "error")).toHaveLength(1);
    },
  );

  test("no log, where the tick has no time for them", async () => {
    const scene = await failed();
    const { clock, serviceStage } = scene;
    const fetchDetails = async (buildId: string) => {
      clock.advance(6_000);
      return serviceStage.fetchDetails(buildId);
    };
    const fetchPhases = (buildId: string) => serviceStage.fetchPhases(buildId);
    const slow = { ...scene.options.serviceStage, fetchPhases, fetchDetails };
    Object.assign(scene.options, { serviceStage: slow });
    await scene.pass();
    expect(scene.serviceStage.requests).toEqual(["b1/phases", "b1"]);
    expect((await scene.load("b1")).status).toBe("ended");
  });
});

describe("a channel that a quiet build does not post to yet", () => {
  const refused = { answer: { kind: "destination", reason: "channel_not_found" }, reads: true } as const;

  test.each(["failures", "end"] as const)(
    "is checked after the first poll: who asks is told that Slack refuses it (%s)",
    async (notify) => {
      const scene = createScene();
      await scene.register("b1", { notify });
      scene.serviceStage.set("b1", "Init:Building");
      scene.slack.failNext(refused);
      const report = await scene.pass();
      expect(report.refused).toBe(1);
      expect(scene.said()).toEqual([]);
      const build = await scene.load("b1");
      expect(build.channelRefusal).toMatchObject({ reason: "channel_not_found" });
      expect(viewOf(build, scene.clock.now()).channelProblem?.detail).toBe(
        "Slack refuses the channel C1, so no message can be sent: channel_not_found.",
      );
      expect(scene.log.lines).toContainEqual(
        expect.objectContaining({ fields: { buildId: "b1", channel: "C1", reason: "channel_not_found" } }),
      );
    },
  );

  test("is checked again when the build moves, until Slack takes it", async () => {
    const scene = createScene();
    await scene.register("b1", { notify: "failures" });
    scene.serviceStage.set("b1", "Init:Building");
    scene.slack.failNext(refused);
    await scene.pass();
    scene.serviceStage.set("b1", "Init:Successful");
    await scene.pass();
    expect((await scene.load("b1")).channelRefusal).toBeUndefined();
  });

  test("is asked for once, and not at all where a message is to be sent", async () => {
    const scene = createScene();
    await scene.register("b1", { notify: "failures" });
    await scene.register("b2");
    for (const buildId of ["b1", "b2"]) scene.serviceStage.set(buildId, "Init:Building");
    const readBack = scene.slack.readBack.bind(scene.slack);
    const asked: string[] = [];
    scene.slack.readBack = async (feed, since) => {
      asked.push(nameOf(feed));
      return readBack(feed, since);
    };
    for (const phases of ["Init:Building", "Init:Successful", "Init:Successful Build:Building"]) {
      for (const buildId of ["b1", "b2"]) scene.serviceStage.set(buildId, phases);
      await scene.pass();
    }
    expect(asked).toEqual(["build b1"]);
  });

  test.each([
    ["has no scope to be read", { readBacks: "forbidden" as const }],
    ["is not answered for", { readBackFails: true }],
  ])("that %s counts as fine", async (_sentence, slack) => {
    const scene = createScene();
    Object.assign(scene.slack, slack);
    await scene.register("b1", { notify: "failures" });
    scene.serviceStage.set("b1", "Init:Building");
    expect(await scene.pass()).toMatchObject({ refused: 0, errors: 0 });
    expect((await scene.load("b1")).channelRefusal).toBeUndefined();
  });
});

const viewOf = (build: Build, now: number) =>
  renderBuild(build, { slackApiUrl: "https://slack.com/api/", now, abandonAfterMillis: 86_400_000 });

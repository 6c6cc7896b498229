import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { randomUUID } from "node:crypto";
import { actions, type Action } from "../../lambda/domain/action.ts";
import { createStore } from "../../lambda/store/store.ts";
import { act, type ActParts } from "../../lambda/tracking/act.ts";
import { register } from "../../lambda/tracking/register.ts";
import { createBuildsTable, localDynamoDbClient, startDynamoDb } from "../../local/dynamodb.ts";
import type { Listening } from "../../local/listen.ts";
import { createMemoryStore } from "../../testing/memory-store.ts";
import { silentLog } from "../../testing/silent-log.ts";
import { createScene, minute, type OpenStore } from "./scene.ts";

/** From a click to the thread. */

const [ann, ben] = ["U0ANN000001", "U0BEN000001"];
let embedded: Listening;
let tables = 0;
beforeAll(async () => {
  embedded = await startDynamoDb();
});
afterAll(() => embedded.close());

const stores: [string, () => Promise<OpenStore>][] = [
  [
    "in memory",
    async () =>
      ({ clock }) =>
        createMemoryStore(clock),
  ],
  [
    "in the embedded DynamoDB",
    async () => {
      const [client, tableName] = [localDynamoDbClient(embedded.url), `clicks-${++tables}`];
      await createBuildsTable(client, tableName);
      return (parts) => createStore({ client, tableName, ...parts });
    },
  ],
];

let scene: ReturnType<typeof createScene>;
let registrationId: string;

const press = (action: Action, userId = ann, more: Partial<ActParts> = {}) =>
  act(
    { action, buildId: "b1", channel: "C1", registrationId, userId },
    {
      store: scene.store,
      serviceStage: () => scene.serviceStage,
      clock: scene.clock,
      newId: randomUUID,
      allowed: actions,
      log: silentLog,
      ...more,
    },
  );
const ticks = async (count = 3) => {
  for (let each = 0; each < count; each++) await scene.tick();
};
const replies = () => scene.said().filter((says) => !says.startsWith("card"));
const fail = async () => {
  scene.serviceStage.set("b1", "Init:Successful Build:Failed", { jobId: "j1", jobName: "shop" });
  await ticks();
};

async function begin(open: OpenStore): Promise<void> {
  scene = createScene(open);
  scene.serviceStage.setJob({
    jobId: "j1",
    jobName: "shop",
    lastBuildId: "b1",
    builds: [{ buildId: "b1", state: "Building" }],
  });
  scene.serviceStage.set("b1", "Init:Building", { jobId: "j1", jobName: "shop" });
  await scene.register("b1", { label: "nightly", mention: ["U0123456789"] });
  await scene.tick();
  registrationId = (await scene.load("b1")).registration.id;
}

describe.each(stores)("of fifty clicks at once, stored %s,", (_, open) => {
  beforeEach(async () => begin(await open()));

  test("Mute is done once, and each click is answered", async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_each, index) => press("mute", index === 0 ? ann : ben)),
    );
    expect(answers.filter(({ kind }) => kind === "done")).toHaveLength(1);
    const refused = answers.filter(({ kind }) => kind === "refused");
    expect(refused).toHaveLength(49);
    expect(refused[0]).toMatchObject({ action: "mute", refusal: { kind: "alreadyDone" } });
    await ticks();
    expect(replies().filter((says) => says.includes("mute"))).toHaveLength(1);
  });

  test("Cancel the build is asked of ServiceStage once, and told", async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => press("cancel")));
    expect(answers.filter(({ kind }) => kind === "done")).toHaveLength(1);
    expect(scene.serviceStage.changes).toEqual(["cancel b1"]);
    await ticks();
    expect(scene.said()).toEqual([
      "card 1: Init Cancel (cancelled)",
      "1: caught up Init Building",
      `2: ${ann} cancel done`,
      "3: Init Cancel",
    ]);
    expect(await press("cancel", ben)).toEqual({
      kind: "refused",
      action: "cancel",
      refusal: { kind: "alreadyDone", by: ann },
    });
  });

  test("Build again starts one build, tells who did it, and shows the build here", async () => {
    await fail();
    const answers = await Promise.all(Array.from({ length: 50 }, () => press("start")));
    expect(answers.filter(({ kind }) => kind === "started")).toEqual([{ kind: "started", buildId: "j1-0" }]);
    await ticks();
    expect(scene.serviceStage.changes).toEqual(["start j1"]);
    expect(replies()).toContain(`4: ${ann} start done`);
    expect(scene.said()).toContain("card 1: Init Building");
    const { registration } = await scene.load("j1-0");
    expect(registration).toMatchObject({ channel: "C1", label: "nightly", mention: ["U0123456789"] });
    expect(registration).not.toHaveProperty("jobId");
    expect(await press("start", ben)).toMatchObject({ refusal: { kind: "alreadyDone", by: ann } });
  });
});

describe("a click:", () => {
  beforeEach(() => begin(({ clock }) => createMemoryStore(clock)));

  describe("Mute", () => {
    test("is told, and from then on only the end is", async () => {
      expect(await press("mute")).toEqual({ kind: "done", action: "mute" });
      await scene.tick();
      scene.serviceStage.set("b1", "Init:Successful Build:Building");
      await scene.tick();
      await fail();
      expect(scene.said()).toEqual([
        "card 1: Init Successful, Build Failed (failed)",
        "1: caught up Init Building",
        `2: ${ann} mute done`,
        "5: Build Failed",
      ]);
      const { history } = (await scene.load("b1")).delivery;
      expect(history.map(({ message, how }) => `${message.number} ${how}`)).toEqual([
        "5 sent",
        "4 leftOut",
        "3 leftOut",
        "2 sent",
        "1 sent",
      ]);
    });

    test("leaves out nothing that was recorded before", async () => {
      scene.slack.failNext({ answer: { kind: "later", retryAfterMillis: 90_000, reason: "ratelimited" } });
      scene.serviceStage.set("b1", "Init:Successful");
      await scene.pass();
      await press("mute");
      await ticks();
      expect(replies()).toEqual(["1: caught up Init Building", "2: Init Successful", `3: ${ann} mute done`]);
    });

    test("is told although ServiceStage can't be read", async () => {
      await press("mute");
      scene.serviceStage.fault = "unavailable";
      await scene.pass();
      expect(replies()).toContain(`2: ${ann} mute done`);
    });
  });

  describe("Stop following", () => {
    test("is told, and then nothing is", async () => {
      expect(await press("stop")).toEqual({ kind: "done", action: "stop" });
      await ticks(1);
      await fail();
      expect(scene.said()).toEqual([
        "card 1: Init Building (stopped)",
        "1: caught up Init Building",
        `2: ${ann} stop done`,
      ]);
      expect(await scene.load("b1")).toMatchObject({ status: "stopped", expiresAt: expect.any(Number) });
    });

    test("two clicks of two people are told in their order", async () => {
      await press("mute", ben);
      await press("stop", ann);
      await ticks();
      expect(replies().slice(1)).toEqual([`2: ${ben} mute done`, `3: ${ann} stop done`]);
    });
  });

  describe("Cancel the build", () => {
    test.each(["forbidden", "refused", "throttled"] as const)(
      "that ServiceStage certainly did not do (%s) is told to its caller alone, and can be tried again",
      async (reason) => {
        scene.serviceStage.fault = reason;
        expect(await press("cancel")).toEqual({ kind: "failed", reason });
        scene.serviceStage.fault = undefined;
        await scene.store.closeCircuit();
        await ticks(1);
        expect(replies()).toHaveLength(1);
        expect(await press("cancel", ben)).toEqual({ kind: "done", action: "cancel" });
      },
    );

    test("whose answer was lost is told as that, and can be tried again", async () => {
      scene.serviceStage.losesNext = "call";
      expect(await press("cancel")).toEqual({ kind: "noAnswer", action: "cancel" });
      await ticks(1);
      expect(replies().at(-1)).toBe(`2: ${ann} cancel unknown`);
      expect(await press("cancel", ben)).toEqual({ kind: "done", action: "cancel" });
      await ticks(2);
      expect(replies().slice(1)).toEqual([
        `2: ${ann} cancel unknown`,
        `3: ${ben} cancel done`,
        "4: Init Cancel",
      ]);
    });

    test("whose process dies is told after a minute, and is under way until then", async () => {
      const dies = new Error("The process dies");
      scene.serviceStage.cancelBuild = () => Promise.reject(dies);
      await expect(press("cancel")).rejects.toBe(dies);
      expect(await press("cancel", ben)).toMatchObject({ refusal: { kind: "underWay", by: ann } });
      await scene.tick();
      scene.clock.advance(minute);
      await ticks(1);
      expect(replies().at(-1)).toBe(`2: ${ann} cancel unknown`);
    });
  });

  describe("Build again", () => {
    beforeEach(fail);
    const told = () => replies().filter((says) => says.includes("start"));
    const changes = () => scene.serviceStage.changes;

    test("works as long as the build is stored, and keeps it until all is told", async () => {
      scene.clock.advance(29 * 24 * 60 * minute);
      await press("start");
      scene.clock.advance(2 * 24 * 60 * minute);
      await ticks(1);
      expect(told()).toEqual([`4: ${ann} start done`]);
    });

    test("leaves the new build to the channel's subscription", async () => {
      await scene.subscribe("j1", { notify: "failures" });
      await ticks();
      await press("start");
      await ticks();
      expect((await scene.load("j1-0")).registration).toMatchObject({ jobId: "j1", notify: "failures" });
      expect(told()).toHaveLength(1);
    });

    test("shows the new build also if the subscription is to some branches", async () => {
      const details = { jobId: "j1", jobName: "shop", branch: "feature/x" };
      scene.serviceStage.set("b2", "Build:Failed", details);
      await scene.register("b2");
      await scene.subscribe("j1", { branches: ["main"] });
      await ticks();
      registrationId = (await scene.load("b2")).registration.id;
      const call = { action: "start" as const, buildId: "b2", channel: "C1", registrationId, userId: ann };
      await act(call, {
        ...scene,
        serviceStage: () => scene.serviceStage,
        newId: randomUUID,
        allowed: actions,
      });
      expect((await scene.load("j1-0")).registration).not.toHaveProperty("jobId");
    });

    test("whose answer was lost is not repeated if a new build began", async () => {
      scene.serviceStage.losesNext = "answer";
      expect(await press("start")).toEqual({ kind: "started", buildId: "j1-0" });
      await ticks();
      expect(changes()).toEqual(["start j1"]);
      expect(told()).toEqual([`4: ${ann} start done`]);
      expect(await scene.load("j1-0")).toBeDefined();
    });

    test("whose answer was lost is repeated only by a click, and only if no new build is there", async () => {
      scene.serviceStage.losesNext = "call";
      expect(await press("start")).toEqual({ kind: "noAnswer", action: "start" });
      await ticks();
      expect(changes()).toEqual([]);
      expect(await press("start", ben)).toEqual({ kind: "started", buildId: "j1-0" });
      await ticks();
      expect(told()).toEqual([`4: ${ann} start unknown`, `5: ${ben} start done`]);
    });

    test("whose build is listed late is not repeated by the next click, which shows the build", async () => {
      scene.serviceStage.losesNext = "answer";
      scene.serviceStage.failsFor = (path) => changes().length > 0 && path.startsWith("jobs/");
      expect(await press("start")).toEqual({ kind: "noAnswer", action: "start" });
      scene.serviceStage.failsFor = () => false;
      await ticks();
      expect(await press("start", ben)).toEqual({ kind: "begun", buildId: "j1-0" });
      expect(changes()).toEqual(["start j1"]);
      expect(await scene.load("j1-0")).toBeDefined();
    });

    test("whose process dies after the start is found by the next click", async () => {
      const dies = new Error("The process dies");
      const register = () => Promise.reject(dies);
      await expect(press("start", ann, { store: { ...scene.store, register } })).rejects.toBe(dies);
      expect(await press("start", ben)).toMatchObject({ refusal: { kind: "underWay", by: ann } });
      scene.clock.advance(minute);
      await ticks();
      expect(await press("start", ben)).toEqual({ kind: "begun", buildId: "j1-0" });
      await ticks();
      expect(changes()).toEqual(["start j1"]);
      expect(told()).toEqual([`4: ${ann} start unknown`, `5: ${ben} start begun`]);
    });

    describe("whose answer was lost, looks at the next click for a build that began since,", () => {
      const minutes = (count: number) => scene.clock.now() + count * minute;
      const failed = (count: number) =>
        Array.from({ length: count }, (_each, index) => ({ buildId: `old${index}`, state: "Failed" }));
      const list = (builds: { buildId: string; state: string }[], lastBuildId?: string) =>
        scene.serviceStage.setJob({
          jobId: "j1",
          jobName: "shop",
          builds,
          ...(lastBuildId !== undefined && { lastBuildId }),
        });
      const details = (buildId: string, startedAt: number) =>
        scene.serviceStage.set(buildId, "Build:Building", { jobId: "j1", jobName: "shop", startedAt });
      const lose = async () => {
        scene.serviceStage.losesNext = "call";
        expect(await press("start")).toEqual({ kind: "noAnswer", action: "start" });
        await ticks(1);
      };
      const running = { buildId: "new", state: "Building" };

      test.each([
        ["the first of many pages", () => list([running, ...failed(250)])],
        ["the last of many pages", () => list([...failed(250), running])],
        ["the first of one page", () => list([running, ...failed(90)])],
        ["the last of one page", () => list([...failed(90), running])],
        [
          "the last of a list without pages",
          () => ((scene.serviceStage.hasPages = false), list([...failed(90), running])),
        ],
        ["only as the job's newest build", () => list(failed(90), "new")],
      ])("which is %s", async (_where, listed) => {
        list(failed(90));
        await lose();
        listed();
        details("new", minutes(1));
        expect(await press("start", ben)).toEqual({ kind: "begun", buildId: "new" });
        await ticks();
        expect(changes()).toEqual([]);
        expect(told()).toEqual([`4: ${ann} start unknown`, `5: ${ben} start begun`]);
        expect(await press("start")).toMatchObject({ refusal: { kind: "alreadyDone", by: ben } });
      });

      test("whose details can't be read yet", async () => {
        await lose();
        list([running]);
        expect(await press("start", ben)).toEqual({ kind: "begun", buildId: "new" });
      });

      test.each([
        ["began before", () => details("new", minutes(-5))],
        ["began long after, for another reason", () => details("new", minutes(20))],
      ])("but none that %s", async (_what, prepare) => {
        await lose();
        list([running]);
        prepare();
        expect(await press("start", ben)).toEqual({ kind: "started", buildId: "j1-0" });
        expect(changes()).toEqual(["start j1"]);
      });

      test("and does not take builds of a whole week for it", async () => {
        await lose();
        scene.clock.advance(7 * 24 * 60 * minute);
        const week = Array.from({ length: 60 }, (_each, index) => ({
          buildId: `push${index}`,
          state: "Successful",
        }));
        list(week, "push0");
        for (const { buildId } of week) details(buildId, minutes(-60));
        expect(await press("start", ben)).toEqual({ kind: "started", buildId: "j1-0" });
        expect(await scene.load("push0")).toBeUndefined();
      });

      test("and starts nothing if that can't be found out", async () => {
        await lose();
        scene.serviceStage.failsFor = (path) => path.startsWith("jobs/");
        expect(await press("start", ben)).toEqual({ kind: "failed", reason: "unavailable" });
        expect(changes()).toEqual([]);
        scene.serviceStage.failsFor = () => false;
        expect(await press("start", ben)).toMatchObject({ kind: "started" });
      });
    });

    test("waits until the thread says who pressed before", async () => {
      scene.serviceStage.losesNext = "call";
      await press("start");
      expect(await press("start", ben)).toMatchObject({ refusal: { kind: "underWay", by: ann } });
      await ticks(1);
      expect(await press("start", ben)).toMatchObject({ kind: "started" });
      await ticks();
      expect(told()).toEqual([`4: ${ann} start unknown`, `5: ${ben} start done`]);
    });

    test("in two channels is done once", async () => {
      await scene.register("b1", { channel: "C2" });
      await ticks();
      const other = (await scene.store.loadBuild("b1", "C2"))!;
      const elsewhere = () =>
        act(
          {
            action: "start",
            buildId: "b1",
            channel: "C2",
            registrationId: other.registration.id,
            userId: ben,
          },
          {
            ...scene,
            serviceStage: () => scene.serviceStage,
            newId: randomUUID,
            allowed: actions,
            log: silentLog,
          },
        );
      expect(await press("start")).toMatchObject({ kind: "started" });
      expect(await elsewhere()).toMatchObject({ refusal: { kind: "alreadyDone", by: ann } });
      expect(changes()).toEqual(["start j1"]);
    });
  });

  describe("of which a write's answer is lost", () => {
    const lossy = (): Partial<ActParts> => {
      const real = scene.store;
      let lost = 0;
      const store = {
        ...real,
        requestAction: async (...call: Parameters<typeof real.requestAction>) => {
          const saved = await real.requestAction(...call);
          if (lost++ === 0) throw new Error("no answer of DynamoDB");
          return saved;
        },
      };
      return { store };
    };
    test.each(["mute", "stop", "cancel"] as const)("is done once, and answered so: %s", async (action) => {
      expect(await press(action, ann, lossy())).toEqual({ kind: "done", action });
      await ticks();
      expect(replies().filter((says) => says.includes(action))).toEqual([`2: ${ann} ${action} done`]);
    });
  });

  test("of which ServiceStage's answer can't be stored is answered as it is, and told as one without an answer", async () => {
    const real = scene.store;
    const store: ActParts["store"] = {
      ...real,
      requestAction: (build, action, request) =>
        request?.result
          ? Promise.reject(new Error("DynamoDB is down"))
          : real.requestAction(build, action, request),
    };
    expect(await press("cancel", ann, { store })).toEqual({ kind: "done", action: "cancel" });
    scene.clock.advance(minute);
    await ticks();
    expect(replies()).toContain(`2: ${ann} cancel unknown`);
  });

  describe("is refused, and changes nothing,", () => {
    const over = { kind: "over" };
    test.each<[string, Action, object, () => Promise<unknown>]>([
      ["to mute a build that is over", "mute", over, () => fail()],
      ["to stop a build that is over", "stop", over, () => fail()],
      ["to cancel a build that is over", "cancel", over, () => fail()],
      ["to mute a build that is being stopped", "mute", { kind: "stopping" }, () => press("stop")],
      ["to cancel a build that is being stopped", "cancel", { kind: "stopping" }, () => press("stop")],
      ["to start a build that runs", "start", { kind: "running" }, async () => {}],
      [
        "to start a build that was stopped",
        "start",
        over,
        async () => ticks(await press("stop").then(() => 2)),
      ],
    ])("%s", async (_what, action, refusal, before) => {
      await before();
      const stored = await scene.load("b1");
      expect(await press(action)).toEqual({ kind: "refused", action, refusal });
      expect(await scene.load("b1")).toEqual(stored);
      expect(scene.serviceStage.changes).toEqual([]);
    });

    test("if the operator does not allow it", async () => {
      for (const action of ["cancel", "start"] as const)
        expect(await press(action, ann, { allowed: ["mute", "stop"] })).toEqual({ kind: "notAllowed" });
      expect(await scene.load("b1")).not.toHaveProperty("actions");
    });

    test("on the card of an earlier registration", async () => {
      await press("stop");
      await ticks();
      await register({ ...scene, newId: randomUUID }, "b1", { channel: "C1", mention: [], thread: true });
      expect(await press("mute")).toEqual({ kind: "unknownBuild" });
    });

    test("on the card of a build that is no longer stored", async () => {
      await fail();
      scene.clock.advance(31 * 24 * 60 * minute);
      for (const action of actions) expect(await press(action)).toEqual({ kind: "unknownBuild" });
    });
  });
});

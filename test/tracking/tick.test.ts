import { describe, expect, test } from "@jest/globals";
import { tick } from "../../lambda/tracking/tick.ts";
import { pollIntervals } from "../../lambda/names.ts";
import { MemoryServiceStage } from "../../testing/memory-servicestage.ts";
import { registerBuild } from "../../lambda/domain/build.ts";
import type { Feed } from "../../lambda/domain/feed.ts";
import { subscribe } from "../../lambda/domain/subscription.ts";
import { createScene, hour, minute } from "./scene.ts";

const all = (state: string) =>
  ["Init", "Download", "PreProcess", "Build", "Artifact", "PostProcess"]
    .map((name) => `${name}:${state}`)
    .join(" ");

describe("a build that goes from its registration to its end", () => {
  test("is told phase by phase, under one card that shows how it ended", async () => {
    const scene = createScene();
    await scene.register("b1");
    for (const phases of [
      "",
      "Init:Building",
      "Init:Successful Download:Building",
      "Init:Successful Download:Failed",
    ]) {
      scene.serviceStage.set("b1", phases);
      await scene.pass();
    }
    expect(scene.said()).toEqual([
      "card 1: Init Successful, Download Failed (failed)",
      "1: Init Building",
      "2: Init Successful",
      "3: Download Building",
      "4: Download Failed",
    ]);
    const replies = scene.slack.messages.slice(1);
    expect(new Set(replies.map(({ thread }) => thread))).toEqual(new Set([scene.slack.messages[0]!.ts]));
  });

  test("costs one request and no write while nothing moves", async () => {
    const scene = createScene();
    await scene.register("b1");
    scene.serviceStage.set("b1", "Init:Building");
    await scene.pass();
    scene.serviceStage.requests.length = scene.writes.length = scene.slack.calls = 0;

    await scene.pass();
    expect(scene.serviceStage.requests).toEqual(["b1/phases"]);
    expect(scene.writes).toEqual([]);
    expect(scene.slack.calls).toBe(0);
  });

  test("costs three writes for the card's posting, and two for each later change", async () => {
    const scene = createScene();
    await scene.register("b1");
    scene.serviceStage.set("b1", "Init:Building");
    await scene.pass();
    expect(scene.writes).toEqual(["lease", "delivery", "delivery"]);
    scene.writes.length = 0;
    scene.serviceStage.set("b1", "Init:Successful Download:Building");
    await scene.pass();
    expect(scene.writes).toEqual(["lease", "delivery"]);
  });

  test("leaves the index when all is told, and expires later", async () => {
    const scene = createScene();
    await scene.register("b1");
    scene.serviceStage.set("b1", all("Successful"));
    expect(await scene.pass()).toMatchObject({ builds: 1, delivered: 1 });
    expect(await scene.pass()).toMatchObject({ builds: 0 });
    expect((await scene.load("b1")).expiresAt).toBeGreaterThan(scene.clock.now());
  });

  test("with thread: false its transitions go into the channel itself", async () => {
    const scene = createScene();
    await scene.register("b1", { thread: false });
    scene.serviceStage.set("b1", "Init:Building");
    await scene.pass();
    expect(scene.slack.messages.map(({ thread }) => thread)).toEqual([undefined, undefined]);
  });
});

describe("a tick", () => {
  test("makes a pass every poll interval while a build is moving, and leaves the last seconds to the next", async () => {
    const scene = createScene();
    await scene.register("b1");
    scene.serviceStage.set("b1", "Init:Building");
    const loadActive: typeof scene.store.loadActive = async function* (...args) {
      await scene.clock.sleep(50);
      yield* scene.store.loadActive(...args);
    };
    const report = await scene.tick({ store: { ...scene.store, loadActive } });
    expect(report).toMatchObject({ passes: 4, polled: 4, changed: 1 });
  });

  describe.each([
    ["on the minute", 0],
    ["37 s late, every one of them", 37_000],
  ])("that begins %s", (_sentence, lateMillis) => {
    test.each(pollIntervals.map((seconds) => [seconds]))(
      "goes on at the interval of the tick before: %i s over five ticks",
      async (seconds) => {
        const scene = createScene();
        await scene.register("b1");
        scene.serviceStage.set("b1", "Init:Building");
        await scene.pass();
        scene.clock.advance(minute + lateMillis);
        const began = scene.clock.now();
        const polls: number[] = [];
        const serviceStage = new MemoryServiceStage({
          phasesOf: () => {
            polls.push((scene.clock.now() - began) / 1_000);
            return [{ id: "0", name: "Init", state: "Building" }];
          },
        });
        for (let ticks = 0; ticks < 5; ticks++) {
          const report = await scene.tick({ serviceStage, pollIntervalMillis: seconds * 1_000 });
          expect(report).toMatchObject({ passes: 60 / seconds, polled: 60 / seconds, pollDelaySeconds: 0 });
        }
        expect(polls).toEqual(Array.from({ length: 300 / seconds }, (_, index) => index * seconds));
      },
    );
  });

  test("makes one pass when no build is moving", async () => {
    const scene = createScene();
    await scene.register("b1");
    scene.serviceStage.set("b1", "Init:NotStarted");
    await scene.pass();
    scene.clock.advance(hour);
    expect(await scene.tick()).toMatchObject({ passes: 1 });
  });

  test("that is invoked late still has its full time", async () => {
    const scene = createScene();
    await scene.register("b1");
    scene.serviceStage.set("b1", "Init:Building");
    const now = scene.clock.now();
    const late = { shard: 0, shards: 1, scheduledTime: now - 59_000, processEnd: now + 75_000 };
    expect(await tick(late, scene.options, 16)).toMatchObject({ passes: 4 });
  });

  test("looks at nothing and sends nothing that the process's end could cut off", async () => {
    const scene = createScene();
    await scene.register("b1");
    scene.serviceStage.set("b1", "Init:Building");
    await tick(
      { shard: 0, shards: 1, scheduledTime: scene.clock.now(), processEnd: scene.clock.now() + 10_000 },
      scene.options,
      16,
    );
    expect(scene.serviceStage.requests).toEqual([]);
    expect(scene.slack.calls).toBe(0);
  });

  test("begins with one request alone, then goes on with many at once, never more than 32", async () => {
    const scene = createScene();
    for (let index = 0; index < 100; index++) {
      await scene.register(`b${index}`);
      scene.serviceStage.set(`b${index}`, "Init:Building");
    }
    await scene.pass();
    expect(scene.serviceStage.mostAtOnce).toBe(32);
    expect(scene.serviceStage.endedBefore.slice(0, 2)).toEqual([0, 1]);
  });

  test("that runs twice at the same time tells everything once", async () => {
    const scene = createScene();
    for (const buildId of ["b1", "b2", "b3"]) {
      await scene.register(buildId, { channel: buildId.replace("b", "C") });
      scene.serviceStage.set(buildId, "Init:Successful Build:Building");
    }
    await Promise.all([scene.pass(), scene.pass(), scene.pass()]);
    for (const channel of ["C1", "C2", "C3"]) {
      expect(scene.said(channel)).toEqual(
        ["card 1: Init Successful, Build Building", "1: caught up Init Successful, Build Building"].map(
          (text) => text.replace("1: caught", "1: caught"),
        ),
      );
    }
  });

  test.each<[string, delaysMinutes: number[]]>([
    ["twice at once", [0, 0]],
    ["an hour late", [60]],
    ["twice at once, and again an hour late", [0, 0, 60]],
  ])("whose event comes %s tells everything once", async (_sentence, delaysMinutes) => {
    const scene = createScene();
    await scene.register("b1");
    scene.serviceStage.set("b1", "Init:Successful Build:Building");
    const scheduledTime = scene.clock.now();
    const deliverEvent = (delayMinutes: number) => {
      scene.clock.advance(delayMinutes * minute);
      const processEnd = scene.clock.now() + 75_000;
      return tick({ shard: 0, shards: 1, scheduledTime, processEnd }, scene.options, 16);
    };
    const [late, atOnce] = [delaysMinutes.filter(Boolean), delaysMinutes.filter((delay) => !delay)];
    await Promise.all(atOnce.map(deliverEvent));
    for (const delay of late) await deliverEvent(delay);
    expect(scene.said()).toEqual([
      "card 1: Init Successful, Build Building",
      "1: caught up Init Successful, Build Building",
    ]);
  });

  test("logs each transition in a line of its own, once it is recorded", async () => {
    const scene = createScene();
    await scene.register("b1");
    scene.serviceStage.set("b1", "Init:Building", { startedAt: scene.clock.now() });
    await scene.pass();
    scene.clock.advance(7_000);
    scene.serviceStage.set("b1", "Init:Successful Build:Queuing");
    await Promise.all([scene.pass(), scene.pass(), scene.pass()]);
    await scene.pass();
    const lines = scene.log.lines.filter(({ message }) => message === "Transition");
    expect(lines.map(({ fields }) => fields)).toEqual([
      { buildId: "b1", phase: "Init", from: "NotStarted", to: "Building", at: "2026-01-05T10:00:00.000Z" },
      {
        buildId: "b1",
        phase: "Init",
        from: "Building",
        to: "Successful",
        at: "2026-01-05T10:00:07.000Z",
        durationMillis: 7_000,
      },
      { buildId: "b1", phase: "Build", from: "NotStarted", to: "Queuing", at: "2026-01-05T10:00:07.000Z" },
    ]);
  });

  test("logs an item that can't be understood once, however many passes find it", async () => {
    const scene = createScene();
    await scene.register("b1");
    scene.serviceStage.set("b1", "Init:Building");
    const loadActive: typeof scene.store.loadActive = async function* (...args) {
      yield new Error("The stored item odd can't be understood.");
      yield* scene.store.loadActive(...args);
    };
    await scene.tick({ store: { ...scene.store, loadActive } });
    expect(scene.log.lines.filter(({ level }) => level === "error")).toEqual([
      { level: "error", message: "The stored item odd can't be understood.", fields: {} },
    ]);
    expect(scene.said()).toEqual(["card 1: Init Building", "1: caught up Init Building"]);
  });

  test("goes on with the other builds when one can't be handled", async () => {
    const scene = createScene();
    for (const buildId of ["b1", "b2"]) {
      await scene.register(buildId);
      scene.serviceStage.set(buildId, "Init:Building");
    }
    const save: typeof scene.store.save = async (before, feed, writer) => {
      if (feed.kind === "build" && feed.buildId === "b1") throw new Error("throttled");
      return scene.store.save(before, feed, writer);
    };
    const report = await scene.tick({ store: { ...scene.store, save } });
    expect(report.errors).toBeGreaterThan(0);
    expect(scene.log.lines).toContainEqual(
      expect.objectContaining({ level: "error", fields: expect.objectContaining({ feed: "build b1" }) }),
    );
    expect(scene.said()).toEqual(["card 1: Init Building", "1: caught up Init Building"]);
  });
});

describe("a tick whose reading breaks off", () => {
  test("goes on with the other feeds, whatever one of them holds", async () => {
    const scene = createScene();
    await scene.register("b1");
    scene.serviceStage.set("b1", "Init:Building");
    const settings = { channel: "C1", mention: [], thread: true };
    const build = registerBuild("poisoned", "r1", settings, scene.clock.now());
    const job = { ...subscribe("j1", "shop", "s1", settings, scene.clock.now()), version: 1 };
    const poisoned = [
      { ...build, delivery: { ...build.delivery, outbox: [null] } },
      { ...build, delivery: undefined },
      { ...job, trouble: null },
      { ...job, delivery: { ...job.delivery, outbox: null } },
    ] as unknown as Feed[];
    const loadActive: typeof scene.store.loadActive = async function* (...args) {
      yield* poisoned;
      yield* scene.store.loadActive(...args);
    };
    const report = await scene.pass({ store: { ...scene.store, loadActive } });
    expect(report).toMatchObject({ errors: poisoned.length, polled: 1 });
    expect(scene.said()).toEqual(["card 1: Init Building", "1: caught up Init Building"]);
  });

  test("finishes what it began, then fails", async () => {
    const scene = createScene();
    for (const buildId of ["b1", "b2"]) {
      await scene.register(buildId);
      scene.serviceStage.set(buildId, "Init:Building");
    }
    const loadActive: typeof scene.store.loadActive = async function* (...args) {
      let left = 1;
      for await (const feed of scene.store.loadActive(...args)) {
        if (left-- <= 0) throw new Error("ProvisionedThroughputExceeded");
        yield feed;
      }
    };
    await expect(scene.tick({ store: { ...scene.store, loadActive } })).rejects.toThrow("Provisioned");
    expect(scene.said()).toEqual(["card 1: Init Building", "1: caught up Init Building"]);
    expect((await scene.load("b1")).delivery.lease).toBeUndefined();
  });
});

describe("a build that a user stops", () => {
  test("is told what is pending, its card says so, and it is polled no more", async () => {
    const scene = createScene();
    await scene.register("b1");
    scene.serviceStage.set("b1", "Init:Building");
    scene.slack.failNext({ answer: { kind: "later", retryAfterMillis: 0, reason: "ratelimited" } });
    await scene.pass();
    await scene.store.requestStop("b1", "C1", scene.clock.now());
    scene.serviceStage.requests.length = 0;
    await scene.tick();
    expect(scene.said()).toEqual(["card 1: Init Building (stopped)", "1: caught up Init Building"]);
    expect(scene.serviceStage.requests).toEqual([]);
    expect((await scene.load("b1")).status).toBe("stopped");
  });

  test("before it was ever looked at, it gets a card that says so", async () => {
    const scene = createScene();
    await scene.register("b1");
    await scene.store.requestStop("b1", "C1", scene.clock.now());
    await scene.tick();
    expect(scene.said()).toEqual(["card 1:  (stopped)"]);
  });
});

test("a build with five hundred pending messages is polled again when some of them are sent: an item has its limit", async () => {
  const scene = createScene();
  await scene.register("b1");
  scene.serviceStage.set("b1", "Init:Building");
  scene.slack.failNext({ answer: { kind: "destination", reason: "is_archived" } }, { times: 10_000 });
  for (let passes = 0; passes < 300; passes++) {
    scene.serviceStage.set("b1", passes % 2 ? "Init:Queuing Build:Queuing" : "Init:Building Build:Building");
    await scene.pass();
    scene.clock.advance(15_000);
  }
  const { outbox } = (await scene.load("b1")).delivery;
  expect(outbox.length).toBeGreaterThanOrEqual(500);
  expect(outbox.length).toBeLessThan(510);
});

test("past the minute's edits, cards wait; what failed or ended goes first", async () => {
  const scene = createScene();
  for (let index = 0; index < 60; index++) await scene.register(`b${index}`, { channel: `C${index}` });
  const set = (phases: string) => {
    for (let index = 0; index < 60; index++) scene.serviceStage.set(`b${index}`, phases);
  };
  set("Init:Building");
  await scene.pass();
  set("Init:Successful Build:Building");
  scene.serviceStage.set("b59", "Init:Failed");
  await scene.pass();
  const edited = scene.slack.messages.filter(
    ({ says }) => says.startsWith("card") && !says.endsWith("Init Building"),
  );
  expect(edited).toHaveLength(31);
  expect(scene.said("C59")[0]).toBe("card 1: Init Failed (failed)");

  scene.clock.advance(minute);
  for (let minutes = 0; minutes < 2; minutes++) await scene.tick();
  expect(scene.said("C58")[0]).toBe("card 1: Init Successful, Build Building");
});

import { describe, expect, test } from "@jest/globals";
import { createPace, type Pace } from "../../lambda/tracking/pace.ts";
import type { SlackAnswer } from "../../lambda/tracking/ports.ts";
import { createScene, hour, minute } from "./scene.ts";

/** What happens in a channel with more pending than it takes: one message a second. */

const second = 1_000;
const start = 1_000_000;
const phases = ["Init", "Download", "PreProcess", "Build", "Artifact", "PostProcess"];

/** Each of the first `steps` phases after the other; the one after them runs. */
const progress = (steps: number): string =>
  phases
    .slice(0, steps + 1)
    .map((name, index) => `${name}:${index < steps ? "Successful" : "Building"}`)
    .join(" ");

describe("a channel's pace is shared", () => {
  const asking = (name: string, posts: number, urgent = false) => ({ channel: "C1", name, posts, urgent });
  type Asking = ReturnType<typeof asking>;

  /** How many posts each is given in a pass in which the channel takes six. */
  function passOf(pace: Pace, now: number, claimants: Asking[], announced = claimants): number[] {
    pace.beginPass();
    for (const each of announced) pace.announce(each);
    return claimants.map((each) => pace.reserve(each, now, now + 2 * second).length);
  }

  test.each<[string, Asking[], number[]]>([
    ["one alone has all of it", [asking("a", 9)], [6]],
    ["three have the same", [asking("a", 9), asking("b", 9), asking("c", 9)], [2, 2, 2]],
    [
      "who has less pending leaves the rest to the others",
      [asking("a", 9), asking("b", 1), asking("c", 9)],
      [3, 1, 2],
    ],
    ["failures and ends come first", [asking("a", 9), asking("b", 9), asking("c", 5, true)], [1, 0, 5]],
    ["urgent ones have the same", [asking("a", 9, true), asking("b", 9), asking("c", 9, true)], [3, 0, 3]],
  ])("%s", (_sentence, claimants, given) => {
    expect(passOf(createPace(), start, claimants)).toEqual(given);
  });

  test("among more feeds than it takes posts, who had none comes first the next time", () => {
    const pace = createPace();
    const claimants = Array.from({ length: 9 }, (_, index) => asking(`b${index}`, 3));
    expect(passOf(pace, start, claimants)).toEqual([1, 1, 1, 1, 1, 1, 0, 0, 0]);
    expect(passOf(pace, start + 10 * second, claimants)).toEqual([1, 1, 1, 0, 0, 0, 1, 1, 1]);
    expect(passOf(pace, start + 20 * second, claimants)).toEqual([0, 0, 0, 1, 1, 1, 1, 1, 1]);
  });

  test("who is not heard of before the others ask has its share by what it pending in the last pass", () => {
    const pace = createPace();
    const claimants = [asking("a", 9), asking("b", 9)];
    expect(passOf(pace, start, claimants, [])).toEqual([6, 0]);
    expect(passOf(pace, start + 10 * second, claimants, [])).toEqual([3, 3]);
  });

  test("who is gone is waited for in one pass, and no more", () => {
    const pace = createPace();
    passOf(pace, start, [asking("a", 9), asking("b", 9)]);
    const given = [1, 2].map((passes) => passOf(pace, start + passes * 10 * second, [asking("a", 9)]));
    expect(given).toEqual([[3], [6]]);
  });
});

describe("builds of one channel", () => {
  test("progress alike, and each is told in order", async () => {
    const scene = createScene();
    const builds = ["b1", "b2", "b3"];
    for (const buildId of builds) await scene.register(buildId, { thread: true });
    const told = (buildId: string) =>
      scene.slack.messages.filter(({ key }) => key.startsWith(ids.get(buildId)!));
    for (const buildId of builds) scene.serviceStage.set(buildId, progress(0));
    await scene.tick();
    const ids = new Map<string, string>();
    for (const buildId of builds) ids.set(buildId, (await scene.load(buildId)).registration.id);
    // An hour in which the channel refused: each has a lot pending.
    scene.slack.failNext({ answer: { kind: "destination", reason: "is_archived" } }, { times: 1_000 });
    for (let step = 0; step < 60; step++) {
      for (const buildId of builds) scene.serviceStage.set(buildId, progress(step % 6));
      await scene.pass();
      scene.clock.advance(minute);
    }
    scene.slack.faults.length = 0;
    scene.clock.advance(10 * minute);
    for (let minutes = 0; minutes < 3; minutes++) {
      await scene.tick();
      const counts = builds.map((buildId) => told(buildId).length);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(5);
    }
    for (let minutes = 0; minutes < 12; minutes++) await scene.tick();
    for (const buildId of builds) {
      expect((await scene.load(buildId)).delivery.outbox).toEqual([]);
      const numbers = told(buildId)
        .slice(1)
        .map(({ says }) => Number.parseInt(says));
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    }
  });

  test.each(["Failed", "Timeout"])(
    "come before those that go on once a phase of theirs ends as %s",
    async (state) => {
      const scene = createScene();
      const builds = Array.from({ length: 30 }, (_, index) => `b${index}`);
      for (const buildId of builds) {
        await scene.register(buildId);
        scene.serviceStage.set(buildId, progress(0));
      }
      await scene.tick();
      for (const buildId of builds) scene.serviceStage.set(buildId, progress(5));
      await scene.tick();
      scene.serviceStage.set("b29", `Init:${state}`);
      await scene.tick();
      expect((await scene.load("b29")).status).toBe("tracking");
      expect((await scene.load("b29")).delivery.outbox).toEqual([]);
      expect((await scene.load("b28")).delivery.outbox).not.toEqual([]);
    },
  );
});

describe("how long messages are pending, as the alarm reads it", () => {
  const refusals: Record<string, SlackAnswer> = {
    "asks for a pause again and again": { kind: "later", retryAfterMillis: 20_000, reason: "ratelimited" },
    refuses: { kind: "destination", reason: "is_archived" },
    "refuses the token": { kind: "unauthorized", reason: "invalid_auth" },
    "gives no answer": { kind: "unknown", reason: "timeout" },
  };
  const begin = (scene: ReturnType<typeof createScene>, count: number, channel = "C1") =>
    Promise.all(
      Array.from({ length: count }, async (_, index) => {
        await scene.register(`${channel}-${index}`, { channel });
        scene.serviceStage.set(`${channel}-${index}`, progress(5));
      }),
    );

  test.each([20, 40])("%i builds that go on at once in a channel only wait for its pace", async (count) => {
    const scene = createScene();
    await begin(scene, count);
    await scene.tick();
    for (let index = 0; index < count; index++) scene.serviceStage.set(`C1-${index}`, progress(0));
    const ages: number[] = [];
    for (let minutes = 0; minutes < 8; minutes++) ages.push((await scene.tick()).oldestPendingSeconds);
    expect(ages).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });

  test.each(Object.keys(refusals))("a channel that %s is seen", async (kind) => {
    const scene = createScene();
    scene.slack.failNext({ answer: refusals[kind]! }, { channel: "C1", times: 10_000 });
    await begin(scene, 1);
    const ages: number[] = [];
    for (let minutes = 0; minutes < 7; minutes++) ages.push((await scene.tick()).oldestPendingSeconds);
    expect(ages.at(-1)).toBeGreaterThanOrEqual(300);
  });

  test("a build that is not told though its channel takes all others is seen within an hour", async () => {
    const scene = createScene();
    await begin(scene, 2);
    const save: typeof scene.store.save = async (before, feed, writer) =>
      feed.kind === "build" && feed.buildId === "C1-1" && feed.delivery.lease
        ? undefined
        : scene.store.save(before, feed, writer);
    // Its first message is recorded, and never leased.
    scene.options.pace.pause("C1", scene.clock.now() + 10 * minute, "429");
    await scene.tick();
    scene.clock.advance(10 * minute);
    const ages: number[] = [];
    for (let minutes = 0; minutes < 65; minutes++) {
      scene.serviceStage.set("C1-0", progress(minutes % 6));
      ages.push((await scene.tick({ store: { ...scene.store, save } })).oldestPendingSeconds);
    }
    expect(ages[5]).toBe(0);
    expect(ages.at(-1)! * second).toBeGreaterThanOrEqual(hour);
  });
});

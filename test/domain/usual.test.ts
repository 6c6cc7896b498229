import { describe, expect, test } from "@jest/globals";
import { observe, registerBuild, type Build } from "../../lambda/domain/build.ts";
import type { JobBuild } from "../../lambda/domain/job.ts";
import { slowMessage, usualOf, type Usual } from "../../lambda/domain/usual.ts";

const minute = 60_000;

const build = (seconds: number, state = "Successful", buildId = `b${seconds}`): JobBuild => ({
  buildId,
  state,
  durationMillis: seconds * 1_000,
});
const three = [build(30), build(10), build(11)];

describe("the usual duration of a job", () => {
  test.each<[string, JobBuild[], number, number]>([
    ["is the middle duration of an odd number of builds", three, 11, 3],
    ["is between the two middle durations of an even number", [...three, build(20)], 15.5, 4],
    ["does not count the build itself", [...three, build(99, "Successful", "own")], 11, 3],
    ["does not count builds that did not succeed", [...three, build(1, "Failed"), build(2, "Cancel")], 11, 3],
    ["does not count builds without a duration", [...three, { buildId: "b2", state: "Successful" }], 11, 3],
    [
      "does not count absurd durations",
      [...three, build(0), build(-5), build(1e9), build(Number.NaN)],
      11,
      3,
    ],
  ])("%s", (_, builds, seconds, count) => {
    expect(usualOf(builds, "own")).toEqual({ medianMillis: seconds * 1_000, builds: count });
  });

  test.each<[string, JobBuild[]]>([
    ["without builds", []],
    ["with one build", [build(10)]],
    ["with two builds", [build(10), build(20)]],
    ["if all builds failed", [build(1, "Failed"), build(2, "Failed"), build(3, "Timeout")]],
    ["if two of three durations are absurd", [build(10), build(0), build(1e9)]],
  ])("is unknown %s", (_, builds) => {
    expect(usualOf(builds, "own")).toBeUndefined();
  });
});

describe("a build takes longer than usual", () => {
  const running = (medianMinutes: number, more: Partial<Build> = {}): Build => ({
    ...registerBuild("b1", "r1", { channel: "C1", mention: [], thread: true }, 0),
    details: { startedAt: 0 },
    usual: { medianMillis: medianMinutes * minute, builds: 3 },
    ...more,
  });

  test.each<[string, number, number, boolean]>([
    ["not after twice the usual time", 10, 20, false],
    ["after more than twice the usual time", 10, 20.1, true],
    ["not before five minutes more, however short it usually is", 0.5, 5.4, false],
    ["after five minutes more", 0.5, 5.5, true],
  ])("%s", (_, median, after, isSlow) => {
    expect(slowMessage(running(median), after * minute) !== undefined).toBe(isSlow);
  });

  test.each<[string, Partial<Build>]>([
    ["the usual time is not known", { usual: undefined as unknown as Usual }],
    ["the build's start is not known", { details: {} }],
    ["the build's start is absurd", { details: { startedAt: 1e14 } }],
    ["it was told before", { slowSince: 1 }],
  ])("is not told if %s", (_, more) => {
    expect(slowMessage(running(1, more), 1_000 * minute)).toBeUndefined();
  });

  const retention = { abandonAfterMillis: 1e9, keepMillis: 1e9 };
  const poll = (known: Build, minutes: number, state = "Building") =>
    observe(known, [{ id: "1", name: "Build", state }], undefined, minutes * minute, retention);

  test("once: a poll before and a poll after change nothing", () => {
    const first = poll(running(1), 0);
    expect(poll(first, 5.9)).toBe(first);
    const slow = poll(first, 6);
    expect(slow.delivery.outbox.at(-1)).toMatchObject({ kind: "slow", startedAt: 0, medianMillis: minute });
    expect([slow.slowSince, slow.delivery.card!.revision]).toEqual([6 * minute, 2]);
    expect(poll(slow, 60)).toBe(slow);
  });

  test("after the phases of the same poll, and not of a build that ended", () => {
    const kinds = (known: Build) => known.delivery.outbox.map(({ kind }) => kind);
    expect(kinds(poll(running(1), 10))).toEqual(["caughtUp", "slow"]);
    expect(kinds(poll(poll(running(1), 0), 10, "Failed"))).toEqual(["caughtUp", "transition"]);
  });

  test("waits while the outbox has no room", () => {
    const first = poll(running(1), 0);
    const reason = "x".repeat(60_000);
    const outbox = [{ number: 9, at: 0, kind: "outOfReach" as const, since: 0, reason }];
    const full = { ...first, delivery: { ...first.delivery, outbox } };
    expect(poll(full, 10)).toBe(full);
  });
});

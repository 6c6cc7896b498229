import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import {
  durationBetween,
  durationOfBuild,
  durationOfPhase,
  type Duration,
} from "../../lambda/domain/duration.ts";
import { usualMillisOf } from "../../lambda/domain/usual.ts";
import { at, atMost, exact, phase, someBuild } from "../slack/builds.ts";

const second = 1_000;
const hour = 3_600 * second;
const [start, end] = [at - 100 * second, at];

const words = (duration: Duration): string =>
  duration.kind === "unknown" ? "unknown" : `${duration.kind} ${duration.millis / second}`;

/** A build that was observed running from 90 s before its end. */
const ended = (startedAt: number, endedAt: number, more: Parameters<typeof someBuild>[0] = {}) =>
  someBuild({
    status: "ended",
    outcome: "succeeded",
    changedAt: at,
    snapshot: [phase("Build", "Successful", { startedAt: at - 90 * second })],
    details: { startedAt, endedAt },
    lasted: exact(95),
    ...more,
  });

describe("how long a build took", () => {
  test.each<[string, ReturnType<typeof ended>, string]>([
    ["is the duration by ServiceStage's clock", ended(start, end), "exact 100"],
    ["is the observed duration, if its end is before its start", ended(end, start), "exact 95"],
    [
      "is the observed duration, if the end is in the time of another zone",
      ended(start, end + 8 * hour),
      "exact 95",
    ],
    [
      "is the observed duration, if both times are in the time of another zone",
      ended(start + 8 * hour, end + 8 * hour),
      "exact 95",
    ],
    [
      "is the observed duration, if both times are long before the observed start",
      ended(start - 8 * hour, end - 8 * hour),
      "exact 95",
    ],
    ["is the observed duration, if ServiceStage's is years", ended(start - 9_000 * hour, end), "exact 95"],
    ["is the observed duration, if both times are the same", ended(end, end), "exact 95"],
    ["is the observed duration, if its end is in the future", ended(start, end + 300 * second), "exact 95"],
    [
      "is the observed duration, if the end is before the last poll that saw it run",
      ended(start - 300 * second, end - 300 * second, {
        lasted: exact(390),
        snapshot: [phase("Build", "Successful", { startedAt: at - 390 * second })],
      }),
      "exact 390",
    ],
    [
      "is ServiceStage's duration, if its clock is ahead at both ends",
      ended(start + 60 * second, end + 60 * second, {
        snapshot: [
          phase("Build", "Successful", { startedAt: at - 90 * second, startedAfter: at - 105 * second }),
        ],
      }),
      "exact 100",
    ],
    [
      "includes the time that it waited before its first phase",
      ended(start - 200 * second, end),
      "exact 300",
    ],
    [
      "is at most the observed duration, if its end is in the future",
      ended(start, end + 20 * second, { lasted: atMost(100) }),
      "atMost 100",
    ],
    [
      "is at most the observed duration, if its end is before its start",
      ended(end, start, { lasted: atMost(95) }),
      "atMost 95",
    ],
    [
      "is unknown if neither polls nor ServiceStage give it",
      someBuild({ status: "ended", outcome: "failed" }),
      "unknown",
    ],
  ])("%s", (_sentence, build, expected) => {
    expect(words(durationOfBuild(build))).toBe(expected);
  });
});

describe("how long a phase ran", () => {
  test.each([
    ["is the observed duration", exact(90), "exact 90"],
    ["is no longer than its build", exact(120), "atMost 100"],
    ["is no longer than its build, if only a limit is known", atMost(160), "atMost 100"],
    ["is at most the observed limit, if that is less", atMost(20), "atMost 20"],
    ["is unknown if it was not observed", undefined, "unknown"],
  ])("%s", (_sentence, lasted, expected) => {
    expect(words(durationOfPhase({ ...(lasted && { lasted }) }, ended(start, end)))).toBe(expected);
  });
});

describe("what is usual for a build's job", () => {
  const usual = (medianMillis: number) => ended(start, end, { usual: { medianMillis, builds: 3 } });
  test.each<[string, ReturnType<typeof ended>, number | undefined]>([
    ["is the median", usual(80 * second), 80 * second],
    ["is not known if it was not read", ended(start, end), undefined],
    ["is not negative", usual(-20 * second), undefined],
    ["is not 0", usual(0), undefined],
    ["is a number", usual(Number.NaN), undefined],
    ["is less than years", usual(1e13), undefined],
  ])("%s", (_sentence, build, millis) => {
    expect(usualMillisOf(build)).toBe(millis);
  });
});

test("for all clocks, no duration is negative, and no phase lasts longer than its build", () => {
  const time = fc.oneof(fc.integer({ min: -1e15, max: 1e15 }), fc.constantFrom(at, start, end + 8 * hour));
  const sighting = fc.record({ at: time, after: fc.option(time, { nil: undefined }) });
  const millisOf = (duration: Duration) => (duration.kind === "unknown" ? undefined : duration.millis);
  fc.assert(
    fc.property(
      sighting,
      sighting,
      time,
      time,
      fc.nat({ max: 60_000 }),
      (first, last, from, to, interval) => {
        const between = durationBetween(first, last, interval);
        const build = ended(from, to);
        const whole = millisOf(durationOfBuild(build));
        const part = millisOf(durationOfPhase(between.kind === "unknown" ? {} : { lasted: between }, build));
        expect(Math.min(whole ?? 0, part ?? 0)).toBeGreaterThanOrEqual(0);
        expect(part ?? 0).toBeLessThanOrEqual(whole ?? Number.POSITIVE_INFINITY);
      },
    ),
  );
});

import { describe, expect, test } from "@jest/globals";
import { systemClock } from "../../lambda/runtime/clock.ts";
import type { Clock } from "../../lambda/tracking/ports.ts";
import { createTestClock } from "../../testing/clock.ts";

/** What every clock does. The order is asserted, and never how long something takes. */

describe.each<[string, () => Clock]>([
  ["the machine's clock", () => systemClock],
  ["the clock of the tests", () => createTestClock()],
])("%s", (_, create) => {
  test.each([[0], [1], [20]])("has come to the wake-up time after a sleep of %p ms", async (millis) => {
    const clock = create();
    const until = clock.now() + millis;
    await clock.sleep(millis);
    // Node counts a sleep on another clock, which may be one millisecond ahead.
    expect(clock.now()).toBeGreaterThanOrEqual(until - 1);
  });

  test("does not go back", async () => {
    const clock = create();
    const times = [clock.now()];
    for (const millis of [5, 0, 1]) {
      await clock.sleep(millis);
      times.push(clock.now());
    }
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  test("wakes sleepers in the order of their wake-up times", async () => {
    const clock = create();
    const woken: number[] = [];
    await Promise.all(
      [60, 1, 30].map(async (millis) => {
        await clock.sleep(millis);
        woken.push(millis);
      }),
    );
    expect(woken).toEqual([1, 30, 60]);
  });

  test("wakes two sleepers with the same wake-up time in the order in which they went to sleep", async () => {
    const clock = create();
    const woken: string[] = [];
    const sleepUntilWoken = async (name: string) => {
      await clock.sleep(5);
      woken.push(name);
    };
    await Promise.all([sleepUntilWoken("first"), sleepUntilWoken("second")]);
    expect(woken).toEqual(["first", "second"]);
  });

  test("wakes a sleeper at once whose time is over, and does not go back", async () => {
    const clock = create();
    const before = clock.now();
    await clock.sleep(-1_000);
    expect(clock.now()).toBeGreaterThanOrEqual(before);
  });
});

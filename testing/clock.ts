import type { Clock } from "../lambda/tracking/ports.ts";

/** A clock whose time passes only while code sleeps. The first sleeper to wake moves the clock, and no real time passes. */
export interface TestClock extends Clock {
  advance(millis: number): void;
}

export function createTestClock(start = Date.parse("2026-01-05T10:00:00Z")): TestClock {
  /** The sleepers in the order in which they wake. Of two sleepers with the same time, the earlier one wakes first. */
  const sleepers: { until: number; wake: () => void }[] = [];
  let now = start;

  /** Wakes the first sleeper, after all other code has run as far as it can. */
  function wakeFirst(): void {
    const first = sleepers.shift();
    if (!first) return;
    now = Math.max(now, first.until);
    first.wake();
  }
  return {
    now: () => now,
    sleep: (millis) =>
      new Promise((wake) => {
        const until = now + Math.max(0, millis);
        const after = sleepers.findLastIndex((sleeper) => sleeper.until <= until);
        sleepers.splice(after + 1, 0, { until, wake });
        afterTurns(10, wakeFirst);
      }),
    advance: (millis) => {
      now += millis;
    },
  };
}

function afterTurns(turns: number, then: () => void): void {
  setImmediate(() => (turns > 1 ? afterTurns(turns - 1, then) : then()));
}

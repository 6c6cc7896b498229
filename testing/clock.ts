import type { Clock } from "../lambda/tracking/ports.ts";

/** A clock on which time passes only by sleeping: whoever wakes first moves it on, without real time going by. */
export interface TestClock extends Clock {
  advance(millis: number): void;
}

export function createTestClock(start = Date.parse("2026-01-05T10:00:00Z")): TestClock {
  /** In the order in which they wake; who slept first comes first. */
  const sleepers: { until: number; wake: () => void }[] = [];
  let now = start;

  /** Once all that can go on has gone on, the one who wakes first does. */
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

import type { Clock } from "../lambda/tracking/ports.ts";

/** A clock that stands still but for its sleepers: sleeping takes no real time and moves it on. */
export interface TestClock extends Clock {
  advance(millis: number): void;
}

export function createTestClock(start = Date.parse("2026-01-05T10:00:00Z")): TestClock {
  let now = start;
  return {
    now: () => now,
    sleep: async (millis) => {
      now += Math.max(0, millis);
    },
    advance: (millis) => {
      now += millis;
    },
  };
}

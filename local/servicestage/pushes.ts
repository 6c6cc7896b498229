import { hashOf } from "./jobs.ts";

export interface PushOptions {
  /** On average. */
  everyMillis: number;
  /** The same seed gives the same pushes, at the same times after the start. */
  seed: number;
}

export interface DuePush {
  /** Epoch milliseconds. */
  at: number;
  /** From 0 to 1: which of the jobs somebody pushes to. */
  choice: number;
}

/**
 * The pushes of people, one after the other. Nothing runs in the background: who asks, learns what was due since then.
 * @returns a function that gives the push that was due at this time. Of several only the last one is given, so that a
 * machine that slept does not begin a hundred builds.
 */
export function createPushes({ everyMillis, seed }: PushOptions, startedAt: number) {
  let count = 0;
  const draw = (what: string) =>
    Number.parseInt(hashOf(`${seed} ${count} ${what}`).slice(0, 8), 16) / 2 ** 32;
  const nextAfter = (at: number): DuePush => {
    count += 1;
    return { at: at + everyMillis * (0.5 + draw("pause")), choice: draw("job") };
  };
  let next = nextAfter(startedAt);
  return (now: number): DuePush | undefined => {
    let due: DuePush | undefined;
    for (; next.at <= now; next = nextAfter(next.at)) due = next;
    return due;
  };
}

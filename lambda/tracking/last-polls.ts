import type { Build } from "../domain/build.ts";

/**
 * When each build was last looked at, for as long as the process lives: a look that finds no change is stored nowhere.
 * What is forgotten makes durations less exact, never wrong.
 */
export interface LastPolls {
  /** Epoch milliseconds; undefined for a build that changed since, or was not looked at here. */
  before(build: Build): number | undefined;
  /** @param at when ServiceStage was asked: what it answered was so then, or later */
  remember(build: Build, at: number): void;
}

/** More than one poller follows. */
const buildsAtMost = 100_000;

export function createLastPolls(): LastPolls {
  const looks = new Map<string, { changedAt: number; at: number }>();
  return {
    before({ registration, changedAt }) {
      const look = looks.get(registration.id);
      return look?.changedAt === changedAt ? look.at : undefined;
    },
    remember({ registration, changedAt }, at) {
      if (looks.size >= buildsAtMost) looks.clear();
      looks.set(registration.id, { changedAt, at });
    },
  };
}

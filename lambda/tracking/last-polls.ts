import type { Build } from "../domain/build.ts";

/**
 * When each build was last polled, in the memory of this process: a poll that finds no change is not stored. If a poll is
 * forgotten, durations become less exact, but never wrong.
 */
export interface LastPolls {
  /** Epoch milliseconds; undefined if the build changed since, or this process did not poll it. */
  before(build: Build): number | undefined;
  /** @param at when the poll began: its answer was true then, or later */
  remember(build: Build, at: number): void;
}

/** One process tracks fewer builds. */
const buildsAtMost = 100_000;

export function createLastPolls(): LastPolls {
  const polls = new Map<string, { changedAt: number; at: number }>();
  return {
    before({ registration, changedAt }) {
      const poll = polls.get(registration.id);
      return poll?.changedAt === changedAt ? poll.at : undefined;
    },
    remember({ registration, changedAt }, at) {
      if (polls.size >= buildsAtMost) polls.clear();
      polls.set(registration.id, { changedAt, at });
    },
  };
}

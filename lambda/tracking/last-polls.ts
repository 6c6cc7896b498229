import type { Build } from "../domain/build.ts";
import type { Subscription } from "../domain/subscription.ts";
import type { Answers } from "./circuit-breaker.ts";

/**
 * When each build and each job was last polled, in the memory of this process: a poll that finds no change is not stored. If
 * a poll is forgotten, durations become less exact, but never wrong, and a late `last_build_id` is not noticed.
 */
export interface LastPolls {
  readonly answers: Answers;
  /** Epoch milliseconds; undefined if the build changed since, or this process did not poll it. */
  before(build: Build): number | undefined;
  /** @param at when the poll began: its answer was true then, or later */
  remember(build: Build, at: number): void;
  /** Epoch milliseconds; undefined if this process did not poll the job. */
  beforeOfJob(subscription: Subscription): number | undefined;
  /** Only if the job was read. @param at when the poll began */
  rememberJob(subscription: Subscription, at: number): void;
}

/** One process tracks fewer builds, and fewer jobs. */
const pollsAtMost = 100_000;

export function createLastPolls(): LastPolls {
  const polls = new Map<string, { changedAt: number; at: number }>();
  const ofJobs = new Map<string, number>();
  return {
    answers: { refusals: 0 },
    before({ registration, changedAt }) {
      const poll = polls.get(registration.id);
      return poll?.changedAt === changedAt ? poll.at : undefined;
    },
    remember({ registration, changedAt }, at) {
      if (polls.size >= pollsAtMost) polls.clear();
      polls.set(registration.id, { changedAt, at });
    },
    beforeOfJob: ({ id }) => ofJobs.get(id),
    rememberJob({ id }, at) {
      if (ofJobs.size >= pollsAtMost) ofJobs.clear();
      ofJobs.set(id, at);
    },
  };
}

import { slackTimeoutMillis } from "../domain/delivery.ts";

/** The limits of a tick's time, in epoch milliseconds where nothing else is said. */
export interface Times {
  started: number;
  /** The next tick polls from then on, so this one does not. */
  nextTick: number;
  /** No post starts later: two ticks at once are two processes, each with a pace of its own. */
  lastPost: number;
  /** Nothing is started that could last longer. */
  deadline: number;
  /**
   * Only posts that can start within this time get a slot. A feed that gets neither a slot nor an edit is recorded without a
   * lease, so nothing new of it is sent.
   */
  leaseWindowMillis: number;
}

const tickMillis = 60_000;
const postingMillis = 57_000;
/** What was started must have ended this long before the process is stopped. */
const marginMillis = 3_000;
/** Time for two calls that time out. */
const pollMillis = 10_000;
/** Jobs are polled within so much of a pass, so that the next pass is not late for the builds. */
const jobsMillis = 25_000;
/** Time for the last page of a log, which may time out, and the pages before it. */
const closingMillis = 10_000;
/** The posts of one lease start within this time. It is about the time until the next pass. */
const leastWindowMillis = 2_000;
const mostWindowMillis = 15_000;

/** @param processEnd when the process is stopped whatever it does */
export const timesOf = (started: number, processEnd: number, pollIntervalMillis: number): Times => ({
  started,
  nextTick: started + tickMillis,
  lastPost: started + postingMillis,
  deadline: processEnd - marginMillis,
  leaseWindowMillis: Math.min(Math.max(pollIntervalMillis, leastWindowMillis), mostWindowMillis),
});

/** Too late to begin another poll. */
export const isTooLateToPoll = (now: number, { nextTick, deadline }: Times): boolean =>
  now >= nextTick || now + pollMillis > deadline;

/** Too late in this pass to begin the poll of another job. */
export const isTooLateForJobs = (now: number, passBegan: number): boolean => now - passBegan >= jobsMillis;

/** Too late to read what an ended build's last message shows beside its phases. */
export const isTooLateForClosing = (now: number, { deadline }: Pick<Times, "deadline">): boolean =>
  now + closingMillis > deadline;

/** Too late for another call of Slack. */
export const isTooLateForSlack = (now: number, { deadline }: Pick<Times, "deadline">): boolean =>
  now + slackTimeoutMillis > deadline;

/** When the next pass begins; undefined when the next tick makes it. The passes keep their interval from the tick's start. */
export function nextPassAt(now: number, pollIntervalMillis: number, times: Times): number | undefined {
  const passes = Math.floor((now - times.started) / pollIntervalMillis) + 1;
  const next = times.started + passes * pollIntervalMillis;
  return isTooLateToPoll(next, times) ? undefined : next;
}

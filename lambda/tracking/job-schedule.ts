import { isGone, type Subscription } from "../domain/subscription.ts";

/** Which jobs the passes of one tick poll. */
export interface JobSchedule {
  /** @param sinceStart milliseconds since the tick began */
  beginPass(sinceStart: number): void;
  isDue(subscription: Subscription): boolean;
  /** Jobs are polled several times in a minute, so another pass is worth it. */
  readonly isQuick: boolean;
}

const minuteMillis = 60_000;
/** A job that is gone is polled once an hour. */
const goneMinutes = 60;

/**
 * A job is polled in the first pass of a tick. If the interval is shorter than a minute, later passes poll it too. If it is
 * longer, only every second, third … tick does. A hash of the job spreads the jobs over the minutes.
 * @param minute the tick's scheduled time in minutes since the epoch
 */
export function createJobSchedule(jobPollMillis: number, minute: number): JobSchedule {
  const isQuick = jobPollMillis < minuteMillis;
  const everyMinutes = Math.max(1, Math.round(jobPollMillis / minuteMillis));
  let last = -1;
  let isFirst = true;
  let isTurn = true;
  return {
    isQuick,
    beginPass(sinceStart) {
      const turn = isQuick ? Math.floor(sinceStart / jobPollMillis) : 0;
      isFirst = last === -1;
      isTurn = turn > last;
      last = turn;
    },
    isDue(subscription) {
      const due = (every: number) => (minute + minuteOf(subscription.jobId)) % every === 0;
      if (isGone(subscription, minute * minuteMillis)) return isFirst && due(goneMinutes);
      const { nextPage, trouble } = subscription;
      // A page that can't be read is not asked for more often than the job.
      return (nextPage !== undefined && !trouble) || (isTurn && due(everyMinutes));
    },
  };
}

function minuteOf(jobId: string): number {
  let sum = 0;
  for (const character of jobId) sum = (sum * 31 + character.codePointAt(0)!) % 60;
  return sum;
}

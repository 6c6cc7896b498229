import type { Build } from "./build.ts";
import { durationOfBuild } from "./duration.ts";
import { isFailedState, isFailure, type Outcome } from "./outcome.ts";
import { medianOf } from "./usual.ts";
import type { Week } from "./week.ts";

/** An ended build, as the digest of its channel counts it. It is stored once for each build and channel. */
export interface DigestEntry {
  buildId: string;
  /** When the end was observed, epoch milliseconds. This decides in which week the build counts. */
  at: number;
  jobId?: string;
  jobName?: string;
  outcome: Outcome;
  /** Only if it is known exactly. */
  lastedMillis?: number;
  /** The first phase that failed. */
  failedPhase?: string;
}

/** What is known of the builds of a channel that ended in a week. */
export interface Digest extends Week {
  builds: number;
  succeeded: number;
  failed: number;
  /** There were too many builds to read all. */
  atLeast?: true;
  /** Of the builds that succeeded. */
  medianMillis?: number;
  /** The same, of the week before. */
  beforeMillis?: number;
  /** How many builds ended in each seventh of the week, the oldest first. */
  days: number[];
  /** The phase that failed in most of the failed builds. */
  failsMost?: { phase: string; builds: number };
  /** The job whose median grew by the largest factor. */
  slowed?: { job?: string; medianMillis: number; beforeMillis: number };
  /** Those with the most builds. */
  jobs: DigestJob[];
  /** How many jobs are not among them. */
  moreJobs: number;
}

export interface DigestJob {
  /** Absent if ServiceStage did not tell it. */
  job?: string;
  builds: number;
  succeeded: number;
  failed: number;
  medianMillis?: number;
}

/** Names come from outside, and many entries are in memory at the same time. */
const nameChars = 100;
const jobsAtMost = 10;
/** Fewer builds don't show that a job became slower. */
const leastBuilds = 3;
/** A smaller difference is chance. */
const leastFactor = 1.1;

/**
 * An end counts in the digest this long before the digest is told. A process that noted an end in this time may still be
 * about to store the note; no process lives longer.
 */
const settlingMillis = 2 * 60_000;

/** Undefined for a build that has not ended. */
export function entryOf(build: Build, now: number): DigestEntry | undefined {
  const { buildId, outcome, registration, details, snapshot } = build;
  if (outcome === undefined) return undefined;
  const { jobId = registration.jobId, jobName } = details ?? {};
  const lasted = durationOfBuild(build);
  const failedPhase = snapshot.find(({ state }) => isFailedState(state))?.name;
  return {
    buildId,
    at: now,
    ...(jobId !== undefined && { jobId }),
    ...(jobName !== undefined && { jobName: cut(jobName) }),
    outcome,
    ...(lasted.kind === "exact" && { lastedMillis: lasted.millis }),
    ...(failedPhase !== undefined && { failedPhase: cut(failedPhase) }),
  };
}

const cut = (name: string): string => name.slice(0, nameChars).toWellFormed();

/**
 * @param entries also of the week before, and of other times
 * @param isComplete whether these are all entries
 * @returns undefined if no build ended in the week
 */
export function digestOf(
  entries: readonly DigestEntry[],
  week: Week,
  isComplete: boolean,
): Digest | undefined {
  const { since, until } = week;
  const [from, to] = [since - settlingMillis, until - settlingMillis];
  const weekMillis = to - from;
  const current = entries.filter(({ at }) => at >= from && at < to);
  if (current.length === 0) return undefined;
  const before = entries.filter(({ at }) => at >= from - weekMillis && at < from);
  const [medianMillis, beforeMillis] = [medianMillisOf(current), medianMillisOf(before)];
  const jobs = [...Map.groupBy(current, jobOf)];
  const [failsMost] = countsOf(
    current.flatMap(({ outcome, failedPhase }) => (isFailure(outcome) ? (failedPhase ?? []) : [])),
  );
  const slowed = slowedMost(jobs, Map.groupBy(before, jobOf));
  const byBuilds = jobs.map(([, ofJob]) => digestOfJob(ofJob)).toSorted((a, b) => b.builds - a.builds);
  const dayOf = ({ at }: DigestEntry): number => Math.floor(((at - from) / weekMillis) * 7);
  const days = Array.from({ length: 7 }, (_, day) => current.filter((each) => dayOf(each) === day).length);
  return {
    ...week,
    ...outcomesOf(current),
    ...(!isComplete && { atLeast: true }),
    ...(medianMillis !== undefined && { medianMillis }),
    ...(beforeMillis !== undefined && { beforeMillis }),
    days,
    ...(failsMost && { failsMost: { phase: failsMost[0], builds: failsMost[1] } }),
    ...(slowed && { slowed }),
    jobs: byBuilds.slice(0, jobsAtMost),
    moreJobs: Math.max(0, byBuilds.length - jobsAtMost),
  };
}

const outcomesOf = (entries: readonly DigestEntry[]) => ({
  builds: entries.length,
  succeeded: entries.filter(({ outcome }) => outcome === "succeeded").length,
  failed: entries.filter(({ outcome }) => isFailure(outcome)).length,
});

/** Of the builds that succeeded. */
const durationsOf = (entries: readonly DigestEntry[]): number[] =>
  entries.flatMap(({ outcome, lastedMillis }) => (outcome === "succeeded" ? (lastedMillis ?? []) : []));

const medianMillisOf = (entries: readonly DigestEntry[]): number | undefined =>
  medianOf(durationsOf(entries));

/** A build of an unknown job counts with the others of the same name. */
const jobOf = ({ jobId, jobName = "" }: DigestEntry): string => jobId ?? `named ${jobName}`;

function digestOfJob(entries: readonly DigestEntry[]): DigestJob {
  const medianMillis = medianMillisOf(entries);
  return { ...namedAs(entries), ...outcomesOf(entries), ...(medianMillis !== undefined && { medianMillis }) };
}

/** A job may be renamed: the newest build has its name. */
function namedAs(entries: readonly DigestEntry[]): { job?: string } {
  const job = entries.toSorted((a, b) => b.at - a.at).find(({ jobName }) => jobName !== undefined)?.jobName;
  return job === undefined ? {} : { job };
}

/** Each name and how often it occurs, the most frequent one first. */
const countsOf = (names: readonly string[]): [name: string, count: number][] =>
  [...Map.groupBy(names, (name) => name)]
    .map(([name, same]): [string, number] => [name, same.length])
    .toSorted(([, a], [, b]) => b - a);

function slowedMost(
  jobs: readonly [key: string, entries: DigestEntry[]][],
  before: ReadonlyMap<string, DigestEntry[]>,
): Digest["slowed"] {
  const slowed = jobs.flatMap(([key, entries]) => {
    const [now, earlier] = [durationsOf(entries), durationsOf(before.get(key) ?? [])];
    const [medianMillis, beforeMillis] = [medianOf(now), medianOf(earlier)];
    if (medianMillis === undefined || beforeMillis === undefined) return [];
    if (now.length < leastBuilds || earlier.length < leastBuilds) return [];
    const factor = medianMillis / beforeMillis;
    return factor < leastFactor ? [] : [{ ...namedAs(entries), medianMillis, beforeMillis, factor }];
  });
  const [most] = slowed.toSorted((a, b) => b.factor - a.factor);
  if (!most) return undefined;
  const { factor: _compared, ...job } = most;
  return job;
}

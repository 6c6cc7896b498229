import type { Build } from "./build.ts";
import type { MessageContent } from "./delivery.ts";
import { isPlausible, startOfBuild } from "./duration.ts";
import type { JobBuild } from "./job.ts";
import { isSuccessful } from "./phase.ts";

/** How long the builds of a job usually take. It is read once, at a build's first poll. All times are epoch milliseconds. */
export interface Usual {
  medianMillis: number;
  /** How many builds it is the median of. */
  builds: number;
}

/** Fewer builds don't show what is usual. */
const leastBuilds = 3;

/** The median of the job's other builds that succeeded; undefined when there are too few of them. */
export function usualOf(builds: readonly JobBuild[], buildId: string): Usual | undefined {
  const durations = builds
    .filter((build) => build.buildId !== buildId && isSuccessful(build.state))
    .flatMap(({ durationMillis = 0 }) => (isPlausible(durationMillis) ? [durationMillis] : []));
  const medianMillis = medianOf(durations);
  return medianMillis === undefined || durations.length < leastBuilds
    ? undefined
    : { medianMillis, builds: durations.length };
}

/** Rounded; undefined without numbers. */
export function medianOf(numbers: readonly number[]): number | undefined {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.slice((sorted.length - 1) >> 1, (sorted.length >> 1) + 1);
  const sum = middle.reduce((total, each) => total + each, 0);
  return middle.length === 0 ? undefined : Math.round(sum / middle.length);
}

/** When the build ends if it takes as long as usual; undefined if that is not known. */
export function expectedEndOf(build: Build): number | undefined {
  const startedAt = startOfBuild(build);
  return build.usual && startedAt !== undefined ? startedAt + build.usual.medianMillis : undefined;
}

/** A short build is not slow before it takes this much longer than usual. */
const leastSlowMillis = 5 * 60_000;

/**
 * The message about a build that takes more than twice as long as usual, and at least five minutes more. Undefined if the
 * build does not, and if the message was recorded before.
 */
export function slowMessage(build: Build, now: number): MessageContent | undefined {
  const { usual, slowSince } = build;
  const startedAt = startOfBuild(build);
  if (!usual || startedAt === undefined || slowSince !== undefined) return undefined;
  const { medianMillis } = usual;
  const lateMillis = now - startedAt - medianMillis;
  const isSlow = lateMillis > medianMillis && lateMillis >= leastSlowMillis;
  return isSlow ? { kind: "slow", startedAt, medianMillis } : undefined;
}

/** How long the job's builds usually take; undefined if that is not known, or is no possible duration. */
export function usualMillisOf({ usual }: Pick<Build, "usual">): number | undefined {
  const millis = usual?.medianMillis;
  return millis !== undefined && isPlausible(millis) ? millis : undefined;
}

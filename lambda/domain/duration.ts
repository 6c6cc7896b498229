import type { Build } from "./build.ts";
import type { Phase } from "./phase.ts";

/**
 * How long something lasted. `exact`: its start and its end were each observed within about a poll's interval, or
 * ServiceStage gives them · `atMost`: the time from the last poll before its start to the poll that found its end.
 */
export type Duration = Measured | { kind: "unknown" };
export type Measured = { kind: "exact" | "atMost"; millis: number };

/** `at`: the poll that first found something; `after`: the poll before, which did not. Epoch milliseconds. */
export interface Sighting {
  at: number;
  /** Absent if there was no poll before. */
  after?: number | undefined;
}

export const unknownDuration: Duration = { kind: "unknown" };

/** No build lasts longer. A longer time from outside is wrong. */
const longestMillis = 30 * 24 * 60 * 60_000;
/** Synchronised clocks differ by less; a time in another time zone differs by more. */
const clockSkewMillis = 5 * 60_000;
/** The longest time between two polls that counts as exact, at the longest interval that can be set. */
const longestGapMillis = 1.5 * 60_000;
/** The shortest interval that can be set. The local system polls more often, and counts as polling at this interval. */
const leastIntervalMillis = 5_000;

export const isPlausible = (millis: number): boolean => millis > 0 && millis <= longestMillis;

/** The one rule for durations that the notifier observes. */
export function durationBetween(start: Sighting, end: Sighting, pollIntervalMillis: number): Duration {
  // The clock was set back.
  if (start.after === undefined || start.after > start.at || end.at < start.at) return unknownDuration;
  const isExact = start.at < end.at && isClose(start, pollIntervalMillis) && isClose(end, pollIntervalMillis);
  return isExact
    ? { kind: "exact", millis: end.at - start.at }
    : { kind: "atMost", millis: end.at - start.after };
}

/** Within one and a half intervals, since a pass takes time. */
const isClose = ({ at, after }: Sighting, pollIntervalMillis: number): boolean =>
  after !== undefined && at >= after && at - after <= 1.5 * Math.max(pollIntervalMillis, leastIntervalMillis);

/** A part lasts no longer than the whole. */
function within(whole: Duration, part: Duration): Duration {
  if (whole.kind === "unknown" || part.kind === "unknown" || part.millis <= whole.millis) return part;
  return { kind: "atMost", millis: whole.millis };
}

/** How long a phase ran that ended; no longer than its build. */
export const durationOfPhase = ({ lasted }: Pick<Phase, "lasted">, build: Build): Duration =>
  within(durationOfBuild(build), lasted ?? unknownDuration);

/** How long a build took: by ServiceStage's clock if that is plausible, otherwise as it was observed. */
export function durationOfBuild(build: Build): Duration {
  const millis = clockedMillis(build);
  return millis === undefined ? (build.lasted ?? unknownDuration) : { kind: "exact", millis };
}

/** By ServiceStage's clock. If the build was seen to run before that, the time when it was first seen to run. */
export function startOfBuild({ details, snapshot, changedAt }: Build): number | undefined {
  const seenToStart = snapshot.flatMap((phase) => phase.startedAt ?? []);
  const latest = Math.min(...seenToStart, changedAt) + clockSkewMillis;
  if (details?.startedAt !== undefined && details.startedAt <= latest) return details.startedAt;
  return seenToStart.length > 0 ? Math.min(...seenToStart) : undefined;
}

/** By ServiceStage's clock; undefined if ServiceStage does not give both times, or they contradict what was observed. */
export function clockedMillis({ details, snapshot, changedAt, lasted }: Build): number | undefined {
  const { startedAt, endedAt } = details ?? {};
  if (startedAt === undefined || endedAt === undefined) return undefined;
  const seenToStart = snapshot.flatMap((phase) => phase.startedAt ?? []);
  const isPossible =
    startedAt <= Math.min(...seenToStart, changedAt) + clockSkewMillis &&
    endedAt >= Math.max(...seenToStart, startedAt) - clockSkewMillis &&
    endedAt <= changedAt + clockSkewMillis;
  const millis = endedAt - startedAt;
  // Each time may be off by the skew. Their difference must fit what was observed without it.
  const firstPossible = Math.min(
    startedAt,
    ...seenToStart,
    ...snapshot.flatMap((phase) => phase.startedAfter ?? []),
  );
  const isObserved =
    millis <= changedAt - firstPossible &&
    (lasted?.kind !== "exact" || millis >= lasted.millis - longestGapMillis);
  return isPossible && isObserved && isPlausible(millis) ? millis : undefined;
}

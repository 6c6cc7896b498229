import type { Build } from "./build.ts";
import type { Phase } from "./phase.ts";

/**
 * How long something lasted, as far as anybody knows. `exact`: both ends were observed within about a poll's interval,
 * or ServiceStage tells them · `atMost`: it can't have lasted longer, since no look fell between it and its bounds.
 */
export type Duration = Measured | { kind: "unknown" };
export type Measured = { kind: "exact" | "atMost"; millis: number };

/** The look that first found something, and the look before, which did not; epoch milliseconds. */
export interface Sighting {
  at: number;
  /** Absent where nobody looked before. */
  after?: number | undefined;
}

export const unknownDuration: Duration = { kind: "unknown" };

/** No build lasts longer, and a time or a count from outside that says so is wrong. */
const longestMillis = 30 * 24 * 60 * 60_000;
/** Clocks that follow the network differ by less; a time in another zone differs by more. */
const clockSkewMillis = 5 * 60_000;
/** Between two looks at the longest interval that can be set, where what they find counts as exact. */
const longestGapMillis = 1.5 * 60_000;
/** The least interval that can be set: the local system polls more often, and its looks are as good as these. */
const leastIntervalMillis = 5_000;

export const isPlausible = (millis: number): boolean => millis > 0 && millis <= longestMillis;

/** The one rule for what is observed. */
export function durationBetween(start: Sighting, end: Sighting, pollIntervalMillis: number): Duration {
  // A clock that was set back measures nothing.
  if (start.after === undefined || start.after > start.at || end.at < start.at) return unknownDuration;
  const isExact = start.at < end.at && isClose(start, pollIntervalMillis) && isClose(end, pollIntervalMillis);
  return isExact
    ? { kind: "exact", millis: end.at - start.at }
    : { kind: "atMost", millis: end.at - start.after };
}

/** Half an interval more than one: a pass takes its time. */
const isClose = ({ at, after }: Sighting, pollIntervalMillis: number): boolean =>
  after !== undefined && at >= after && at - after <= 1.5 * Math.max(pollIntervalMillis, leastIntervalMillis);

/** A part lasts no longer than the whole. */
function within(whole: Duration, part: Duration): Duration {
  if (whole.kind === "unknown" || part.kind === "unknown" || part.millis <= whole.millis) return part;
  return { kind: "atMost", millis: whole.millis };
}

/** How long a phase that ended ran: no longer than its build. */
export const durationOfPhase = ({ lasted }: Pick<Phase, "lasted">, build: Build): Duration =>
  within(durationOfBuild(build), lasted ?? unknownDuration);

/** How long a build took: by ServiceStage's clock where that is plausible, otherwise as it was observed. */
export function durationOfBuild(build: Build): Duration {
  const millis = clockedMillis(build);
  return millis === undefined ? (build.lasted ?? unknownDuration) : { kind: "exact", millis };
}

/** By ServiceStage's clock, unless the build was seen to run before; otherwise when it was first seen to run. */
export function startOfBuild({ details, snapshot, changedAt }: Build): number | undefined {
  const seenToStart = snapshot.flatMap((phase) => phase.startedAt ?? []);
  const latest = Math.min(...seenToStart, changedAt) + clockSkewMillis;
  if (details?.startedAt !== undefined && details.startedAt <= latest) return details.startedAt;
  return seenToStart.length > 0 ? Math.min(...seenToStart) : undefined;
}

/** By ServiceStage's clock; undefined where it does not tell both ends, or they contradict what was observed. */
export function clockedMillis({ details, snapshot, changedAt, lasted }: Build): number | undefined {
  const { startedAt, endedAt } = details ?? {};
  if (startedAt === undefined || endedAt === undefined) return undefined;
  const seenToStart = snapshot.flatMap((phase) => phase.startedAt ?? []);
  const isPossible =
    startedAt <= Math.min(...seenToStart, changedAt) + clockSkewMillis &&
    endedAt >= Math.max(...seenToStart, startedAt) - clockSkewMillis &&
    endedAt <= changedAt + clockSkewMillis;
  const millis = endedAt - startedAt;
  // Each end may be wrong alone: the skew that is allowed to both must not make the time in between longer or shorter.
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

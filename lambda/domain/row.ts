import type { Build } from "./build.ts";
import { startOfBuild } from "./duration.ts";
import { hasBuildEnded, type JobBuild, type JobBuildsPage } from "./job.ts";
import { isFailure, type Outcome } from "./outcome.ts";
import { outcomeOfState } from "./phase.ts";
import { seenHash } from "./seen.ts";

/**
 * The builds of a job right before a build that ended alike: a row of successes, or of failures. Builds are in the order of
 * their start. A build that was cancelled, or whose result is not known, is not counted and breaks no row.
 *
 * Two sources know the builds before. The job's list has no times, so it is used only if it shows its order
 * ({@link rowInList}). What the channel was told is in the right order, but may lack builds ({@link ToldEnds}).
 */
export interface Row {
  of: "successes" | "failures";
  builds: number;
  /** There may be more builds in the row: no earlier build is known. */
  orMore?: true;
}

/** The row as the job's list shows it at a build's first poll. */
export interface ListedRow extends Row {
  /** The hashes of the other builds that had not ended then. */
  open?: string[];
}

type Side = Row["of"];

const sideOf = (outcome: Outcome | undefined): Side | undefined => {
  if (outcome === "succeeded") return "successes";
  return isFailure(outcome) ? "failures" : undefined;
};

/** How the build continues the row: it is the first failure after successes, a further failure, or the end of failures. */
export type Turn = "firstFailure" | "failedAgain" | "fixed";

/** Undefined for a success after a success, for a build that is not counted, and if no row is known. */
export function turnOf({ outcome, row }: Pick<Build, "outcome" | "row">): Turn | undefined {
  const side = sideOf(outcome);
  if (!row || !side) return undefined;
  if (side === "failures") return row.of === "successes" ? "firstFailure" : "failedAgain";
  return row.of === "failures" ? "fixed" : undefined;
}

/**
 * Whether the job's state changes with this end: a failure after a success, or a success after a failure. If no row is
 * known, the channel was told no failure, so only a failure is a change.
 */
export const isChange = (outcome: Outcome | undefined, row: Row | undefined): boolean => {
  const side = sideOf(outcome);
  return side === "failures" ? row?.of !== "failures" : side === "successes" && row?.of === "failures";
};

/** @param sides newest first. @param earlier the row before all of them, as far as it is known */
function rowOf(sides: readonly Side[], earlier: Row | undefined): Row | undefined {
  const [of] = sides;
  if (of === undefined) return earlier;
  const end = sides.findIndex((side) => side !== of);
  if (end !== -1) return { of, builds: end };
  if (!earlier) return { of, builds: sides.length, orMore: true };
  return earlier.of === of
    ? { ...earlier, builds: earlier.builds + sides.length }
    : { of, builds: sides.length };
}

/** More builds of a job hardly run at the same time. */
const openAtMost = 10;

/**
 * The row before a build as its job's list shows it. The order of the list is not documented. But only builds that still run
 * may be newer than this build, so at its first poll it stands at the end of the list with the newest builds.
 * Undefined if the list does not show where that end is, or has no counted build before this one.
 */
export function rowInList(list: JobBuildsPage, buildId: string): ListedRow | undefined {
  const own = list.builds.findIndex((build) => build.buildId === buildId);
  if (own === -1) return undefined;
  const [above, below] = [list.builds.slice(0, own), list.builds.slice(own + 1)];
  const [isFirstPage, isLastPage] = [list.page === 1, list.page >= list.pages];
  if (isFirstPage && above.every(isOpen)) return listedRow(below, above, isLastPage);
  if (isLastPage && below.every(isOpen)) return listedRow(above.toReversed(), below, isFirstPage);
  return undefined;
}

const isOpen = (build: JobBuild): boolean => !hasBuildEnded(build);

/** @param older newest first. @param isWhole no build is older than these */
function listedRow(
  older: readonly JobBuild[],
  newer: readonly JobBuild[],
  isWhole: boolean,
): ListedRow | undefined {
  const sides = older.flatMap(({ state }) => sideOf(outcomeOfState(state)) ?? []);
  const row = rowOf(sides, undefined);
  if (!row) return undefined;
  const { orMore, ...counted } = row;
  const open = [...newer, ...older].filter(isOpen).map(({ buildId }) => seenHash(buildId));
  return {
    ...counted,
    ...(orMore && !isWhole && { orMore }),
    ...(open.length > 0 && { open: open.slice(0, openAtMost) }),
  };
}

/** How the builds of a job ended that a channel was told. */
export interface ToldEnds {
  jobId: string;
  channel: string;
  /** 0 for an item that was never saved. */
  version: number;
  /** The newest ones, in the order of their start. */
  ends: ToldEnd[];
  /** The row before them, as far as it is known. */
  earlier?: Row;
}

export interface ToldEnd {
  /** The hash of the build's id. */
  build: string;
  startedAt: number;
  of: Side;
}

export const nothingTold = (jobId: string, channel: string): ToldEnds => ({
  jobId,
  channel,
  version: 0,
  ends: [],
});

/** Enough to put builds that run at the same time in order. */
const endsAtMost = 10;

/** The end of a build as {@link ToldEnds} keeps it; undefined for a build that is not counted. */
export function endOf(build: Build): ToldEnd | undefined {
  const of = sideOf(build.outcome);
  const startedAt = startOfBuild(build) ?? build.observedAt ?? build.changedAt;
  return of && { build: seenHash(build.buildId), startedAt, of };
}

/** The very same object if this end is known already. An end replaces what was noted of the same build before. */
export function addEnd(told: ToldEnds, end: ToldEnd): ToldEnds {
  const { ends, earlier } = told;
  const isCounted = earlier !== undefined && ends[0] !== undefined && end.startedAt < ends[0].startedAt;
  if (isCounted || ends.some(({ build, of }) => build === end.build && of === end.of)) return told;
  const others = ends.filter(({ build }) => build !== end.build);
  const all = [...others, end].toSorted((a, b) => a.startedAt - b.startedAt);
  const [oldest] = all;
  if (all.length <= endsAtMost || !oldest) return { ...told, ends: all };
  const row = rowOf([oldest.of], earlier);
  return { ...told, ends: all.slice(1), ...(row && { earlier: row }) };
}

/**
 * The row before this end. Builds that had not ended when the list was read come first; for the rest, the source that knows
 * more counts.
 */
export function rowBefore(
  { ends, earlier }: ToldEnds,
  end: ToldEnd,
  listed: ListedRow | undefined,
): Row | undefined {
  const before = ends.filter(({ build, startedAt }) => build !== end.build && startedAt < end.startedAt);
  const newestFirst = before.toReversed();
  const known = newestFirst.findIndex(({ build }) => !listed?.open?.includes(build));
  const sinceListed = known === -1 ? newestFirst : newestFirst.slice(0, known);
  const told = rowOf(sidesOf(newestFirst.slice(sinceListed.length)), earlier);
  return rowOf(sidesOf(sinceListed), whicheverKnowsMore(listed, told));
}

const sidesOf = (ends: readonly ToldEnd[]): Side[] => ends.map(({ of }) => of);

/** The channel may have been told only some builds. So it knows more only where the list does not show the row's beginning. */
function whicheverKnowsMore(listed: ListedRow | undefined, told: Row | undefined): Row | undefined {
  if (!listed) return told;
  if (listed.orMore && told?.of === listed.of && told.builds > listed.builds) return told;
  const { open: _open, ...row } = listed;
  return row;
}

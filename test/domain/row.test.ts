import { describe, expect, test } from "@jest/globals";
import { registerBuild, type Build } from "../../lambda/domain/build.ts";
import type { JobBuildsPage } from "../../lambda/domain/job.ts";
import type { Outcome } from "../../lambda/domain/outcome.ts";
import {
  addEnd,
  endOf,
  isChange,
  nothingTold,
  rowBefore,
  rowInList,
  turnOf,
  type ListedRow,
  type Row,
  type ToldEnd,
  type ToldEnds,
} from "../../lambda/domain/row.ts";
import { seenHash } from "../../lambda/domain/seen.ts";

/** "own S F R": the builds of a page, by their states. */
const states: Record<string, string> = {
  S: "Successful",
  F: "Failed",
  T: "Timeout",
  C: "Cancel",
  R: "Building",
  "?": "",
};
const page = (builds: string, numbers = { page: 1, pages: 1 }): JobBuildsPage => ({
  builds: builds
    .split(" ")
    .filter(Boolean)
    .map((each, index) => ({
      buildId: each === "own" ? each : `b${index}`,
      state: states[each] ?? "Building",
    })),
  ...numbers,
});

const successes = (builds: number, orMore?: true): Row => ({
  of: "successes",
  builds,
  ...(orMore && { orMore }),
});
const failures = (builds: number, orMore?: true): Row => ({
  of: "failures",
  builds,
  ...(orMore && { orMore }),
});

describe("the row in a job's list", () => {
  test.each<[string, JobBuildsPage, ListedRow | undefined]>([
    ["ends where another result begins", page("own S S F S"), successes(2)],
    ["may be one of failures, of both kinds", page("own F T S"), failures(2)],
    ["may reach back to the job's first build", page("own S S S"), successes(3)],
    ["may go on beyond the page", page("own S S", { page: 1, pages: 50 }), successes(2, true)],
    ["is not broken by cancelled builds, and does not count them", page("own C F C F S"), failures(2)],
    ["is read from the other end if the list is in the other order", page("F S S own"), successes(2)],
    ["is read on the last page, too", page("S F own", { page: 50, pages: 50 }), failures(1)],
    [
      "may follow a newer build that still runs",
      page("R own F S"),
      { ...failures(1), open: [seenHash("b0")] },
    ],
    [
      "may follow an older build that still runs",
      page("own R F S"),
      { ...failures(1), open: [seenHash("b1")] },
    ],
    ["is not known without other builds", page("own"), undefined],
    ["is not known if only cancelled ones came before", page("own C C"), undefined],
    ["is not known without the build itself", page("S S F"), undefined],
    ["is not known from an empty list", page(""), undefined],
    ["is not known if newer and older builds have ended on both sides", page("S own F"), undefined],
    [
      "is not known if the build ends a page that is not the last",
      page("S own", { page: 1, pages: 50 }),
      undefined,
    ],
    [
      "is not known if the build begins a page that is not the first",
      page("own S", { page: 50, pages: 50 }),
      undefined,
    ],
    [
      "takes a build without a state for one that may run",
      page("? own F S"),
      { ...failures(1), open: [seenHash("b0")] },
    ],
  ])("%s", (_sentence, list, row) => {
    expect(rowInList(list, "own")).toEqual(row);
  });

  test("has at most ten open builds, however many run", () => {
    expect(rowInList(page(`${"R ".repeat(60)}own S`), "own")!.open).toHaveLength(10);
  });
});

const end = (build: string, startedAt: number, of: Row["of"]): ToldEnd => ({ build, startedAt, of });
const toldOf = (...ends: ToldEnd[]): ToldEnds => ends.reduce(addEnd, nothingTold("j1", "C1"));
/** "SSF": ends one after the other. */
const series = (results: string): ToldEnd[] =>
  results.split("").map((result, at) => end(`e${at}`, at, result === "S" ? "successes" : "failures"));

describe("the row before an end", () => {
  const own = end("own", 1_000, "failures");
  const before = (ends: ToldEnd[], listed?: ListedRow) => rowBefore(toldOf(...ends), own, listed);

  test("is not known if nothing is known", () => {
    expect(before([])).toBeUndefined();
  });

  test("follows from what the channel was told, if the list does not show it", () => {
    expect(before(series("SFF"))).toEqual(failures(2));
    expect(before(series("FF"))).toEqual(failures(2, true));
  });

  test("follows from the list, since the channel may have been told only some builds", () => {
    expect(before(series("SFF"), successes(1))).toEqual(successes(1));
    expect(before(series("SSSS"), successes(2))).toEqual(successes(2));
  });

  test("is as long as either source shows, where the list ends", () => {
    expect(before(series("FSSSS"), successes(3, true))).toEqual(successes(4));
    expect(before(series("SS"), successes(3, true))).toEqual(successes(3, true));
    expect(before(series("FFFF"), successes(3, true))).toEqual(successes(3, true));
  });

  test("has the builds that ended after the list was read", () => {
    const listed = { ...successes(40), open: ["late"] };
    expect(before([...series("SS"), end("late", 900, "failures")], listed)).toEqual(failures(1));
    expect(before([...series("SS"), end("late", 900, "successes")], listed)).toEqual(successes(41));
  });

  test("has no build that started later, although it ended before: an older one may end last", () => {
    expect(before([...series("S"), end("newer", 1_001, "failures")])).toEqual(successes(1, true));
  });

  test("does not have the build itself, whose end may be noted already", () => {
    expect(rowBefore(toldOf(...series("SS"), own), own, undefined)).toEqual(successes(2, true));
  });

  test("is counted on although only the newest ends are kept", () => {
    expect(before(series(`F${"S".repeat(300)}`))).toEqual(successes(300));
    expect(toldOf(...series("S".repeat(300))).ends).toHaveLength(10);
  });
});

describe("an end is noted", () => {
  const told = toldOf(...series("SF"));

  test("once: to note it again changes nothing", () => {
    expect(addEnd(told, end("e1", 1, "failures"))).toBe(told);
  });

  test("anew if the build went on and ended in another way", () => {
    expect(addEnd(told, end("e1", 1, "successes")).ends.map(({ of }) => of)).toEqual([
      "successes",
      "successes",
    ]);
  });

  test("in the order of the starts", () => {
    expect(addEnd(told, end("older", 0.5, "successes")).ends.map(({ build }) => build)).toEqual([
      "e0",
      "older",
      "e1",
    ]);
  });

  test("not if it is older than the ones that are only counted", () => {
    const many = toldOf(...series("S".repeat(30)));
    expect(addEnd(many, end("old", 3, "failures"))).toBe(many);
  });

  const ended = (outcome: Outcome): Build => ({
    ...registerBuild("b1", "r1", { channel: "C1", mention: [], thread: true }, 5),
    outcome,
  });

  test.each<[Outcome, Row["of"] | undefined]>([
    ["succeeded", "successes"],
    ["failed", "failures"],
    ["timedOut", "failures"],
    ["cancelled", undefined],
    ["deleted", undefined],
    ["ended", undefined],
  ])("as what it is: %s", (outcome, of) => {
    expect(endOf(ended(outcome))?.of).toBe(of);
  });
});

test.each<[Outcome, Row | undefined, string | undefined, boolean]>([
  ["failed", successes(12), "firstFailure", true],
  ["failed", failures(3), "failedAgain", false],
  ["timedOut", successes(1), "firstFailure", true],
  ["succeeded", failures(3), "fixed", true],
  ["succeeded", successes(3), undefined, false],
  ["cancelled", failures(3), undefined, false],
  ["cancelled", successes(3), undefined, false],
  ["failed", undefined, undefined, true],
  ["succeeded", undefined, undefined, false],
])("%s after %j is %s, and whether it is a change: %s", (outcome, row, turn, change) => {
  expect(turnOf({ outcome, ...(row && { row }) })).toBe(turn);
  expect(isChange(outcome, row)).toBe(change);
});

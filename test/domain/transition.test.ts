import { describe, expect, test } from "@jest/globals";
import type { ListedPhase, Snapshot } from "../../lambda/domain/phase.ts";
import { diff, type Transition } from "../../lambda/domain/transition.ts";

const second = 1_000;

/** "Init:Successful Build:Building" as ServiceStage lists it, with ids counted from 1. */
const list = (text: string): ListedPhase[] =>
  text
    .split(" ")
    .filter(Boolean)
    .map((entry, index) => {
      const [name = "", state = "", id = String(index + 1)] = entry.split(":");
      return { id, name, state };
    });

/** The snapshot after these lists were observed, the first at second 1, the next at second 2, and so on. */
const knownAfter = (...lists: string[]): Snapshot =>
  lists.reduce<Snapshot>((known, text, index) => diff(known, list(text), (index + 1) * second).snapshot, []);

describe("the transitions between the snapshot and a list", () => {
  test.each<[string, string[], string, string[]]>([
    ["nothing is known and nothing has started", [], "Init:NotStarted Download:NotStarted", []],
    ["a new phase counts as NotStarted before", [], "Init:Building", ["Init NotStarted → Building"]],
    ["nothing moved", ["Init:Building"], "Init:Building", []],
    ["a phase ended", ["Init:Building"], "Init:Successful", ["Init Building → Successful"]],
    [
      "several phases moved at once: they come in phase order",
      ["Init:Building"],
      "Build:Queuing:4 Download:Successful:2 Init:Successful:1",
      ["Init Building → Successful", "Download NotStarted → Successful", "Build NotStarted → Queuing"],
    ],
    ["the list is empty", ["Init:Building"], "", []],
    ["the list lacks a phase: its state stays", ["Init:Successful Build:Building"], "Init:Successful", []],
    [
      "the list is in another order",
      ["Init:Successful Build:Building"],
      "Build:Building:2 Init:Successful:1",
      [],
    ],
    ["a phase is listed under another id", ["Init:Building"], "Init:Building:99", []],
    ["a phase goes backwards", ["Build:Failed"], "Build:Queuing", ["Build Failed → Queuing"]],
    [
      "a phase is listed twice: the highest id counts",
      ["Build:Failed:7"],
      "Build:Building:12 Build:Failed:7",
      ["Build Failed → Building"],
    ],
    [
      "an undocumented state is shown unchanged",
      ["Init:Building"],
      "Init:Paused?",
      ["Init Building → Paused?"],
    ],
    [
      "an undocumented phase comes after the documented ones",
      [],
      "Scan:Building:1 PostProcess:Queuing:2",
      ["PostProcess NotStarted → Queuing", "Scan NotStarted → Building"],
    ],
  ])("%s", (_sentence, known, listed, expected) => {
    const { transitions } = diff(knownAfter(...known), list(listed), 100 * second);
    expect(transitions.map(({ phase, from, to }) => `${phase} ${from} → ${to}`)).toEqual(expected);
  });
});

/** A poll at this second, with ServiceStage's list. The poll before it may be unknown. */
type Poll = [second: number, before: number | undefined, listed: string];

describe("how long a phase ran, with a poll every 15 s", () => {
  test.each<[string, Poll[], string]>([
    [
      "is exact if its start and its end were both seen within about one interval",
      [
        [0, undefined, "Build:NotStarted"],
        [15, 0, "Build:Queuing"],
        [30, 15, "Build:Building"],
        [60, 45, "Build:Successful"],
      ],
      "exact 45",
    ],
    [
      "is at most a limit if there was no poll shortly before its start",
      [
        [0, undefined, "Build:NotStarted"],
        [60, 0, "Build:Building"],
        [75, 60, "Build:Successful"],
      ],
      "atMost 75",
    ],
    [
      "is at most a limit if there was no poll shortly before its end",
      [
        [0, undefined, "Build:NotStarted"],
        [15, 0, "Build:Building"],
        [90, 15, "Build:Failed"],
      ],
      "atMost 90",
    ],
    [
      "is at most a limit if it began and ended between two polls",
      [
        [0, undefined, "Build:NotStarted"],
        [15, 0, "Build:Failed"],
      ],
      "atMost 15",
    ],
    [
      "is unknown if it ran at the first poll and ServiceStage does not give its start",
      [
        [0, undefined, "Build:Building"],
        [15, 0, "Build:Successful"],
      ],
      "unknown",
    ],
    ["is unknown if it had ended at the first poll", [[0, undefined, "Build:Successful"]], "unknown"],
    [
      "is unknown if the clock was set back",
      [
        [100, undefined, "Build:NotStarted"],
        [115, 100, "Build:Building"],
        [55, 115, "Build:Successful"],
      ],
      "unknown",
    ],
    [
      "counts from its retry",
      [
        [0, undefined, "Build:NotStarted"],
        [15, 0, "Build:Building"],
        [30, 15, "Build:Failed"],
        [45, 30, "Build:Building"],
        [55, 45, "Build:Failed"],
      ],
      "exact 10",
    ],
    [
      "is at most a limit for a retry that was not seen running",
      [
        [0, undefined, "Build:NotStarted"],
        [15, 0, "Build:Building"],
        [30, 15, "Build:Failed"],
        [45, 30, "Build:Successful"],
      ],
      "atMost 15",
    ],
  ])("%s", (_sentence, polls, expected) => {
    let known: Snapshot = [];
    let last: Transition | undefined;
    for (const [at, before, listed] of polls) {
      const watch = {
        before: before === undefined ? undefined : before * second,
        pollIntervalMillis: 15 * second,
      };
      const { snapshot, transitions } = diff(known, list(listed), at * second, watch);
      [known, last] = [snapshot, transitions.at(-1)];
    }
    const { lasted } = last!;
    expect(lasted ? `${lasted.kind} ${lasted.millis / second}` : "unknown").toBe(expected);
    expect(known[0]!.lasted).toEqual(lasted);
  });
});

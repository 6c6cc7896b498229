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

/** What is known after the lists were observed, the first at second 1, the next at second 2, and so on. */
const knownAfter = (...lists: string[]): Snapshot =>
  lists.reduce<Snapshot>((known, text, index) => diff(known, list(text), (index + 1) * second).snapshot, []);

describe("the transitions between what was known and what is listed", () => {
  test.each<[string, string[], string, string[]]>([
    ["nothing is known and nothing has started", [], "Init:NotStarted Download:NotStarted", []],
    [
      "a phase seen for the first time counts as NotStarted before",
      [],
      "Init:Building",
      ["Init NotStarted → Building"],
    ],
    ["nothing moved", ["Init:Building"], "Init:Building", []],
    ["a phase ended", ["Init:Building"], "Init:Successful", ["Init Building → Successful"]],
    [
      "several phases moved at once: they come in phase order",
      ["Init:Building"],
      "Build:Queuing:4 Download:Successful:2 Init:Successful:1",
      ["Init Building → Successful", "Download NotStarted → Successful", "Build NotStarted → Queuing"],
    ],
    ["the list is empty", ["Init:Building"], "", []],
    [
      "the list lacks a phase: what was known of it stays",
      ["Init:Successful Build:Building"],
      "Init:Successful",
      [],
    ],
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
      "a state nobody has heard of is shown as it is",
      ["Init:Building"],
      "Init:Paused?",
      ["Init Building → Paused?"],
    ],
    [
      "a phase nobody has heard of comes after the known ones",
      [],
      "Scan:Building:1 PostProcess:Queuing:2",
      ["PostProcess NotStarted → Queuing", "Scan NotStarted → Building"],
    ],
  ])("%s", (_sentence, known, listed, expected) => {
    const { transitions } = diff(knownAfter(...known), list(listed), 100 * second);
    expect(transitions.map(({ phase, from, to }) => `${phase} ${from} → ${to}`)).toEqual(expected);
  });
});

/** A look at a second, with the look before it, if anybody remembers one; each is what ServiceStage lists. */
type Look = [second: number, before: number | undefined, listed: string];

describe("how long a phase ran, with a poll every 15 s", () => {
  test.each<[string, Look[], string]>([
    [
      "is known where both ends were seen within about an interval",
      [
        [0, undefined, "Build:NotStarted"],
        [15, 0, "Build:Queuing"],
        [30, 15, "Build:Building"],
        [60, 45, "Build:Successful"],
      ],
      "exact 45",
    ],
    [
      "is bounded where nobody looked before its beginning",
      [
        [0, undefined, "Build:NotStarted"],
        [60, 0, "Build:Building"],
        [75, 60, "Build:Successful"],
      ],
      "atMost 75",
    ],
    [
      "is bounded where nobody looked before its end",
      [
        [0, undefined, "Build:NotStarted"],
        [15, 0, "Build:Building"],
        [90, 15, "Build:Failed"],
      ],
      "atMost 90",
    ],
    [
      "is bounded where it began and ended between two looks",
      [
        [0, undefined, "Build:NotStarted"],
        [15, 0, "Build:Failed"],
      ],
      "atMost 15",
    ],
    [
      "is not known where it ran at the first look, and ServiceStage does not tell since when",
      [
        [0, undefined, "Build:Building"],
        [15, 0, "Build:Successful"],
      ],
      "unknown",
    ],
    ["is not known where it was over at the first look", [[0, undefined, "Build:Successful"]], "unknown"],
    [
      "is not known where the clock was set back",
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
      "is bounded for a retry that was not seen to run",
      [
        [0, undefined, "Build:NotStarted"],
        [15, 0, "Build:Building"],
        [30, 15, "Build:Failed"],
        [45, 30, "Build:Successful"],
      ],
      "atMost 15",
    ],
  ])("%s", (_sentence, looks, expected) => {
    let known: Snapshot = [];
    let last: Transition | undefined;
    for (const [at, before, listed] of looks) {
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

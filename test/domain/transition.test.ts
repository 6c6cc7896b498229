import { describe, expect, test } from "@jest/globals";
import type { ListedPhase, Snapshot } from "../../lambda/domain/phase.ts";
import { diff } from "../../lambda/domain/transition.ts";

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

describe("how long a phase ran, as far as it was observed", () => {
  test.each<[string, string[], number | undefined]>([
    ["from when it was first seen to run", ["Build:Queuing", "Build:Building", "Build:Successful"], 2],
    [
      "a phase that was never seen to run has no duration",
      ["Build:NotStarted", "Build:Successful"],
      undefined,
    ],
    ["a phase that was over at first sight has none either", ["Build:Successful"], undefined],
    [
      "a retried phase counts from its retry",
      ["Build:Building", "Build:Failed", "Build:Building", "Build:Failed"],
      1,
    ],
    [
      "a retry that was not seen to run has none",
      ["Build:Building", "Build:Failed", "Build:Successful"],
      undefined,
    ],
  ])("%s", (_sentence, lists, seconds) => {
    const before = knownAfter(...lists.slice(0, -1));
    const [transition] = diff(before, list(lists.at(-1)!), lists.length * second).transitions;
    expect(transition?.durationMillis).toBe(seconds === undefined ? undefined : seconds * second);
  });
});

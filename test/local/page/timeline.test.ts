import { describe, expect, test } from "@jest/globals";
import { translate } from "../../../lambda/slack/text.ts";
import { en } from "../../../lambda/slack/wording/en.ts";
import {
  layOut,
  renderExplanation,
  renderTimeline,
  type Timeline,
} from "../../../local/page/view/timeline.ts";

type Phases = Parameters<typeof layOut>[0];

/** 2026-11-23 15:00:00 UTC. */
const at = Date.UTC(2026, 10, 23, 15);
const after = (seconds: number): string => new Date(at + seconds * 1_000).toISOString();

const ended = (name: string, state: string, endsAfter: number, durationSeconds: number) => ({
  name,
  state,
  since: after(endsAfter),
  durationSeconds,
});
const waiting = { name: "PostProcess", state: "NotStarted" };

/** The word that a Slack message uses for the state. */
const word = (state: string): string => translate(en.states, state, 40);

/** "start+width" in percent of the axis. */
const bars = ({ rows }: Timeline): (string | undefined)[] =>
  rows.map(({ bar }) => bar && `${Math.round(bar.start)}+${Math.round(bar.width)}`);

describe("the bars and their axis", () => {
  test.each<[string, Phases, number, (string | undefined)[]]>([
    ["nothing has begun", [waiting], 0, [undefined]],
    [
      "the axis of a build that is over is as long as the build",
      [ended("Init", "Successful", 5, 5), ended("Build", "Failed", 20, 10), waiting],
      90,
      ["0+25", "50+50", undefined],
    ],
    [
      "a phase that runs goes on until now, on an axis of 15 seconds",
      [
        ended("Init", "Successful", 3, 3),
        { name: "Build", state: "Building", since: after(3), durationSeconds: 6 },
      ],
      9,
      ["0+20", "20+40"],
    ],
    [
      "the axis grows by a step when it is full",
      [{ name: "Build", state: "Building", since: after(0), durationSeconds: 15 }],
      15,
      ["0+50"],
    ],
    [
      "a phase that was never seen to run has no bar",
      [{ name: "Init", state: "Successful", since: after(5) }],
      9,
      [undefined],
    ],
    [
      "the shortest phase can be seen, and stays on the axis",
      [ended("Init", "Successful", 100, 100), ended("Build", "Failed", 100, 0)],
      100,
      ["0+100", "99+2"],
    ],
  ])("%s", (_sentence, phases, nowAfter, expected) => {
    expect(bars(layOut(phases, at + nowAfter * 1_000))).toEqual(expected);
  });

  test("a phase with only a limit has a bar of the longest possible length", () => {
    const phases: Phases = [
      ended("Init", "Successful", 5, 5),
      { name: "Build", state: "Failed", since: after(20), durationAtMostSeconds: 15 },
    ];
    expect(bars(layOut(phases, at + 90_000))).toEqual(["0+25", "25+75"]);
  });

  test("the bar of the whole build covers its phases", () => {
    const phases = [ended("Init", "Successful", 5, 5), ended("Build", "Failed", 20, 10)];
    expect(layOut(phases, at + 90_000).lastsMillis).toBe(20_000);
    expect(layOut([waiting], at).lastsMillis).toBe(0);
  });
});

describe("the words beside the bar of a phase", () => {
  test.each<[Phases[number], string, string]>([
    [waiting, "is-waiting", word("NotStarted")],
    [ended("Init", "Successful", 70, 65), "is-good", "1 min 5 s"],
    [ended("Build", "Failed", 5, 5), "is-bad", `${word("Failed")} · 5 s`],
    [ended("Build", "Timeout", 5, 5), "is-bad", `${word("Timeout")} · 5 s`],
    [ended("Build", "Cancel", 5, 5), "is-off", `${word("Cancel")} · 5 s`],
    [
      { name: "Build", state: "Building", since: after(0), durationSeconds: 5 },
      "is-moving",
      `${word("Building")} · 5 s`,
    ],
    [
      { name: "Build", state: "Pondering", since: after(0), durationSeconds: 5 },
      "is-moving",
      "Pondering · 5 s",
    ],
    [
      { name: "Build", state: "Failed", since: after(5), durationAtMostSeconds: 22 },
      "is-bad",
      `${word("Failed")} · at most 22 s`,
    ],
    [
      { name: "Build", state: "Successful", since: after(5), durationAtMostSeconds: 22 },
      "is-good",
      "at most 22 s",
    ],
    [{ name: "Init", state: "Successful", since: after(5) }, "is-good", word("Successful")],
    [{ name: "Build", state: "Failed", since: after(5) }, "is-bad", word("Failed")],
  ])("%j", (phase, kind, words) => {
    const { text } = renderTimeline(layOut([phase], at + 5_000));
    expect(text).toContain(`<li class="phase ${kind}">`);
    expect(/<span class="phase-state">(.*)<\/span>/.exec(text)?.[1]).toBe(words);
  });
});

describe("“at most” is explained where it is shown", () => {
  test.each<[string, Parameters<typeof renderExplanation>[0], boolean]>([
    ["for a phase", [{}, { durationAtMostSeconds: 4 }], true],
    ["for the build", [{ durationAtMostSeconds: 4 }, { durationSeconds: 3 }], true],
    ["and nowhere else", [{}, { durationSeconds: 3 }], false],
  ])("%s", (_sentence, lasted, explained) => {
    expect(renderExplanation(lasted)?.text.includes("exact duration is not known") ?? false).toBe(explained);
  });
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { afterAll, describe, expect, test } from "@jest/globals";
import { buildStories } from "./build-stories.ts";
import { explore, isBroken, type Story } from "./explore.ts";
import { jobStories } from "./job-stories.ts";
import { createMutant, mutations, removeMutants } from "./mutations.ts";

/**
 * A share of `npm run faults`: every run with one fault, and of the shortest builds also those with two of which the first
 * meets every fourth call.
 */
async function firstTrace(story: Story, depth: number): Promise<string> {
  let trace = "";
  for await (const run of explore(story, depth, (call) => depth === 1 || call % 4 === 0)) {
    if (isBroken(run.verdict)) trace ||= await story.trace(run.plan);
  }
  return trace;
}

describe("whatever goes wrong, every message is told once and in order, and the card shows the build as it is", () => {
  test.each(buildStories.map((story) => [story.name, story] as const))("%s", async (name, story) => {
    const isShort = name === "over" || name === "short";
    expect((await firstTrace(story, 1)) || (isShort ? await firstTrace(story, 2) : "")).toBe("");
  });
});

describe("whatever goes wrong, every new build of a subscribed job is registered once, and told like any build", () => {
  test.each(jobStories.map((story) => [story.name, story] as const))("%s", async (_name, story) => {
    expect(await firstTrace(story, 1)).toBe("");
  });
});

/** The stories of jobs have late answers of their own, so a broken rule may show without a fault, as some others do. */
const traceOf = {
  builds: /← [\s\S]*the channel then holds[\s\S]*(lost|duplicated|disordered): /,
  jobs: /— tick[\s\S]*the channel then holds[\s\S]*(lost|duplicated|disordered): /,
};

describe("the suite sees it when a rule is broken", () => {
  afterAll(removeMutants);

  test.each(mutations.map((mutation, index) => [mutation.rule, mutation.sentence, mutation, index] as const))(
    "%s: %s",
    async (_rule, _sentence, mutation, index) => {
      const folder = createMutant(mutation, String(index));
      const { of, story = [], faultless = false } = mutation;
      const suite = spawn(process.execPath, [`${folder}/test/faults/first-broken.ts`, of].concat(story));
      const [printed, errors, [status]] = await Promise.all([
        text(suite.stdout),
        text(suite.stderr),
        once(suite, "close"),
      ]);
      expect([status, errors]).toEqual([1, ""]);
      expect(printed).toMatch(traceOf[faultless ? "jobs" : of]);
    },
    // A mutant of few traces takes many runs.
    240_000,
  );
});

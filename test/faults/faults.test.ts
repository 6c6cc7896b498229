import { describe, expect, test } from "@jest/globals";
import { buildStories } from "./build-stories.ts";
import { explore, isBroken, type Story } from "./explore.ts";
import { jobStories } from "./job-stories.ts";

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

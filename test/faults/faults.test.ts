import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { afterAll, describe, expect, test } from "@jest/globals";
import { explore, isBroken, renderTrace } from "./explore.ts";
import { createMutant, mutations, removeMutants } from "./mutations.ts";
import { scenarios } from "./scenarios.ts";

/** A share of `npm run faults`: every run with one fault, and of the short builds every run with two. */
describe("whatever goes wrong, every message is told once and in order, and the card shows the build as it is", () => {
  test.each(scenarios.map((scenario) => [scenario.name, scenario] as const))("%s", async (name, scenario) => {
    const depth = name.startsWith("over") || name === "short" ? 2 : 1;
    let trace = "";
    for await (const run of explore(scenario, depth, () => true)) {
      if (isBroken(run.verdict)) trace ||= await renderTrace(run);
    }
    expect(trace).toBe("");
  });
});

describe("the suite sees it when a rule of delivery is broken", () => {
  afterAll(removeMutants);

  test.each(mutations.map((mutation, index) => [mutation.rule, mutation.sentence, mutation, index] as const))(
    "rule %i: %s",
    async (_rule, _sentence, mutation, index) => {
      const folder = createMutant(mutation, String(index));
      const suite = spawn(process.execPath, [`${folder}/test/faults/first-broken.ts`]);
      const [printed, errors, [status]] = await Promise.all([
        text(suite.stdout),
        text(suite.stderr),
        once(suite, "close"),
      ]);
      expect([status, errors]).toEqual([1, ""]);
      expect(printed).toMatch(/← [\s\S]*the channel then holds[\s\S]*(lost|duplicated|disordered): /);
    },
    // A mutant of few traces takes many runs.
    240_000,
  );
});

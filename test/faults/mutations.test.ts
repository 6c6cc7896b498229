import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { afterAll, describe, expect, test } from "@jest/globals";
import { createMutant, mutations, removeMutants } from "./mutations.ts";

/** Apart from `faults.test.ts`, so that both run at the same time. */

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

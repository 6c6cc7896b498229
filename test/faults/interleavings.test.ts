import { expect, test } from "@jest/globals";
import { exploreInterleavings } from "./interleavings.ts";
import { exploreRandomJobs } from "./job-fuzz.ts";

/** A share of `npm run faults`; a trace names the seed that repeats it. */
test("however the awaits of two or three ticks interleave, every message is told once and in order", async () => {
  const { trace, ...counts } = await exploreInterleavings(300);
  if (trace) throw new Error(trace);
  expect(counts).toEqual({ runs: 300, broken: 0, lost: 0, duplicated: 0, disordered: 0 });
});

test("whatever a job's builds and answers are, each new build is registered once, and no old one", async () => {
  const { trace, ...counts } = await exploreRandomJobs(50);
  if (trace) throw new Error(trace);
  expect(counts).toEqual({ runs: 50, lost: 0, duplicated: 0, disordered: 0 });
});

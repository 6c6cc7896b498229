import { expect, test } from "@jest/globals";
import { exploreInterleavings } from "./interleavings.ts";

/** A share of `npm run faults`; a trace names the seed that repeats it. */
test("however the awaits of two or three ticks interleave, every message is told once and in order", async () => {
  const { trace, ...counts } = await exploreInterleavings(300);
  if (trace) throw new Error(trace);
  expect(counts).toEqual({ runs: 300, broken: 0, lost: 0, duplicated: 0, disordered: 0 });
});

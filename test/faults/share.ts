import { explore, isBroken, renderTrace } from "./explore.ts";
import { scenarios } from "./scenarios.ts";

/** What one of several workers takes of all plans. */
export interface Share {
  depth: number;
  worker: number;
  workers: number;
}

export interface Counts {
  runs: number;
  lost: number;
  duplicated: number;
  disordered: number;
  /** The first trace that broke the promise; the shortest, since shorter plans come first. */
  trace?: string;
}

export const nothingCounted = (): Counts => ({ runs: 0, lost: 0, duplicated: 0, disordered: 0 });

/** All plans whose first fault meets a call of this worker's. */
export async function exploreShare({ depth, worker, workers }: Share): Promise<Counts> {
  const counts = nothingCounted();
  for (const scenario of scenarios) {
    for await (const run of explore(scenario, depth, (call) => call % workers === worker)) {
      // The run without faults is every worker's first, and counted once.
      if (run.plan.size === 0 && worker > 0) continue;
      counts.runs += 1;
      counts.lost += run.verdict.lost;
      counts.duplicated += run.verdict.duplicated;
      counts.disordered += run.verdict.disordered;
      if (isBroken(run.verdict)) counts.trace ??= await renderTrace(run);
    }
  }
  return counts;
}

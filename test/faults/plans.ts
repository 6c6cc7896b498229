import { explore, isBroken, type Story } from "./explore.ts";

export interface Counts {
  runs: number;
  lost: number;
  duplicated: number;
  disordered: number;
  /** The first run that broke the promise, readably; the shortest, where shorter ones come first. */
  trace?: string;
}

export const nothingCounted = (): Counts => ({ runs: 0, lost: 0, duplicated: 0, disordered: 0 });

/** All plans of up to `depth` faults whose first meets such a call, and, of one worker, the runs without faults. */
export async function explorePlans(
  stories: readonly Story[],
  depth: number,
  mine: (call: number) => boolean,
  faultless: boolean,
): Promise<Counts> {
  const counts = nothingCounted();
  for (const story of stories) {
    for await (const run of explore(story, depth, mine)) {
      if (run.plan.size === 0 && !faultless) continue;
      counts.runs += 1;
      counts.lost += run.verdict.lost;
      counts.duplicated += run.verdict.duplicated;
      counts.disordered += run.verdict.disordered;
      if (isBroken(run.verdict)) counts.trace ??= await story.trace(run.plan);
    }
  }
  return counts;
}

import type { Verdict } from "./oracle.ts";

/** By the number of the call, counted over the whole run. */
export type Plan<Fault> = ReadonlyMap<number, Fault>;

/** What can be run again and again, each time with other faults. */
export interface Story<Fault extends string = string> {
  name: string;
  /** With how many faults it is run, at most. */
  faultsAtMost: number;
  run(plan: Plan<Fault>): Promise<Run<Fault>>;
  /** The run again, line by line. */
  trace(plan: Plan<Fault>): Promise<string>;
}

export interface Run<Fault extends string = string> {
  plan: Plan<Fault>;
  verdict: Verdict;
  /** Of each call that it made, the faults that can meet it. */
  choices: readonly (readonly Fault[])[];
}

/**
 * Every plan of up to `depth` faults: each fault that can meet each call of a run, then each fault that can meet each
 * later call of the run which that one led to. Shorter plans come first.
 * @param mine of several explorers of one story, which takes the plans whose first fault is at such a call
 */
export async function* explore(
  story: Story,
  depth: number,
  mine: (call: number) => boolean,
): AsyncGenerator<Run> {
  let frontier: Plan<string>[] = [new Map()];
  const most = Math.min(depth, story.faultsAtMost);
  for (let faults = 0; faults <= most; faults++) {
    const next: Plan<string>[] = [];
    for (const plan of frontier) {
      const run = await story.run(plan);
      yield run;
      if (faults === most) continue;
      const last = Math.max(-1, ...plan.keys());
      for (let call = last + 1; call < run.choices.length; call++) {
        if (plan.size === 0 && !mine(call)) continue;
        for (const fault of run.choices[call]!) next.push(new Map([...plan, [call, fault]]));
      }
    }
    frontier = next;
  }
}

export const isBroken = ({ lost, duplicated, disordered }: Verdict): boolean =>
  lost + duplicated + disordered > 0;

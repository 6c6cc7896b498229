import type { Words } from "../../testing/words.ts";
import { judge, sumOf, wrong, type Verdict } from "./oracle.ts";
import {
  faultsOf,
  parseStep,
  World,
  type FaultKind,
  type Plan,
  type Scenario,
  type WorldOptions,
} from "./world.ts";

export interface Run {
  scenario: Scenario;
  plan: Plan;
  verdict: Verdict;
  /** How many calls it made. */
  calls: World["calls"];
}

export async function runOnce(scenario: Scenario, plan: Plan, options: WorldOptions = {}): Promise<Run> {
  const world = new World(scenario, plan, options);
  await world.run();
  return { scenario, plan, verdict: await judgeWorld(world, options.words), calls: world.calls };
}

async function judgeWorld(world: World, words?: Words): Promise<Verdict> {
  const { store, slack, mayRepeat, scenario } = world;
  const verdicts: Verdict[] = [];
  for (const channel of scenario.channels) {
    const ids = new Set(world.registrations.get(channel));
    const isOurs = (key: string) => ids.has(key.split("/")[0]!);
    const kept = {
      store: { recorded: new Map([...store.recorded].filter(([key]) => isOurs(key))) },
      slack: { messages: slack.messages.filter(({ key }) => isOurs(key)) },
    };
    const [build, isQuiet] = [await world.loadBuild(channel), await world.isQuiet(channel)];
    verdicts.push(judge({ ...kept, build, isQuiet, mayRepeat, steps: scenario.steps.map(parseStep) }, words));
  }
  if (world.heldUp) verdicts.push(wrong("lost", "a channel that refuses holds up another one"));
  if (world.needlessReadBacks > 0)
    verdicts.push(wrong("disordered", "something was read back that was never sent"));
  return sumOf(verdicts);
}

/**
 * Every plan of up to `depth` faults: each fault that can meet each call of a run, then each fault that can meet each
 * later call of the run which that one led to. Shorter plans come first.
 * @param mine of several explorers of one scenario, which takes the plans whose first fault is at such a call
 */
export async function* explore(
  scenario: Scenario,
  depth: number,
  mine: (call: number) => boolean,
): AsyncGenerator<Run> {
  let frontier: Plan[] = [new Map()];
  for (let faults = 0; faults <= depth; faults++) {
    const next: Plan[] = [];
    for (const plan of frontier) {
      const run = await runOnce(scenario, plan);
      yield run;
      if (faults === depth) continue;
      const last = Math.max(-1, ...plan.keys());
      for (let call = last + 1; call < run.calls.length; call++) {
        if (plan.size === 0 && !mine(call)) continue;
        for (const fault of faultsOf[run.calls[call]!]) next.push(extend(plan, call, fault));
      }
    }
    frontier = next;
  }
}

const extend = (plan: Plan, call: number, fault: FaultKind): Plan => new Map([...plan, [call, fault]]);

export const isBroken = ({ lost, duplicated, disordered }: Verdict): boolean =>
  lost + duplicated + disordered > 0;

/** The run again, line by line. */
export async function renderTrace({ scenario, plan }: Pick<Run, "scenario" | "plan">): Promise<string> {
  const world = new World(scenario, plan, { traced: true });
  await world.run();
  const { faults } = await judgeWorld(world);
  const shown = world.slack.messages.map(
    ({ key, says, deleted }) => `  ${key}: ${says}${deleted ? " (deleted)" : ""}`,
  );
  return [`${scenario.name}:`, ...world.trace, "the channel then holds", ...shown, ...faults].join("\n");
}

import { explore, isBroken, renderTrace } from "./explore.ts";
import { scenarios } from "./scenarios.ts";

/**
 * Looks for the shortest plan that breaks the promise, prints its trace and ends with status 1; with status 0 when none
 * of up to two faults does. The mutations run it on their copy of the code.
 */
const few = scenarios.filter(({ name }) => !name.startsWith("long"));
for (const depth of [0, 1, 2]) {
  for (const scenario of few) {
    for await (const run of explore(scenario, depth, () => true)) {
      if (run.plan.size < depth || !isBroken(run.verdict)) continue;
      console.log(await renderTrace(run));
      process.exit(1);
    }
  }
}

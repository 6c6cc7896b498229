import { buildStories } from "./build-stories.ts";
import { explore, isBroken, type Story } from "./explore.ts";
import { jobStories } from "./job-stories.ts";

/**
 * Looks for the shortest plan that breaks the promise, prints its trace and ends with status 1; with status 0 when none
 * of up to two faults does. The mutations run it on their copy of the code.
 * The argument `jobs` looks among the builds that a subscription registers.
 */
const few: Story[] =
  process.argv[2] === "jobs" ? jobStories : buildStories.filter(({ name }) => !name.startsWith("long"));
for (const depth of [0, 1, 2]) {
  for (const story of few.filter(({ faultsAtMost }) => faultsAtMost >= depth)) {
    for await (const run of explore(story, depth, () => true)) {
      if (run.plan.size < depth || !isBroken(run.verdict)) continue;
      console.log(await story.trace(run.plan));
      process.exit(1);
    }
  }
}

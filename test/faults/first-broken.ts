import { buildStories } from "./build-stories.ts";
import { explore, isBroken, type Story } from "./explore.ts";
import { jobStories } from "./job-stories.ts";

/**
 * Looks for the shortest plan that breaks the promise, prints its trace and ends with status 1; with status 0 when none
 * of up to two faults does. The mutations run it on their copy of the code.
 * The argument `jobs` looks among the builds that a subscription registers. A second argument names the only story to run.
 */
const [of, only] = process.argv.slice(2);
const stories: Story[] =
  of === "jobs" ? jobStories : buildStories.filter(({ name }) => !name.startsWith("long"));
const few = stories.filter(({ name }) => only === undefined || name === only);
for (const depth of [0, 1, 2]) {
  for (const story of few.filter(({ faultsAtMost }) => faultsAtMost >= depth)) {
    for await (const run of explore(story, depth, () => true)) {
      if (run.plan.size < depth || !isBroken(run.verdict)) continue;
      console.log(await story.trace(run.plan));
      process.exit(1);
    }
  }
}

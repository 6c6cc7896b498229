import * as fc from "fast-check";
import { renderTrace } from "./build-stories.ts";
import { judgeJob } from "./job-oracle.ts";
import { jobFaultsOf, JobWorld, type JobBuildStory, type JobFault, type JobScenario } from "./job-world.ts";
import { nothingCounted, type Counts } from "./plans.ts";

/** Random jobs and answers, met by random faults. The stories of `job-stories.ts` have each its point; these have none. */

const maybe = <T>(arbitrary: fc.Arbitrary<T>, of = 4) =>
  fc.option(arbitrary, { freq: of - 1, nil: undefined });
const minutes = (min: number, max: number) =>
  fc.integer({ min: min * 10, max: max * 10 }).map((tenths) => tenths / 10);
const branch = fc.constantFrom(undefined, "main", "dev", "release/1");

/** By their beginnings, and how long they take. */
const builds = (
  prefix: string,
  begins: fc.Arbitrary<number>,
  lasts: fc.Arbitrary<number>,
  maxLength: number,
) =>
  fc
    .array(
      fc.record({
        begins,
        lasts,
        branch,
        namedAfter: maybe(minutes(1, 20), 10),
        vanishesAfter: maybe(minutes(1, 20), 20),
        hasNoEnd: maybe(fc.constant(true as const)),
      }),
      { maxLength, size: "max" },
    )
    .map((all) =>
      all.map(({ begins, lasts, branch, namedAfter, vanishesAfter, hasNoEnd }, index): JobBuildStory => {
        // No two begin at the same moment.
        const starts = begins + index / 1_000;
        return {
          buildId: `${prefix}${index}`,
          starts,
          ends: starts + lasts,
          ...(branch && { branch }),
          ...(hasNoEnd && { hasNoEnd }),
          ...(prefix === "new" && namedAfter && { namedAt: starts + namedAfter }),
          ...(prefix === "new" && vanishesAfter && { vanishes: starts + vanishesAfter }),
        };
      }),
    );

const ancient: JobBuildStory = { buildId: "ancient", starts: -5_000, ends: -4_990, hasNoEnd: true };

const scenarios: fc.Arbitrary<JobScenario> = fc
  .record({
    old: builds("old", minutes(-400, -50), minutes(1, 29), 45),
    running: builds("running", minutes(-300, -1), minutes(301, 330), 3),
    begun: builds("new", minutes(0, 30), minutes(0.1, 20), 8),
    ticks: fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 3, maxLength: 30 }),
    branches: maybe(fc.constantFrom<string[][]>(["main"], ["*"], ["**"], ["release/**", "dev"])),
    channels: fc.integer({ min: 1, max: 2 }),
    perPage: fc.constantFrom(1, 2, 3, 100),
    order: fc.constantFrom("newest first" as const, "oldest first" as const, "mixed" as const),
    lags: fc.record({ lastBuildId: minutes(0, 4), list: minutes(0, 4), details: minutes(0, 4) }),
    unreadable: maybe(
      fc.record({
        what: fc.constantFrom("job" as const, "list" as const, "all" as const),
        from: minutes(0, 30),
        until: minutes(0, 30),
        reason: fc.constantFrom("unavailable" as const, "forbidden" as const, "throttled" as const),
      }),
    ),
    drops: maybe(fc.constant("ancient")),
  })
  .map(({ old, running, begun, ticks, branches, channels, unreadable, drops, order, ...rest }) => ({
    ...rest,
    name: "random",
    order,
    builds: [...old, ...running, ...begun, ...(drops ? [ancient] : [])],
    ticks: [0, ...ticks.toSorted((a, b) => a - b)],
    channels: ["C1", "C2"].slice(0, channels).map((channel) => ({ channel, ...(branches && { branches }) })),
    unreadable: unreadable ? [unreadable] : [],
    // Without the whole list, a build in the middle of it is found only if `last_build_id` names it.
    ...(drops && order !== "mixed" && { drops }),
  }));

/** A list that is read page by page then lacks some builds. */
const hiding: ReadonlySet<JobFault> = new Set(["nothing is listed", "listed the other way round"]);

const mishaps = fc.array(fc.record({ call: fc.nat(), fault: fc.nat() }), { maxLength: 5 });

/** A trace names the seed that repeats it. */
export async function exploreRandomJobs(runs: number, seed = Date.now()): Promise<Counts> {
  const counts = nothingCounted();
  const property = fc.asyncProperty(scenarios, mishaps, async (scenario, wanted) => {
    const calm = new JobWorld(scenario, new Map());
    await calm.run();
    const plan = new Map(
      wanted.map(({ call, fault }): [number, JobFault] => {
        const at = call % calm.storyCalls;
        // With a part of the first list alone, nobody would know of the others once the whole list is not read any more.
        const faults = jobFaultsOf[calm.calls[at]!].filter((each) => !scenario.drops || !hiding.has(each));
        return [at, faults[fault % faults.length]!];
      }),
    );
    const world = new JobWorld(scenario, plan, { traced: true });
    await world.run();
    counts.runs += 1;
    // Where `last_build_id` is late, the list is read in each poll.
    const { lost, duplicated, disordered, faults } = await judgeJob(world, { mayReadInEachPoll: true });
    counts.lost += lost;
    counts.duplicated += duplicated;
    counts.disordered += disordered;
    if (faults.length > 0)
      counts.trace ??= [
        `seed ${seed}, run ${counts.runs}: ${JSON.stringify(scenario)}`,
        renderTrace("", world, faults),
      ].join("\n");
  });
  await fc.assert(property, { numRuns: runs, seed });
  return counts;
}

import { jobFaultsOf, JobWorld, type JobBuildStory, type JobFault, type JobScenario } from "./job-world.ts";
import { judgeJob } from "./job-oracle.ts";
import { renderTrace } from "./build-stories.ts";

/** Random jobs, seen through random answers, met by random faults. */

/** mulberry32 */
function randomOf(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const int = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  return {
    int,
    chance: (p: number) => next() < p,
    pick: <T>(all: readonly T[]): T => all[int(0, all.length - 1)]!,
  };
}
type Random = ReturnType<typeof randomOf>;

function buildsOf(random: Random, minutes: number): JobBuildStory[] {
  const old = random.pick([0, 1, 2, 5, 12, 45]);
  const builds: JobBuildStory[] = [];
  for (let each = 0; each < old; each++) {
    const ends = -20 - 7 * each;
    builds.push({ buildId: `old${each}`, starts: ends - random.int(1, 30), ends, ...branchOf(random) });
  }
  if (builds[0] && random.chance(0.4)) builds[0].hasNoEnd = true;
  if (builds[0] && random.chance(0.1)) builds[0].hasNoDetails = true;
  for (let each = 0; each < random.int(0, 3); each++)
    builds.push({
      buildId: `r${each}`,
      starts: -random.int(1, 300) - 0.5,
      ends: random.int(2, minutes) + 0.5,
      ...branchOf(random),
    });
  for (let each = 0; each < random.int(0, 8); each++) {
    const starts = random.int(0, minutes * 10) / 10;
    builds.push({
      buildId: `b${each}`,
      starts,
      ends: starts + random.int(1, 200) / 10,
      ...branchOf(random),
      ...(random.chance(0.1) && { namedAt: starts + random.int(1, 20) }),
      ...(random.chance(0.2) && { hasNoEnd: true as const }),
      ...(random.chance(0.05) && { vanishes: starts + random.int(1, 20) }),
    });
  }
  // A build is named when it starts: no two start at the same moment.
  return builds.map((each, index) => ({ ...each, starts: each.starts + index / 1_000 }));
}
const branchOf = (random: Random) =>
  random.chance(0.7) ? { branch: random.pick(["main", "dev", "release/1"]) } : {};

export function scenarioOf(random: Random): JobScenario {
  const minutes = random.pick([3, 10, 30, 70]);
  const lag = () => (random.chance(0.4) ? random.int(0, 40) / 10 : 0);
  const order = random.pick(["newest first", "oldest first", "mixed"] as const);
  const builds = buildsOf(random, minutes);
  const perPage = random.pick([1, 2, 3, 100, 100]);
  const unreadable = random.chance(0.3)
    ? [
        {
          what: random.pick(["job", "list", "all"] as const),
          from: random.int(0, minutes) + 0.5,
          until: random.int(1, minutes) + 0.5,
          reason: random.pick(["unavailable", "forbidden", "notUnderstood", "throttled"] as const),
        },
      ]
    : [];
  const channels = [
    {
      channel: "C1",
      ...(random.chance(0.4) && { branches: random.pick([["main"], ["*"], ["**"], ["release/**", "dev"]]) }),
    },
    ...(random.chance(0.3) ? [{ channel: "C2" }] : []),
  ];
  return {
    name: "random",
    builds,
    ticks: Array.from({ length: minutes + 1 }, (_, at) => at).filter((at) => at === 0 || random.chance(0.9)),
    channels,
    perPage,
    order,
    lags: { lastBuildId: random.chance(0.1) ? 90 : lag(), list: lag(), details: lag() },
    unreadable,
    tellings: 1,
    ...(order !== "mixed" &&
      builds.some(({ buildId }) => buildId === "old1") &&
      random.chance(0.15) && { drops: "old1" }),
  };
}

async function planOf(scenario: JobScenario, random: Random): Promise<Map<number, JobFault>> {
  const plan = new Map<number, JobFault>();
  const faults = random.pick([0, 1, 1, 2, 3, 5]);
  for (let each = 0; each < faults; each++) {
    const world = new JobWorld(scenario, plan);
    await world.run();
    if (world.storyCalls === 0) break;
    const call = random.int(0, world.storyCalls - 1);
    plan.set(call, random.pick(jobFaultsOf[world.calls[call]!]));
  }
  return plan;
}

const [from = "1", count = "1000"] = process.argv.slice(2);
let [runs, broken] = [0, 0];
for (let seed = Number(from); seed < Number(from) + Number(count); seed++) {
  const random = randomOf(seed * 7919);
  const scenario = scenarioOf(random);
  const plan = await planOf(scenario, random);
  const world = new JobWorld(scenario, plan);
  await world.run();
  const verdict = await judgeJob(world);
  runs += 1;
  const faults = verdict.faults.filter(
    (each) => !/that the job of .* can't be read/.test(each) || each.startsWith("dup"),
  );
  if (faults.every((each) => each.includes("the list is read in each poll"))) continue;
  broken += 1;
  console.log(seed, faults.slice(0, 3).join(" | ").slice(0, 600));
  if (Number(count) === 1) {
    const traced = new JobWorld(scenario, plan, { traced: true });
    await traced.run();
    console.log(JSON.stringify(scenario, undefined, 1), [...plan], renderTrace("random", traced, faults));
  }
}
console.log({ runs, broken });

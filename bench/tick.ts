import { runProgram } from "./processes.ts";
import type { Spent } from "./programs/measured.ts";
import type { Surroundings } from "./surroundings.ts";
import { median, round, type Measured } from "./table.ts";

/** Compares one pass of the deployed handler over unchanged builds with only the GETs of the pass. */

interface Case {
  builds: number;
  delayMillis: number;
  /** How often the tick and its floor run, in turns. */
  repeats: number;
}

const cases: Case[] = [1_000, 10_000].flatMap((builds) =>
  [0, 20, 100].map((delayMillis) => ({
    builds,
    delayMillis,
    repeats: builds * delayMillis > 200_000 ? 1 : 3,
  })),
);
const quickCases: Case[] = [{ builds: 500, delayMillis: 20, repeats: 1 }];

export async function measureTick(surroundings: Surroundings): Promise<Measured> {
  const found: Found[] = [];
  for (const each of surroundings.quick ? quickCases : cases) {
    found.push(await measureCase(each, surroundings));
  }
  return {
    title: "A tick over unchanged builds, against its floor",
    head: [
      "builds",
      "delay",
      "floor",
      "tick",
      "wall ratio",
      "floor's CPU a build",
      "tick's CPU a build",
      "CPU ratio",
    ],
    rows: found.map(({ builds, delayMillis, floor, tick, wallRatio, cpuRatio }) => [
      builds,
      `${delayMillis} ms`,
      `${round(floor.wallMillis)} ms`,
      `${round(tick.wallMillis)} ms`,
      round(wallRatio, 2),
      micros(floor),
      micros(tick),
      round(cpuRatio, 2),
    ]),
    notes: [
      "The floor makes the same GETs, 32 at a time, and parses their JSON. It uses undici, the fastest client that we know. " +
        "The tick and the floor run in turns, in processes that have worked before. The medians are given.",
    ],
    data: found,
  };
}

const micros = ({ cpuMillis, polled }: Spent): string => `${round((cpuMillis * 1_000) / polled)} µs`;

interface Found {
  builds: number;
  delayMillis: number;
  floor: Spent;
  tick: Spent;
  wallRatio: number;
  cpuRatio: number;
}

async function measureCase(
  { builds, delayMillis, repeats }: Case,
  { bundles, serviceStageUrl, environment, createTable }: Surroundings,
): Promise<Found> {
  const run = { serviceStageUrl, builds, delayMillis };
  // Each case has a new table, because builds that stay unchanged for long are also asked for their details.
  const tableName = await createTable(builds);
  const pairs: Pick<Found, "floor" | "tick">[] = [];
  for (let pair = 0; pair < repeats; pair++) {
    const floor = await runProgram<Spent>("floor.ts", { ...run });
    const tick = await runProgram<Spent>(
      "pass.ts",
      { ...run, bundle: bundles.poll.file },
      environment(tableName),
    );
    pairs.push({ floor, tick });
  }
  const ratio = (of: "wallMillis" | "cpuMillis") =>
    median(pairs.map(({ tick, floor }) => tick[of] / tick.polled / (floor[of] / floor.polled)));
  const middle = (what: "floor" | "tick") =>
    pairs.map((pair) => pair[what]).toSorted((a, b) => a.cpuMillis - b.cpuMillis)[pairs.length >> 1]!;
  return {
    builds,
    delayMillis,
    floor: middle("floor"),
    tick: middle("tick"),
    wallRatio: ratio("wallMillis"),
    cpuRatio: ratio("cpuMillis"),
  };
}

import { createBundles } from "./bundles.ts";
import { runProgram } from "./processes.ts";
import type { Spent } from "./programs/measured.ts";
import type { Surroundings } from "./surroundings.ts";
import { round, type Measured } from "./table.ts";

/** What more builds cost: time and CPU for each, and the most memory that the process had. */

export async function measureGrowth({
  quick,
  serviceStageUrl,
  environment,
  createTable,
}: Surroundings): Promise<Measured> {
  const { poll } = createBundles({ poll: "lambda/poll.ts" });
  const found = [];
  for (const builds of quick ? [100, 1_000] : [100, 1_000, 10_000, 50_000]) {
    const plan = { serviceStageUrl, builds, delayMillis: 0, bundle: poll.file };
    found.push({
      builds,
      ...(await runProgram<Spent>("pass", plan, environment(await createTable(builds)))),
    });
  }
  return {
    title: "Growth",
    head: ["builds", "wall a build", "CPU a build", "peak memory"],
    rows: found.map(({ builds, wallMillis, cpuMillis, rssMegabytes }) => [
      builds,
      `${round((wallMillis * 1_000) / builds)} µs`,
      `${round((cpuMillis * 1_000) / builds)} µs`,
      `${round(rssMegabytes)} MB`,
    ]),
    notes: [
      "Without delay; the 33 reads that every pass makes (two for each virtual shard, and the circuit) weigh most where there are few builds.",
    ],
    data: found,
  };
}

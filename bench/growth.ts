import { memoryMegabytes } from "../lib/notifier-function.ts";
import { runProgram } from "./processes.ts";
import type { Spent } from "./programs/measured.ts";
import type { Surroundings } from "./surroundings.ts";
import { round, type Measured } from "./table.ts";

/** What more builds cost: time and CPU for each, and the most memory that the process had. */

/** What V8 takes on a machine with the memory of the function; with more it would let garbage lie for longer. */
const limits = { NODE_OPTIONS: `--max-semi-space-size=16 --max-old-space-size=${memoryMegabytes / 2}` };

export async function measureGrowth({
  quick,
  bundles,
  serviceStageUrl,
  environment,
  createTable,
}: Surroundings): Promise<Measured> {
  const found = [];
  for (const builds of quick ? [100, 1_000] : [100, 1_000, 10_000, 50_000]) {
    // With so many the first ones are warm-up enough.
    const cold = builds >= 10_000;
    const plan = { serviceStageUrl, builds, delayMillis: 0, cold, bundle: bundles.poll.file };
    found.push({
      builds,
      ...(await runProgram<Spent>("pass.ts", plan, environment(await createTable(builds), limits))),
    });
  }
  return {
    title: "Growth",
    head: ["builds", "polled in a tick", "wall a build", "CPU a build", "peak memory"],
    rows: found.map(({ builds, polled, wallMillis, cpuMillis, rssMegabytes }) => [
      builds,
      polled,
      `${round((wallMillis * 1_000) / polled)} µs`,
      `${round((cpuMillis * 1_000) / polled)} µs`,
      `${round(rssMegabytes)} MB`,
    ]),
    notes: [
      `Without delay, with V8's limits for ${memoryMegabytes} MB.`,
      "The 17 reads that a pass makes at least, one for each virtual shard and one for the circuit, weigh most where there are few builds.",
    ],
    data: found,
  };
}

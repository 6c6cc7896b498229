import { memoryMegabytes } from "../lib/notifier-function.ts";
import { runProgram } from "./processes.ts";
import type { Spent } from "./programs/measured.ts";
import type { Surroundings } from "./surroundings.ts";
import { round, type Measured } from "./table.ts";

/** Measures how the time, the CPU and the memory grow with the number of builds. */

/** V8's own limits on a machine with the memory of the function. With higher limits it would collect garbage later. */
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
    // With so many builds, the first ones are enough to warm up.
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
      "A pass makes at least 17 reads: one for each virtual shard, and one for the circuit breaker. With few builds they take most of the time.",
    ],
    data: found,
  };
}

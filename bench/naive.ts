import { memoryMegabytes } from "../lib/notifier-function.ts";
import { prices } from "./cost/prices.ts";
import { runProgram } from "./processes.ts";
import type { Spent } from "./programs/measured.ts";
import type { Surroundings } from "./surroundings.ts";
import { round, type Measured } from "./table.ts";

/** The loop that a tutorial would give: scan the table, one build after another, put every item. */

/** An item has more than one kilobyte and less than two. */
const writeUnitsPerItem = 2;
/** Read eventually consistent: eight kilobytes a unit. */
const readUnitsPerItem = 0.2;

export async function measureNaive(surroundings: Surroundings): Promise<Measured> {
  const { quick, bundles, serviceStageUrl, environment, createTable } = surroundings;
  const builds = quick ? 50 : 500;
  const run = { serviceStageUrl, builds, delayMillis: 20 };
  const env = environment(await createTable(builds));
  const tick = priced(
    await runProgram<Spent>("pass.ts", { ...run, bundle: bundles.poll.file }, env),
    builds,
    0,
  );
  const naive = priced(await runProgram<Spent>("naive.ts", run, env), builds, builds);
  return {
    title: `The naive way, over ${builds} unchanged builds, with ${run.delayMillis} ms of delay`,
    head: ["", "wall", "writes", "a million passes cost"],
    rows: [
      ["tick", `${round(tick.wallMillis)} ms`, 0, `$${round(tick.dollars)}`],
      ["naive", `${round(naive.wallMillis)} ms`, builds, `$${round(naive.dollars)}`],
      ["times", round(naive.wallMillis / tick.wallMillis, 1), "", round(naive.dollars / tick.dollars, 1)],
    ],
    notes: [
      `Lambda's time with ${memoryMegabytes} MB, and DynamoDB's units, at the list prices of bench/cost/prices.ts.`,
    ],
    data: { builds, tick, naive },
  };
}

/** With what a million of such passes cost. */
function priced(spent: Spent, read: number, written: number) {
  const gigabyteSeconds = (spent.wallMillis / 1_000) * (memoryMegabytes / 1_024);
  const dollars =
    gigabyteSeconds * prices.lambdaGigabyteSecond.dollars +
    read * readUnitsPerItem * prices.dynamoReadUnit.dollars +
    written * writeUnitsPerItem * prices.dynamoWriteUnit.dollars;
  return { ...spent, dollars: dollars * 1_000_000 };
}

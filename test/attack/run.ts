import { Worker } from "node:worker_threads";
import pMap from "p-map";
import { beginCommand } from "../../command/command.ts";
import { targets } from "./all.ts";
import type { Result } from "./target.ts";
import type { Work } from "./worker.ts";

/** `npm run attack`. It prints a line for each target. The last line and the status give the overall result. */

const { values } = beginCommand({
  name: "npm run attack",
  does: "Attacks the product with generated events, answers, texts, settings and credentials: two to three minutes.",
  flags: {
    seed: {
      default: Date.now() % 2 ** 31,
      least: 0,
      most: 2 ** 31,
      describes: "repeats the run that printed it; otherwise each run has another one",
    },
  },
});
const { seed } = values;
console.log(`seed=${seed} (npm run attack -- --seed ${seed} repeats this run)`);

const workers = 2;
const results = await pMap(Object.keys(targets), run, { concurrency: workers });
const faults = results.filter(({ fault }) => fault !== undefined);
for (const { name, fault } of faults) console.log(`\n${name}: ${fault}\n`);
const cases = results.reduce((sum, result) => sum + result.cases, 0);
console.log(`cases=${cases} faults=${faults.length}`);
process.exitCode = faults.length > 0 ? 1 : 0;

async function run(name: string): Promise<Result> {
  const workerData: Work = { name, seed };
  const result = await new Promise<Result>((resolve, reject) => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData });
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  console.log(`${name}: cases=${result.cases} faults=${result.fault === undefined ? 0 : 1}`);
  return result;
}

import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { nothingCounted, type Counts, type Share } from "./share.ts";

/** `npm run faults`: every run with up to two faults. The last line sums up, and the status says the same. */

const workers = Math.max(2, availableParallelism());
const shares = Array.from({ length: workers }, (_, worker): Share => ({ depth: 2, worker, workers }));
const total = (await Promise.all(shares.map(explore))).reduce(add, nothingCounted());

if (total.trace) console.log(total.trace);
console.log(
  `runs=${total.runs} lost=${total.lost} duplicated=${total.duplicated} disordered=${total.disordered}`,
);
process.exitCode = total.lost + total.duplicated + total.disordered > 0 ? 1 : 0;

function explore(workerData: Share): Promise<Counts> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData });
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

function add(sum: Counts, { trace, ...counts }: Counts): Counts {
  return {
    runs: sum.runs + counts.runs,
    lost: sum.lost + counts.lost,
    duplicated: sum.duplicated + counts.duplicated,
    disordered: sum.disordered + counts.disordered,
    ...((sum.trace ?? trace) && { trace: (sum.trace ?? trace)! }),
  };
}

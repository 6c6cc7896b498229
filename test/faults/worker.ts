import { parentPort, workerData } from "node:worker_threads";
import { exploreInterleavings } from "./interleavings.ts";
import { explorePlans } from "./plans.ts";
import { runSoak, type SoakOptions } from "./soak.ts";

/** What a worker of `npm run faults` is asked to do; each answers with counts. */
export type Work =
  | { kind: "plans"; depth: number; worker: number; workers: number }
  | { kind: "interleavings"; runs: number }
  | { kind: "soak"; options: SoakOptions };

async function work(asked: Work) {
  if (asked.kind === "plans") {
    return explorePlans(asked.depth, (call) => call % asked.workers === asked.worker, asked.worker === 0);
  }
  if (asked.kind === "interleavings") return exploreInterleavings(asked.runs);
  const soak = await runSoak(asked.options);
  return { ...soak, runs: 1, ...(soak.faults[0] !== undefined && { trace: soak.faults[0] }) };
}

parentPort!.postMessage(await work(workerData as Work));

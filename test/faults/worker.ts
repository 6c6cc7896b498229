import { parentPort, workerData } from "node:worker_threads";
import { exploreInterleavings } from "./interleavings.ts";
import { explorePlans } from "./plans.ts";
import { busyHour, runSoak } from "./soak.ts";

/** What a worker of `npm run faults` is asked to do; each answers with counts. */
export type Work =
  | { kind: "plans"; depth: number; worker: number; workers: number }
  | { kind: "interleavings"; runs: number }
  | { kind: "soak" };

async function work(asked: Work) {
  if (asked.kind === "plans") {
    return explorePlans(asked.depth, (call) => call % asked.workers === asked.worker, asked.worker === 0);
  }
  if (asked.kind === "interleavings") return exploreInterleavings(asked.runs);
  const { faults, ...soak } = await runSoak(busyHour);
  return { ...soak, runs: 1, ...(faults[0] !== undefined && { trace: faults[0] }) };
}

parentPort!.postMessage(await work(workerData as Work));

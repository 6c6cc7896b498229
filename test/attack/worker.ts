import { parentPort, workerData } from "node:worker_threads";
import { targets } from "./all.ts";
import { attack } from "./target.ts";

/** Attacks one target in a separate thread. */

export interface Work {
  name: string;
  seed: number;
}

const { name, seed } = workerData as Work;
const target = await targets[name]!();
const result = await attack(target, { seed, cases: target.cases });
await target.close?.();
parentPort!.postMessage(result);

import { parentPort, workerData } from "node:worker_threads";
import { buildStories } from "./build-stories.ts";
import { exploreRandomJobs } from "./job-fuzz.ts";
import { jobStories } from "./job-stories.ts";
import { exploreInterleavings } from "./interleavings.ts";
import { runOutage, type OutageOptions } from "./outage.ts";
import { explorePlans, type Counts } from "./plans.ts";
import { runSoak, type SoakOptions } from "./soak.ts";

const stories = { builds: buildStories, jobs: jobStories };

/** What a worker of `npm run faults` is asked to do; each answers with counts. */
export type Work =
  | { kind: "plans"; of: keyof typeof stories; depth: number; worker: number; workers: number }
  | { kind: "interleavings"; runs: number }
  | { kind: "randomJobs"; runs: number }
  | { kind: "soak"; options: SoakOptions }
  | { kind: "outage"; options: OutageOptions };

async function work(asked: Work) {
  if (asked.kind === "plans") {
    return explorePlans(
      stories[asked.of],
      asked.depth,
      (call) => call % asked.workers === asked.worker,
      asked.worker === 0,
    );
  }
  if (asked.kind === "interleavings") return exploreInterleavings(asked.runs);
  if (asked.kind === "randomJobs") return exploreRandomJobs(asked.runs);
  if (asked.kind === "soak") return countOne(await runSoak(asked.options));
  const { faults, ...outage } = await runOutage(asked.options);
  console.log(JSON.stringify({ ...outage, heapMegabytes: Math.round(process.memoryUsage().heapUsed / 1e6) }));
  return countOne({ ...outage, faults });
}

const countOne = (run: Omit<Counts, "runs" | "trace"> & { faults: string[] }): Counts => ({
  runs: 1,
  lost: run.lost,
  duplicated: run.duplicated,
  disordered: run.disordered,
  ...(run.faults[0] !== undefined && { trace: run.faults[0] }),
});

parentPort!.postMessage(await work(workerData as Work));

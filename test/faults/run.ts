import { Worker } from "node:worker_threads";
import { beginCommand } from "../../command/command.ts";
import { nothingCounted, type Counts } from "./plans.ts";
import { longOutage } from "./outage.ts";
import { busyChannel, busyHour } from "./soak.ts";
import type { Work } from "./worker.ts";

/** `npm run faults`. The last line sums up everything, and the status says the same. */

beginCommand({
  name: "npm run faults",
  does: "Every run with up to two faults, of registered builds and of subscribed jobs, interleavings of ticks, random jobs, an hour of 2,000 builds, and six hours without Slack.",
  flags: {},
});

const plans = await runPlans("builds");
console.log(`every run with up to two faults: ${render(plans)}`);
const jobs = await runPlans("jobs");
console.log(`every run of a subscribed job with up to two faults: ${render(jobs)}`);
const [interleavings, randomJobs, soak, hour] = await Promise.all([
  runAll({ kind: "interleavings", runs: 10_000 }),
  runAll({ kind: "randomJobs", runs: 2_000 }),
  runAll({ kind: "soak", options: busyChannel }),
  runAll({ kind: "soak", options: busyHour }),
]);
console.log(`interleavings of two and three ticks: ${render(interleavings)}`);
console.log(`random jobs with random faults: ${render(randomJobs)}`);
console.log(`700 messages for one channel: ${render(soak)}`);
console.log(`2,000 moving builds under Slack's limits: ${render(hour)}`);

const outage = await runAll({ kind: "outage", options: longOutage });
console.log(`200 moving builds in six hours without Slack: ${render(outage)}`);

const total = [plans, jobs, interleavings, randomJobs, soak, hour, outage].reduce(add);
if (total.trace) console.log(total.trace);
console.log(render(total));
process.exitCode = total.lost + total.duplicated + total.disordered > 0 ? 1 : 0;

function runPlans(of: "builds" | "jobs"): Promise<Counts> {
  const plans = { kind: "plans" as const, of, depth: 2, workers: 2 };
  return runAll({ ...plans, worker: 0 }, { ...plans, worker: 1 });
}

async function runAll(...works: Work[]): Promise<Counts> {
  return (await Promise.all(works.map(run))).reduce(add, nothingCounted());
}

function run(workerData: Work): Promise<Counts> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData });
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

function add(sum: Counts, counts: Counts): Counts {
  const trace = sum.trace ?? counts.trace;
  return {
    runs: sum.runs + counts.runs,
    lost: sum.lost + counts.lost,
    duplicated: sum.duplicated + counts.duplicated,
    disordered: sum.disordered + counts.disordered,
    ...(trace !== undefined && { trace }),
  };
}

function render({ runs, lost, duplicated, disordered }: Counts): string {
  return `runs=${runs} lost=${lost} duplicated=${duplicated} disordered=${disordered}`;
}

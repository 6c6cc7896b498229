import { setPlan } from "../servicestage.ts";

/** What a run needed. */
export interface Spent {
  /** How many builds were polled. A tick whose time is over leaves the other builds to the next tick. */
  polled: number;
  wallMillis: number;
  /** The CPU time of this process, in user and system mode. */
  cpuMillis: number;
  /** The most memory that this process had until then. */
  rssMegabytes: number;
}

export interface Run {
  serviceStageUrl: string;
  builds: number;
  delayMillis: number;
  /** How many builds are one stage further in the measured run. */
  moved?: number;
  /** Nothing runs before the measured run. */
  cold?: boolean;
}

/** Enough for V8 to compile the code that runs often. */
const warmUpBuilds = 3_000;

/** Runs for a while before it measures, like a Lambda that is already polling. */
export async function measureWarm(run: () => Promise<number>, plan: Run): Promise<void> {
  const { serviceStageUrl, builds, delayMillis, moved = 0, cold = false } = plan;
  await setPlan(serviceStageUrl, {});
  for (let done = cold ? warmUpBuilds : 0; done < warmUpBuilds; done += builds) await run();
  await setPlan(serviceStageUrl, { delayMillis, moved });
  console.log(JSON.stringify(await measure(run)));
}

/** @param run returns how many builds it polled */
export async function measure(run: () => Promise<number>): Promise<Spent> {
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  const polled = await run();
  const wallMillis = performance.now() - started;
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    polled,
    wallMillis,
    cpuMillis: (user + system) / 1_000,
    rssMegabytes: process.resourceUsage().maxRSS / 1_024,
  };
}

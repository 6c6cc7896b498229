import { setPlan } from "../servicestage.ts";

/** What a run took. */
export interface Spent {
  /** Of how many builds the phases were asked; a tick whose time is over leaves some to the next. */
  polled: number;
  wallMillis: number;
  /** Of this process, in user and system mode. */
  cpuMillis: number;
  /** The most memory that this process had until then. */
  rssMegabytes: number;
}

export interface Run {
  serviceStageUrl: string;
  builds: number;
  delayMillis: number;
  /** So many builds are one stage further when it is measured. */
  moved?: number;
  /** Nothing runs before. */
  cold?: boolean;
}

/** Enough for the compiler to have seen all that is used often. */
const warmUpBuilds = 3_000;

/** A process that has worked for a while is measured, like a Lambda that is polling. */
export async function measureWarm(run: () => Promise<number>, plan: Run): Promise<void> {
  const { serviceStageUrl, builds, delayMillis, moved = 0, cold = false } = plan;
  await setPlan(serviceStageUrl, {});
  for (let done = cold ? warmUpBuilds : 0; done < warmUpBuilds; done += builds) await run();
  await setPlan(serviceStageUrl, { delayMillis, moved });
  console.log(JSON.stringify(await measure(run)));
}

/** @param run gives how many builds it polled */
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

import { feedId } from "../../lambda/domain/feed.ts";
import type { JobBuild } from "../../lambda/domain/job.ts";
import { seenHash } from "../../lambda/domain/seen.ts";
import { subscribe, type Subscription } from "../../lambda/domain/subscription.ts";
import { virtualShards } from "../../lambda/names.ts";
import { createPace } from "../../lambda/tracking/pace.ts";
import { tick, type TickParts, type TickReport } from "../../lambda/tracking/tick.ts";
import { createTestClock, type TestClock } from "../../testing/clock.ts";
import { MemoryServiceStage } from "../../testing/memory-servicestage.ts";
import { LimitedSlack } from "../../testing/memory-slack.ts";
import { silentLog } from "../../testing/silent-log.ts";
import { quantile, sum } from "./measure.ts";
import { details, Model, retention } from "./model.ts";
import { ShardStores } from "./shard-stores.ts";
import { minute } from "./simulate.ts";

/** Jobs with a subscription each, of which some build all the time. */
export interface DiscoveryOptions {
  subscriptions: number;
  /** How many of the jobs build. When a build ends, the job's next one begins. */
  building: number;
  jobsPerChannel: number;
  buildMinutes: number;
  shards: number;
  pollIntervalSeconds: number;
  jobPollSeconds: number;
  roundTripMillis: number;
  minutes: number;
  seed: number;
}

export interface Discovery {
  /** Builds that were listed in the measured time. */
  listed: number;
  /** Of those, builds without a message at the end. */
  untold: number;
  /** From the moment at which ServiceStage lists a build to its first message in Slack, sorted. */
  lateMillis: number[];
  /** How long the slowest pass of each tick needed until its last poll, sorted. */
  passMillis: number[];
  /** How long each tick needed until its end, sorted. */
  tickMillis: number[];
  getsPerMinute: number;
  writesPerMinute: number;
}

/** A page of the list. All of them are seen before the start. */
const listedBefore = 100;
const hour = 60 * minute;

/** Runs the real ticks of all shards on one model clock, and measures once every job has builds that are followed. */
export async function discover(options: DiscoveryOptions): Promise<Discovery> {
  const { subscriptions, building, jobsPerChannel, shards, minutes } = options;
  const clock = createTestClock();
  const started = clock.now();
  const jobs = new Jobs({ ...options, builds: building, buildsPerChannel: 1 }, clock);
  const slack = new LimitedSlack(clock, { burst: 8 });
  const stores = new ShardStores(clock, () => []);
  const channels = Math.ceil(subscriptions / jobsPerChannel);
  for (let job = 0; job < subscriptions; job++) {
    jobs.add(job);
    const read = { listedAt: started - (job / subscriptions) * hour, channel: `C${job % channels}` };
    stores.add(settled(job, read, started));
  }
  const parts = partsOf(clock, jobs.serviceStage, stores, slack, options);
  // After the time of one build all builds that run were found by their subscriptions.
  const measuredFrom = started + (building > 0 ? options.buildMinutes * minute : 0);
  const until = measuredFrom + minutes * minute;
  const ticks: { at: number; millis: number; report: TickReport }[] = [];
  let before = { gets: 0, writes: 0 };
  const countsNow = () => ({ gets: jobs.gets, writes: sum(stores.writes) });
  const runShard = async (shard: number): Promise<void> => {
    const pace = createPace();
    for (let at = started; at < until; at += minute) {
      if (clock.now() < at) await clock.sleep(at - clock.now());
      if (at === measuredFrom && shard === 0) before = countsNow();
      const event = { shard, shards, scheduledTime: at, processEnd: at + 75_000 };
      const report = await tick(event, { ...parts, pace }, virtualShards);
      ticks.push({ at, millis: clock.now() - at, report });
    }
  };
  await Promise.all(Array.from({ length: shards }, (_, shard) => runShard(shard)));
  const { gets, writes } = countsNow();
  const measured = ticks.filter(({ at }) => at >= measuredFrom);
  return {
    ...latenessOf(jobs, stores, slack, { from: measuredFrom, until }),
    passMillis: sorted(measured.map(({ report }) => report.pollDelaySeconds * 1_000)),
    tickMillis: sorted(measured.map(({ millis }) => millis)),
    getsPerMinute: (gets - before.gets) / minutes,
    writesPerMinute: (writes - before.writes) / minutes,
  };
}

const sorted = (numbers: number[]): number[] => numbers.toSorted((a, b) => a - b);

const jobIdOf = (job: number): string => `j${job}`;
const oldBuildsOf = (job: number): JobBuild[] =>
  Array.from({ length: listedBefore }, (_, number) => ({
    buildId: `old-${job}-${number}`,
    state: "Successful",
  }));

/** The jobs at ServiceStage. The newest builds stand first in their lists. */
class Jobs {
  readonly serviceStage: MemoryServiceStage;
  /** The builds of the model, and when they were listed. */
  readonly listedAt = new Map<string, number>();
  gets = 0;
  readonly #model: Model;
  readonly #clock: TestClock;

  constructor(options: DiscoveryOptions & { builds: number; buildsPerChannel: number }, clock: TestClock) {
    this.#model = new Model(options, clock.now());
    this.#clock = clock;
    this.serviceStage = new MemoryServiceStage({
      phasesOf: (buildId) => this.#model.phasesAt(buildId, clock.now()),
      detailsOf: (buildId) => ({ ...details, startedAt: this.listedAt.get(buildId)! }),
      run: async (_path, answer) => {
        this.gets += 1;
        await clock.sleep(options.roundTripMillis);
        this.#list();
        return answer();
      },
    });
  }

  add(job: number): void {
    const builds = oldBuildsOf(job);
    const [jobId, jobName] = [jobIdOf(job), `shop-${job}`];
    this.serviceStage.setJob({ jobId, jobName, lastBuildId: builds[0]!.buildId, builds });
  }

  /** Lists the builds that have begun. */
  #list(): void {
    if (this.#model.options.builds === 0) return;
    for (const { buildId } of this.#model.begunBy(this.#clock.now())) {
      const job = this.serviceStage.jobs.get(jobIdOf(this.#model.chainOf(buildId)))!;
      job.builds = [
        { buildId, state: "Building" },
        ...job.builds.map((earlier) => ({ ...earlier, state: "Successful" })),
      ];
      job.lastBuildId = buildId;
      this.listedAt.set(buildId, this.#model.timeOf(buildId, 0));
    }
  }
}

/** A subscription that has seen all builds. */
function settled(
  job: number,
  { listedAt, channel }: { listedAt: number; channel: string },
  now: number,
): Subscription {
  const settings = { channel, mention: [], thread: true };
  const builds = oldBuildsOf(job);
  return {
    ...subscribe(jobIdOf(job), `shop-${job}`, `s${job}`, settings, now - hour),
    lastBuildId: builds[0]!.buildId,
    since: now - hour,
    listedAt,
    pages: 1,
    seen: builds.map(({ buildId }) => seenHash(buildId)),
  };
}

function partsOf(
  clock: TestClock,
  serviceStage: MemoryServiceStage,
  stores: ShardStores,
  slack: LimitedSlack,
  { pollIntervalSeconds, jobPollSeconds }: DiscoveryOptions,
): Omit<TickParts, "pace"> {
  let ids = 0;
  return {
    clock,
    log: silentLog,
    newId: () => `i${++ids}`,
    retention,
    jobPollMillis: jobPollSeconds * 1_000,
    pollIntervalMillis: pollIntervalSeconds * 1_000,
    store: stores.asPort(),
    slack,
    serviceStage,
  };
}

function latenessOf(
  { listedAt }: Jobs,
  { feeds }: ShardStores,
  { inner }: LimitedSlack,
  { from, until }: { from: number; until: number },
): Pick<Discovery, "listed" | "untold" | "lateMillis"> {
  const first = new Map<string, number>();
  for (const { key, at } of inner.messages) {
    const [id = ""] = key.split("/");
    first.set(id, Math.min(first.get(id) ?? Infinity, at));
  }
  const toldAt = new Map(
    feeds.flatMap((feed) =>
      feed.kind === "build" ? [[feed.buildId, first.get(feedId(feed))] as const] : [],
    ),
  );
  // A build that was listed in the last two minutes may be told after the end.
  const listed = [...listedAt].filter(([, at]) => at >= from && at < until - 2 * minute);
  const late = listed.flatMap(([buildId, at]) => {
    const told = toldAt.get(buildId);
    return told === undefined ? [] : [told - at];
  });
  return { listed: listed.length, untold: listed.length - late.length, lateMillis: sorted(late) };
}

/** @param share such as 0.99. @returns for the table, in seconds */
export const secondsAt = (millis: readonly number[], share: number): string =>
  `${((quantile(millis, share) ?? 0) / 1_000).toFixed(1)} s`;

import { randomUUID } from "node:crypto";
import type { JobBuild } from "../../lambda/domain/job.ts";
import { subscribe, type Subscription } from "../../lambda/domain/subscription.ts";
import { virtualShards } from "../../lambda/names.ts";
import { createPace } from "../../lambda/tracking/pace.ts";
import type { Store } from "../../lambda/tracking/ports.ts";
import { tick, type TickParts } from "../../lambda/tracking/tick.ts";
import { createTestClock } from "../../testing/clock.ts";
import { MemoryServiceStage } from "../../testing/memory-servicestage.ts";
import { MemorySlack } from "../../testing/memory-slack.ts";
import { createMemoryStore } from "../../testing/memory-store.ts";
import { silentLog } from "../../testing/silent-log.ts";
import { CountingStore, indexBytesOf, tableBytesOf } from "./counting-store.ts";

/** The requests to ServiceStage, and those for the items of the subscription and of a build that it registers. */
export interface Needs {
  gets: number;
  writes: number;
  writeUnits: number;
  readUnits: number;
}

/** What one subscription needs. */
export interface SubscriptionLife {
  itemBytes: number;
  /** The size of its entry in the index. */
  indexBytes: number;
  /** A poll that finds nothing new. */
  poll: Needs;
  /** The polls that read the whole list again and find nothing new. */
  wholeList: Needs;
  /** A poll that finds a new build, up to the registration of the build. */
  newBuild: Needs;
}

const jobId = "b81e5f41-2a55-4f0b-8d5c-5c2d8a1f7e10";
const jobName = "webshop-checkout";
const dayMillis = 86_400_000;

/**
 * Runs the real ticks on a model clock.
 * @param builds how many builds the job's list holds at the beginning
 * @param newest where a new build stands in the list: ServiceStage does not say
 */
export async function measureSubscription(
  builds: number,
  newest: "first" | "last" = "first",
): Promise<SubscriptionLife> {
  const clock = createTestClock();
  const serviceStage = new MemoryServiceStage();
  const memory = createMemoryStore(clock);
  const counting = new CountingStore(memory);
  const parts: TickParts = {
    clock,
    log: silentLog,
    newId: randomUUID,
    pace: createPace(),
    retention: { abandonAfterMillis: dayMillis, keepMillis: dayMillis },
    jobPollMillis: 60_000,
    pollIntervalMillis: 60_000,
    store: withoutBuilds(memory, counting.port),
    serviceStage,
    slack: new MemorySlack(clock.now),
  };
  const listed: JobBuild[] = Array.from({ length: builds }, (_, number) => ({
    buildId: `${String(number).padStart(6, "0")}abcdefghijklmnopqrstuvwxyz01234567`,
    state: "Successful",
  }));
  const show = (last: JobBuild): void =>
    serviceStage.setJob({ jobId, jobName, lastBuildId: last.buildId, builds: listed });
  const poll = async (): Promise<Needs> => {
    const before = countsOf(serviceStage, counting);
    const event = { shard: 0, shards: 1, scheduledTime: clock.now(), processEnd: clock.now() + 75_000 };
    await tick(event, parts, virtualShards);
    clock.advance(60_000);
    return difference(countsOf(serviceStage, counting), before);
  };

  const last = listed[newest === "first" ? 0 : builds - 1]!;
  const [startedAt, endedAt] = [clock.now() - 2 * dayMillis, clock.now() - dayMillis];
  serviceStage.set(last.buildId, "", { state: "Successful", startedAt, endedAt });
  show(last);
  const settings = { channel: "C0BUILDS001", mention: [], thread: true };
  const subscription = subscribe(jobId, jobName, randomUUID(), settings, clock.now());
  await counting.port.register(subscription, undefined);
  /** A long list is read in several passes. */
  const readWholeList = async (): Promise<Needs> => {
    const begun = clock.now();
    let needs = await poll();
    while (((memory.read(subscription) as Subscription).listedAt ?? 0) < begun)
      needs = sum(needs, await poll());
    return needs;
  };
  await readWholeList();
  const idle = await poll();
  clock.advance(dayMillis);
  const wholeList = await readWholeList();
  const begun = { buildId: "0f7fqckzmjcfi0f7yxhx91l2rwrfyzd2poac90b5", state: "Building" };
  if (newest === "first") listed.unshift(begun);
  else listed.push(begun);
  serviceStage.set(begun.buildId, "Init:Building", { state: "Building", startedAt: clock.now() });
  show(begun);
  const newBuild = await poll();
  const stored = memory.read(subscription)!;
  return {
    itemBytes: tableBytesOf(stored),
    indexBytes: indexBytesOf(stored),
    poll: idle,
    wholeList,
    newBuild,
  };
}

/** Once a build is registered, its own reads and writes are those of any build. */
const withoutBuilds = (store: Store, counted: Store): Store => ({
  ...store,
  register: counted.register,
  load: (feed) => (feed.kind === "build" ? store : counted).load(feed),
  save: (before, after, writer) => (after.kind === "build" ? store : counted).save(before, after, writer),
});

const countsOf = (
  { requests }: MemoryServiceStage,
  { writes, writeUnits, readUnits }: CountingStore,
): Needs => ({
  // The phases are polled for any build.
  gets: requests.filter((path) => !path.endsWith("/phases")).length,
  writes,
  writeUnits,
  readUnits,
});

const difference = (after: Needs, before: Needs): Needs => combine(after, before, -1);
const sum = (a: Needs, b: Needs): Needs => combine(a, b, 1);

const combine = (a: Needs, b: Needs, sign: 1 | -1): Needs => ({
  gets: a.gets + sign * b.gets,
  writes: a.writes + sign * b.writes,
  writeUnits: a.writeUnits + sign * b.writeUnits,
  readUnits: a.readUnits + sign * b.readUnits,
});

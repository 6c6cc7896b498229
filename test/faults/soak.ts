import { registerBuild, type Build } from "../../lambda/domain/build.ts";
import { channelOf, feedId, isActiveFeed } from "../../lambda/domain/feed.ts";
import { virtualShards } from "../../lambda/names.ts";
import { createPace } from "../../lambda/tracking/pace.ts";
import type { Clock, ServiceStage, Slack } from "../../lambda/tracking/ports.ts";
import { tick, type TickParts } from "../../lambda/tracking/tick.ts";
import { createTestClock } from "../../testing/clock.ts";
import { atOnce, MemoryServiceStage } from "../../testing/memory-servicestage.ts";
import { LimitedSlack, type MemorySlack } from "../../testing/memory-slack.ts";
import { judgeAll } from "./oracle.ts";
import { phasesAfter } from "../../testing/phases.ts";
import { createMemoryStore, type MemoryStore } from "../../testing/memory-store.ts";
import { silentLog } from "../../testing/silent-log.ts";

export interface SoakOptions {
  builds: number;
  /** C0, C1 and so on: the builds are dealt to them in turn. */
  channels: number;
  /** All builds are registered at once, and begin one after another within this time. */
  beginWithinMillis: number;
  /** From one of a build's twelve transitions to the next. */
  stepMillis: number;
  /** How many posts at once Slack takes into a channel that was silent. */
  burst: number;
  /** For so long Slack answers 429 to every post into C0; 0 by default. */
  closedMillis?: number;
}

export interface Soak {
  delivered: number;
  lost: number;
  duplicated: number;
  disordered: number;
  /** Calls to `chat.update` within any minute, whatever Slack answered. */
  editsPerMinuteAtMost: number;
  /** Calls to `chat.postMessage` for one channel: the average of any minute, whatever Slack answered. */
  postsPerSecondAtMost: number;
  /** Calls that Slack answered with 429. */
  throttled: number;
  /** From a message's observation to its arrival in Slack, the slowest of each channel. */
  waitMillisAtMost: Map<string, number>;
  /** How many minutes went by until every build had ended and nothing was pending. */
  minutes: number;
  faults: string[];
}

const minute = 60_000;

/**
 * 2,000 builds that move for an hour, and end within ten minutes. Slack takes fifty minutes for their last edits, one
 * for each build at 40 a minute.
 */
export const busyHour: SoakOptions = {
  builds: 2_000,
  channels: 50,
  beginWithinMillis: 10 * minute,
  stepMillis: 4 * minute,
  burst: 4,
};

/** One channel that is pending about twelve messages for each build, faster than Slack takes them. */
export const busyChannel: SoakOptions = {
  builds: 60,
  channels: 1,
  beginWithinMillis: 2 * minute,
  stepMillis: 20_000,
  burst: 3,
};

const minutesAtMost = 180;

/** Tick after tick under Slack's limits, until every build has ended and nothing is pending. */
export async function runSoak(options: SoakOptions): Promise<Soak> {
  const clock = createTestClock();
  const started = clock.now();
  const store = createMemoryStore(clock);
  const slack = new LimitedSlack(clock, options);
  const ids = await registerAll(store, options, started);
  const ticking = optionsOf(clock, store, slack, serviceStageOf(clock, options));

  let minutes = 0;
  for (; minutes < minutesAtMost && store.readIndex().length > 0; minutes++) {
    const scheduledTime = started + minutes * minute;
    clock.advance(Math.max(0, scheduledTime - clock.now()));
    await tick(
      { shard: 0, shards: 1, scheduledTime, processEnd: scheduledTime + 75_000 },
      ticking,
      virtualShards,
    );
  }
  const builds = ids.map((id) => store.readBuild(id)!);
  return {
    ...judgeAll(builds, store, slack.inner, (build) => !isActiveFeed(build)),
    delivered: slack.inner.messages.filter(({ key }) => store.recorded.has(key)).length,
    editsPerMinuteAtMost: mostWithin(minute, slack.edits),
    postsPerSecondAtMost: Math.max(
      ...[...slack.posts.values()].map((posts) => mostWithin(minute, posts) / 60),
    ),
    throttled: slack.throttled,
    waitMillisAtMost: waits(builds, store, slack.inner),
    minutes,
  };
}

async function registerAll(
  store: MemoryStore,
  { builds, channels }: SoakOptions,
  now: number,
): Promise<string[]> {
  const ids = Array.from({ length: builds }, (_, index) => `b${index}`);
  for (const [index, id] of ids.entries()) {
    const settings = { channel: `C${index % channels}`, mention: [], thread: true };
    await store.register(registerBuild(id, `r${index}`, settings, now), undefined);
  }
  return ids;
}

function optionsOf(clock: Clock, store: MemoryStore, slack: Slack, serviceStage: ServiceStage): TickParts {
  let ids = 0;
  return {
    clock,
    log: silentLog,
    newId: () => `i${++ids}`,
    pace: createPace(),
    retention: { abandonAfterMillis: 86_400_000, keepMillis: 86_400_000 },
    jobPollMillis: 60_000,
    pollIntervalMillis: 15_000,
    store,
    slack,
    serviceStage,
  };
}

function serviceStageOf(clock: Clock, { builds, beginWithinMillis, stepMillis }: SoakOptions): ServiceStage {
  const started = clock.now();
  return new MemoryServiceStage({
    phasesOf: (buildId) => {
      const began = started + (Number(buildId.slice(1)) / builds) * beginWithinMillis;
      return phasesAfter((clock.now() - began) / stepMillis);
    },
    run: atOnce,
  });
}

/** The most of these times, in their order, that lie within one span. */
function mostWithin(spanMillis: number, times: number[]): number {
  let first = 0;
  let most = 0;
  for (const [index, time] of times.entries()) {
    while (times[first]! <= time - spanMillis) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

function waits(builds: Build[], store: MemoryStore, { messages }: MemorySlack): Map<string, number> {
  const channels = new Map(builds.map((build) => [feedId(build), channelOf(build)]));
  const slowest = new Map<string, number>();
  for (const { key, at } of messages) {
    const message = store.recorded.get(key);
    const channel = channels.get(key.split("/")[0]!)!;
    if (message) slowest.set(channel, Math.max(slowest.get(channel) ?? 0, at - message.at));
  }
  return slowest;
}

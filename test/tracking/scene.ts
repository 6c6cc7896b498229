import { randomUUID } from "node:crypto";
import { registerBuild, type Build, type Settings } from "../../lambda/domain/build.ts";
import type { Message } from "../../lambda/domain/delivery.ts";
import type { Lease } from "../../lambda/domain/delivery.ts";
import { virtualShards } from "../../lambda/names.ts";
import type { Log, Store } from "../../lambda/tracking/ports.ts";
import { createPace } from "../../lambda/tracking/pace.ts";
import type { SubscriptionSettings } from "../../lambda/domain/subscription.ts";
import { subscribeJob } from "../../lambda/tracking/subscribe.ts";
import { tick, type TickEvent, type TickParts } from "../../lambda/tracking/tick.ts";
import { createTestClock, type TestClock } from "../../testing/clock.ts";
import { createQuietLog } from "../../testing/quiet-log.ts";
import { createMemoryStore } from "../../testing/memory-store.ts";
import { MemoryServiceStage } from "../../testing/memory-servicestage.ts";
import { MemorySlack } from "../../testing/memory-slack.ts";
import type { Words } from "../../testing/words.ts";

export const minute = 60_000;
export const hour = 60 * minute;

export type OpenStore = (parts: { clock: TestClock; log: Log }) => Store;
const inMemory: OpenStore = ({ clock }) => createMemoryStore(clock);

/** "card 1: Build Building", "2: Build Successful". */
const told: Words = {
  card({ status, outcome, snapshot, trouble, delivery: { card } }) {
    const phases = snapshot.map(({ name, state }) => `${name} ${state}`).join(", ");
    const ending = status === "tracking" ? "" : ` (${outcome ?? status})`;
    return `card ${card!.number}: ${phases}${ending}${trouble?.shown ? ` ${trouble.reason}` : ""}`;
  },
  message: (_key, message) => `${message.number}: ${say(message)}`,
};

function say(message: Message): string {
  switch (message.kind) {
    case "caughtUp":
      return `caught up ${message.transitions.map(({ phase, to }) => `${phase} ${to}`).join(", ")}`;
    case "transition":
      return `${message.transition.phase} ${message.transition.to}`;
    case "digest":
      return `digest of ${message.builds}`;
    case "action":
      return `${message.by} ${message.action} ${message.result}`;
    case "ended":
    case "slow":
    case "abandoned":
    case "omitted":
    case "jobUnreadable":
    case "outOfReach":
    case "backInReach":
      return message.kind;
  }
}

/** The whole pipeline around a store, a Slack and a ServiceStage in memory, on a clock that only the test moves. */
export function createScene(openStore: OpenStore = inMemory) {
  const clock = createTestClock();
  const log = createQuietLog();
  const serviceStage = new MemoryServiceStage();
  const slack = new MemorySlack(clock.now, { words: told });
  const { store, writes } = countWrites(openStore({ clock, log }));
  const options: TickParts = {
    clock,
    log,
    store,
    serviceStage,
    slack,
    newId: randomUUID,
    pace: createPace(),
    retention: { abandonAfterMillis: 24 * hour, keepMillis: 30 * 24 * hour },
    jobPollMillis: 60_000,
    pollIntervalMillis: 15_000,
  };
  const event = (): TickEvent => ({
    shard: 0,
    shards: 1,
    scheduledTime: clock.now(),
    processEnd: clock.now() + 75_000,
  });

  return {
    clock,
    log,
    serviceStage,
    slack,
    store,
    writes,
    options,
    async register(buildId: string, settings: Partial<Settings> = {}) {
      const all = { channel: "C1", mention: [], thread: true, ...settings };
      await store.register(registerBuild(buildId, randomUUID(), all, clock.now()), undefined);
    },
    async subscribe(jobId: string, settings: Partial<SubscriptionSettings> = {}) {
      const all = { channel: "C1", mention: [], thread: true, ...settings };
      return subscribeJob({ store, clock, newId: randomUUID }, jobId, undefined, all);
    },
    /** A tick, which ends by itself; then the clock stands at the next minute. */
    async tick(overrides: Partial<TickParts> = {}) {
      const scheduled = event();
      const report = await tick(scheduled, { ...options, ...overrides }, virtualShards);
      clock.advance(Math.max(0, scheduled.scheduledTime + minute - clock.now()));
      return report;
    },
    /** A tick of one pass: nothing but the pass's own reads, writes and sends. */
    pass: (overrides: Partial<TickParts> = {}) =>
      tick({ ...event(), processEnd: clock.now() + 18_000 }, { ...options, ...overrides }, virtualShards),
    /** What the channel holds, in the order it was posted. */
    said: (channel = "C1") =>
      slack.messages.filter((each) => each.channel === channel && !each.deleted).map(({ says }) => says),
    /** The build in this channel, or in its only one. */
    load: async (buildId: string, channel?: string): Promise<Build> => {
      const registrations = await store.loadRegistrations(buildId);
      return registrations.find(
        ({ registration }) => (channel ?? registration.channel) === registration.channel,
      )!;
    },
  };
}

/** A lease of all that is pending, which lives for so long. */
export const leaseOf = (owner: string, now: number, lastsMillis: number): Lease => ({
  owner,
  covers: { before: Infinity, card: true },
  since: now,
  until: now + lastsMillis,
});

function countWrites(store: Store) {
  const writes: string[] = [];
  const counted: Store = {
    ...store,
    save: (before, after, writer) => {
      writes.push(writer);
      return store.save(before, after, writer);
    },
  };
  return { store: counted, writes };
}

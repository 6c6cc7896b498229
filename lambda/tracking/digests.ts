import { digestOf, entryOf, type Digest, type DigestEntry } from "../domain/digest.ts";
import type { Build } from "../domain/build.ts";
import { isDigestTold, noNotices, tellDigest, type Notices } from "../domain/notices.ts";
import { weeksOf, type Week, type WeeklyTime } from "../domain/week.ts";
import type { Guard } from "./guard.ts";
import type { Clock, DigestStore, FeedStore } from "./ports.ts";
import type { RecordFeed } from "./record.ts";
import type { Times } from "./times.ts";

/** A channel that gets a digest of each week. */
export interface WeeklyDigest extends WeeklyTime {
  channel: string;
  /** The virtual shard of the channel: only the tick that owns it tells the digest. */
  shard: number;
}

/** The channels with a digest, and what is settled, in the memory of this process. If that is forgotten, the store is asked once more. */
export interface Digests {
  has(channel: string): boolean;
  /** The channels of the shards whose last week may have to be told. */
  due(shards: readonly number[], now: number): { channel: string; week: Week }[];
  /** There is nothing more to tell of this week. */
  settle(channel: string, week: Week): void;
}

export function createDigests(digests: readonly WeeklyDigest[]): Digests {
  const settled = new Map<string, number>();
  const schedules = digests.map((digest) => ({ ...digest, weekAt: weeksOf(digest) }));
  return {
    has: (channel) => digests.some((digest) => digest.channel === channel),
    due: (shards, now) =>
      schedules
        .filter(({ shard }) => shards.includes(shard))
        .map(({ channel, weekAt }) => ({ channel, week: weekAt(now) }))
        .filter(({ channel, week }) => week.until > (settled.get(channel) ?? 0)),
    settle: (channel, { until }) => void settled.set(channel, until),
  };
}

/**
 * Notes an ended build for the digest of its channel, if the channel has one. The end is noted before it is recorded, so no
 * end is missing. A process that dies in between notes the same end again, and the first note stays.
 */
export async function noteForDigest(
  build: Build,
  { digests, store, clock }: { digests: Digests; store: DigestStore; clock: Pick<Clock, "now"> },
): Promise<void> {
  const { channel } = build.registration;
  const entry = digests.has(channel) ? entryOf(build, clock.now()) : undefined;
  if (entry) await store.addDigestEntry(channel, entry);
}

export interface DigestParts {
  digests: Digests;
  shards: readonly number[];
  store: Pick<FeedStore, "load"> & DigestStore;
  clock: Pick<Clock, "now">;
  times: Pick<Times, "deadline">;
  newId: () => string;
  record: RecordFeed;
  guard: Guard;
}

/**
 * Records the digests whose time has come as messages of their channels' notices.
 * @returns whether something is pending that a later pass of this tick could send
 */
export async function tellDigests(parts: DigestParts): Promise<boolean> {
  const { digests, shards, clock, times, newId, guard } = parts;
  let again = false;
  for (const { channel, week } of digests.due(shards, clock.now())) {
    if (clock.now() >= times.deadline) return again;
    const fresh = noNotices(channel, newId());
    again = ((await guard(fresh, () => tellWeek(fresh, week, parts))) ?? false) || again;
  }
  return again;
}

async function tellWeek(
  fresh: Notices,
  week: Week,
  { digests, store, clock, times, record }: DigestParts,
): Promise<boolean> {
  const { channel } = fresh;
  const notices = (await store.load(fresh)) ?? fresh;
  const read = isDigestTold(notices, week) ? "nothing" : await readWeek(channel, week, store, clock, times);
  if (read === "tooLate") return false;
  if (read === "nothing") {
    digests.settle(channel, week);
    return false;
  }
  const next = tellDigest(notices, read, clock.now());
  return next !== notices && record(notices, next);
}

/** Some 10,000 builds a week in one channel. All of them are in memory at the same time, so they are bounded. */
const entriesAtMost = 50_000;

async function readWeek(
  channel: string,
  week: Week,
  store: DigestStore,
  clock: Pick<Clock, "now">,
  { deadline }: Pick<Times, "deadline">,
): Promise<Digest | "nothing" | "tooLate"> {
  const entries: DigestEntry[] = [];
  for await (const page of store.loadDigestEntries(channel)) {
    if (clock.now() >= deadline) return "tooLate";
    entries.push(...page.slice(0, entriesAtMost - entries.length));
    if (entries.length === entriesAtMost) return digestOf(entries, week, false) ?? "nothing";
  }
  return digestOf(entries, week, true) ?? "nothing";
}

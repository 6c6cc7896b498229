import { isStale, observeTrouble, type Build, type Retention } from "../domain/build.ts";
import { backInReach, forgetUntold, noNotices, outOfReach, type Notices } from "../domain/notices.ts";
import type { Feed } from "../domain/feed.ts";
import { observeJobTrouble, type Subscription } from "../domain/subscription.ts";
import type { Guard } from "./guard.ts";
import type { Clock, FeedStore, ServiceStageError, ServiceStageFailure } from "./ports.ts";
import type { RecordFeed } from "./record.ts";
import type { Times } from "./times.ts";

/** What a pass found out about reading builds and jobs. */
export interface Findings {
  /** The channels of the builds and jobs that are still followed. */
  channels: ReadonlySet<string>;
  /** By channel. */
  notices: ReadonlyMap<string, Notices>;
  unreadable: readonly Unreadable[];
  /** All active feeds were read: what was not among them is not there. */
  complete: boolean;
  /** ServiceStage answered for at least one build or job. */
  answered: boolean;
  /** When it answered before this pass, as far as this process knows. */
  answeredBefore: number | undefined;
}

export interface Unreadable {
  feed: Build | Subscription;
  error: ServiceStageError;
}

export interface ReachParts {
  store: Pick<FeedStore, "load">;
  clock: Pick<Clock, "now">;
  retention: Retention;
  /** After so long each job was polled. */
  jobPollMillis: number;
  times: Times;
  newId: () => string;
  record: RecordFeed;
  guard: Guard;
}

/**
 * At the end of a pass it is known what a failed poll means. Either one build has a trouble, which its card shows, or
 * ServiceStage is out of reach for all builds, and each channel gets a message.
 * @returns whether something is pending that a later pass of this tick could send
 */
export async function recordReach(findings: Findings, parts: ReachParts): Promise<boolean> {
  const { clock, times, record, guard } = parts;
  let again = false;
  for (const { feed, error } of findings.unreadable) {
    if (isOver(clock, times)) return again;
    const next = () => troubled(feed, error.reason, findings, parts);
    again = ((await guard(feed, () => record(feed, next()))) ?? false) || again;
  }
  return (await recordNotices(findings, parts)) || again;
}

/** A later pass finds what is left. A store that answers slowly must not keep a tick beyond its time. */
const isOver = (clock: Pick<Clock, "now">, { deadline }: Times): boolean => clock.now() >= deadline;

function troubled(
  feed: Unreadable["feed"],
  reason: ServiceStageFailure,
  findings: Findings,
  { clock, retention, jobPollMillis }: ReachParts,
): Feed {
  const now = clock.now();
  switch (feed.kind) {
    case "build":
      return troubledBuild(feed, reason, findings, now, retention);
    case "subscription": {
      const isAnswered = findings.answered || isAnsweredBetween(feed, findings, now - jobPollMillis);
      return observeJobTrouble(feed, reason, isAnswered && reason !== "refused", now);
    }
  }
}

/** In a pass of its own a job meets no answers. But other jobs were answered since its last failure, in the round before. */
const isAnsweredBetween = (
  { trouble }: Subscription,
  { answeredBefore = -Infinity }: Findings,
  lastRound: number,
): boolean => trouble !== undefined && answeredBefore > Math.max(trouble.since, lastRound);

function troubledBuild(
  build: Build,
  reason: ServiceStageFailure,
  { answered }: Findings,
  now: number,
  retention: Retention,
): Build {
  // A build that could not be read for so long has a trouble of its own, even if it is the only build.
  const itsOwn = answered ? reason !== "refused" : isItsOwn(reason) && isStale(build, now, retention);
  return itsOwn ? observeTrouble(build, reason, now, retention) : build;
}

const isItsOwn = (reason: ServiceStageFailure): boolean =>
  reason === "forbidden" || reason === "notUnderstood";

async function recordNotices(findings: Findings, parts: ReachParts): Promise<boolean> {
  const { clock, times, newId, guard } = parts;
  const outage = findings.answered ? undefined : findings.unreadable.at(-1)?.error.reason;
  const channels = new Set([...findings.notices.keys(), ...(outage === undefined ? [] : findings.channels)]);
  let again = false;
  for (const channel of channels) {
    if (isOver(clock, times)) return again;
    const fresh = noNotices(channel, newId());
    const loaded = findings.notices.get(channel) ?? fresh;
    const recorded = await guard(fresh, () => recordChannel(loaded, outage, findings, parts));
    again = (recorded ?? false) || again;
  }
  return again;
}

async function recordChannel(
  loaded: Notices,
  outage: ServiceStageFailure | undefined,
  { answered, channels, complete }: Findings,
  { clock, store, record, jobPollMillis }: ReachParts,
): Promise<boolean> {
  const now = clock.now();
  if (answered) return record(loaded, backInReach(loaded, now));
  if (outage === undefined || !channels.has(loaded.channel)) {
    const isUnconcerned = complete && !channels.has(loaded.channel);
    return record(loaded, isUnconcerned ? forgetUntold(loaded) : loaded);
  }
  // The index does not hold the notices. They may still be stored and wait for their expiry.
  const notices = loaded.version === 0 ? ((await store.load(loaded)) ?? loaded) : loaded;
  return record(notices, outOfReach(notices, outage, now, jobPollMillis));
}

import type { Build, Retention } from "../domain/build.ts";
import {
  isHeld,
  isCardPending,
  isCovered,
  pauseOf,
  heldUp,
  setBack,
  slackTimeoutMillis,
  standing,
  takeLease,
  type Delivery,
} from "../domain/delivery.ts";
import { durationOfPhase } from "../domain/duration.ts";
import {
  buildOf,
  byKind,
  channelOf,
  expire,
  isActiveFeed,
  isLeftOut,
  nameOf,
  type Feed,
} from "../domain/feed.ts";
import { isFailedState } from "../domain/outcome.ts";
import { diff } from "../domain/transition.ts";
import type { Allowance, Deliver } from "./deliver.ts";
import type { Lanes } from "./lanes.ts";
import type { Block, Claimant, Pace } from "./pace.ts";
import type { Clock, FeedStore, Log } from "./ports.ts";
import { saveOurs } from "./save.ts";
import type { Count } from "./tally.ts";
import type { Times } from "./times.ts";

export interface RecordParts {
  store: FeedStore;
  clock: Pick<Clock, "now">;
  log: Log;
  count: Count;
  pace: Pace;
  retention: Retention;
  times: Times;
  newId: () => string;
  /** Each channel's deliveries run one after another. */
  lanes: Lanes;
  deliver: Deliver;
}

/**
 * Saves what a feed has become, if it changed, whatever its delivery does. If its messages may be sent, the same write
 * takes the lease on what is pending. What is leased is delivered in its channel's lane, after this returns.
 * @param next the very same object as `loaded` when nothing changed
 * @returns whether something is pending that a later pass of this tick could send
 */
export type RecordFeed = (loaded: Feed, next: Feed) => Promise<boolean>;

export function createRecord(parts: RecordParts): RecordFeed {
  const { store, clock, log, count, pace, retention, times, newId, lanes, deliver } = parts;

  /** Saves the feed without a lease, and with the reason why nothing is sent. */
  async function recordAlone(loaded: Feed, next: Feed, now: number): Promise<boolean> {
    const block = blockOf(next, now, pace, times);
    const delivery = block ? setBack(next.delivery, block, now) : next.delivery;
    const explained = delivery === next.delivery ? next : { ...next, delivery };
    // A feed that is no longer active may still be in the index. This write takes it out.
    if (explained !== loaded || !isActiveFeed(loaded)) {
      if (await store.save(loaded, expire(explained, now, retention), "observation")) {
        logTransitions(loaded, next, log);
        if (block && explained !== next) logBlock(next, block, delivery, log);
      } else logConflict(loaded, log);
    }
    return isHeld(next.delivery, now) || (maySendNow(next, now) && !block);
  }

  /** Saves the feed with a lease, and has it delivered in its channel's lane. */
  async function recordAndDeliver(
    loaded: Feed,
    next: Feed,
    allowance: Allowance,
    now: number,
  ): Promise<boolean> {
    const leasing = { ...next, delivery: takeLease(next.delivery, newId(), now) };
    const leased = await saveOurs(loaded, leasing, "lease", store);
    if (!leased) {
      // Another tick delivers, or observed the same. What was observed here must not wait for that.
      if (next === loaded || !(await store.save(loaded, next, "observation"))) logConflict(loaded, log);
      else logTransitions(loaded, next, log);
      return true;
    }
    logTransitions(loaded, next, log);
    lanes.add(channelOf(leased), () => deliver(leased, allowance));
    return allowance.slots.length < pendingPosts(leased);
  }

  return async (loaded, next) => {
    if (next !== loaded) count({ changed: 1 });
    const now = clock.now();
    const last = lastSendTime(next, now, pace, times);
    const allowance = last === undefined ? undefined : reserve(next, now, last, pace);
    return allowance ? recordAndDeliver(loaded, next, allowance, now) : recordAlone(loaded, next, now);
  };
}

function logBlock(feed: Feed, { kind, reason }: Block, delivery: Delivery, log: Log): void {
  const fields = { feed: nameOf(feed), channel: channelOf(feed), reason };
  log.warn(`Messages are recorded but can't be sent now (${kind})`, { ...fields, ...heldUp(delivery) });
}

const logConflict = (feed: Feed, log: Log): void =>
  log.info(
    "Nothing saved: another tick had already changed the item, or the index was out of date. A later pass continues",
    { feed: nameOf(feed) },
  );

/** Writes a line for each transition once it is saved. A tick that lost the race writes none. */
function logTransitions(loaded: Feed, next: Feed, log: Log): void {
  const [before, now] = [buildOf(loaded), buildOf(next)];
  if (!before || !now) return;
  const after = new Map(now.snapshot.map((phase) => [phase.name, phase]));
  for (const { phase, from, to, at } of diff(before.snapshot, now.snapshot, now.changedAt).transitions) {
    const lasted = durationOfPhase(after.get(phase)!, now);
    log.info("Transition", {
      buildId: now.buildId,
      phase,
      from,
      to,
      ...(lasted.kind === "exact" && { durationMillis: lasted.millis }),
      ...(lasted.kind === "atMost" && { durationAtMostMillis: lasted.millis }),
      at: new Date(at).toISOString(),
    });
  }
}

const maySendNow = (feed: Feed, now: number): boolean =>
  ["pending", "doubtful"].includes(standing(feed, now));

/** Why Slack takes nothing of the feed in this tick; undefined when it may, or when nothing is pending. */
const blockOf = (feed: Feed, now: number, pace: Pace, { lastPost }: Times): Block | undefined =>
  maySendNow(feed, now)
    ? pace.blockOf(pendingPosts(feed) > 0 ? "all" : "edits", channelOf(feed), lastPost)
    : undefined;

/** Until when messages of the feed may be sent under a lease taken now; undefined when none may. */
function lastSendTime(
  feed: Feed,
  now: number,
  pace: Pace,
  { deadline, leaseWindowMillis, lastPost }: Times,
): number | undefined {
  if (!maySendNow(feed, now) || pace.stopped) return undefined;
  if (triesToken(feed) && !pace.mayTryToken) return undefined;
  const last = Math.min(now + leaseWindowMillis, lastPost, deadline - slackTimeoutMillis);
  return last < now ? undefined : last;
}

/** The token was refused at the last attempt. */
const triesToken = ({ delivery }: Feed): boolean => delivery.setback?.kind === "unauthorized";

/** Reserves what the channel takes of the feed until `last`; undefined when that is nothing. */
function reserve(feed: Feed, now: number, last: number, pace: Pace): Allowance | undefined {
  const isDoubtful = standing(feed, now) === "doubtful";
  const posts = isDoubtful ? doubtfulPosts(feed) : pendingPosts(feed);
  const slots = pace.reserve({ ...claimantOf(feed), posts }, now, last);
  const lastSlot = slots.at(-1) ?? now;
  const edit = isEditPending(feed, now) && pace.takeEdit(isSentFirst(feed), now, lastSlot);
  // A lease that ran out is released, and what is left out is settled, even if nothing is to be sent.
  const settles = posts === 0 && (feed.delivery.lease !== undefined || feed.delivery.outbox.length > 0);
  if (slots.length === 0 && !edit && !settles) return undefined;
  if (triesToken(feed) && (slots.length > 0 || edit)) pace.tryToken();
  return { slots, edit };
}

/** The feed's request for a share of what its channel takes. */
export const claimantOf = (feed: Feed): Claimant => ({
  channel: channelOf(feed),
  name: nameOf(feed),
  posts: pendingPosts(feed),
  urgent: isSentFirst(feed),
});

/** A lease that is taken over covers only what is in doubt. */
function doubtfulPosts(feed: Feed): number {
  const { outbox, lease } = feed.delivery;
  const covered = outbox.filter((message) => lease && isCovered(message, lease.covers));
  return pendingPosts({ ...feed, delivery: { ...feed.delivery, outbox: covered } });
}

export function pendingPosts(feed: Feed): number {
  const { outbox, card } = feed.delivery;
  const messages = outbox.filter((message) => !isLeftOut(feed, message)).length;
  return messages + (isCardPending(feed.delivery) && !card?.receipt ? 1 : 0);
}

const isEditPending = (feed: Feed, now: number): boolean =>
  isCardPending(feed.delivery) &&
  feed.delivery.card?.receipt !== undefined &&
  pauseOf(feed, now) === undefined;

/** Ends, failures and outages go before progress. */
const isSentFirst = (feed: Feed): boolean =>
  byKind(feed, { build: isOverOrFailed, notices: () => true, subscription: () => true });

const isOverOrFailed = (build: Build): boolean =>
  build.status !== "tracking" || build.snapshot.some((phase) => isFailedState(phase.state));

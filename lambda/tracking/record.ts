import type { Build } from "../domain/build.ts";
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
import { deliver, type Allowance, type DeliverOptions, type DeliveryReport } from "./deliver.ts";
import type { Lanes } from "./lanes.ts";
import type { Block, Claimant, Pace } from "./pace.ts";
import type { Log } from "./ports.ts";
import { saveOurs } from "./save.ts";

export interface RecordOptions extends DeliverOptions {
  report: DeliveryReport & { changed: number };
  lanes: Lanes;
  newId: () => string;
  /** A lease covers what its channel takes in this time; the rest is recorded without a lease, known to be unsent. */
  leaseWindowMillis: number;
  /** Epoch milliseconds; no post starts later. */
  lastPost: number;
}

/**
 * Saves what a feed has become, if it changed, whatever its delivery does. Where it may be told, the same write takes
 * the lease on what is pending. What is leased is delivered in its channel's lane, after this returns.
 * @returns whether something is pending that a later pass of this tick could tell
 */
export async function record(loaded: Feed, next: Feed, options: RecordOptions): Promise<boolean> {
  if (next !== loaded) options.report.changed += 1;
  const now = options.clock.now();
  const last = lastSendTime(next, now, options);
  const allowance = last === undefined ? undefined : reserve(next, now, last, options.pace);
  return allowance
    ? recordAndDeliver(loaded, next, allowance, now, options)
    : recordAlone(loaded, next, now, options);
}

/** Saves the feed without a lease, with what keeps Slack from taking what it owes. */
async function recordAlone(loaded: Feed, next: Feed, now: number, options: RecordOptions): Promise<boolean> {
  const { store, log, retention } = options;
  const block = blockOf(next, now, options);
  const delivery = block ? setBack(next.delivery, block, now) : next.delivery;
  const explained = delivery === next.delivery ? next : { ...next, delivery };
  // What was over before its delivery was, and is still among the active ones, leaves them here.
  if (explained !== loaded || !isActiveFeed(loaded)) {
    if (await store.save(loaded, expire(explained, now, retention), "observation")) {
      logTransitions(loaded, next, log);
      if (block && explained !== next) logBlock(next, block, delivery, log);
    } else logConflict(loaded, log);
  }
  return isHeld(next.delivery, now) || (mayBeTold(next, now) && !block);
}

/** Saves the feed with a lease, and has it delivered in its channel's lane. */
async function recordAndDeliver(
  loaded: Feed,
  next: Feed,
  allowance: Allowance,
  now: number,
  options: RecordOptions,
): Promise<boolean> {
  const { store, newId, lanes, log } = options;
  const leasing = { ...next, delivery: takeLease(next.delivery, newId(), now) };
  const leased = await saveOurs(loaded, leasing, "lease", store);
  if (!leased) {
    // Somebody else delivers, or observed the same. What was observed here must not wait for that.
    if (next === loaded || !(await store.save(loaded, next, "observation"))) logConflict(loaded, log);
    else logTransitions(loaded, next, log);
    return true;
  }
  logTransitions(loaded, next, log);
  lanes.add(channelOf(leased), () => deliver(leased, allowance, options));
  return allowance.slots.length < pendingPosts(leased);
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

/** A line each, once it is recorded: a tick that lost the race logs none. */
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

const mayBeTold = (feed: Feed, now: number): boolean => ["pending", "doubtful"].includes(standing(feed, now));

/** What keeps Slack, in this tick, from taking what the feed owes. */
const blockOf = (feed: Feed, now: number, { pace, lastPost }: RecordOptions): Block | undefined =>
  mayBeTold(feed, now)
    ? pace.blockOf(pendingPosts(feed) > 0 ? "all" : "edits", channelOf(feed), lastPost)
    : undefined;

/** Until when something of the feed may be sent under a lease taken now; undefined when nothing may. */
function lastSendTime(
  feed: Feed,
  now: number,
  { pace, deadline, leaseWindowMillis, lastPost }: RecordOptions,
): number | undefined {
  if (!mayBeTold(feed, now) || pace.stopped) return undefined;
  if (triesToken(feed) && !pace.mayTryToken) return undefined;
  const last = Math.min(now + leaseWindowMillis, lastPost, deadline - slackTimeoutMillis);
  return last < now ? undefined : last;
}

/** The token was refused when the feed was told the last time. */
const triesToken = ({ delivery }: Feed): boolean => delivery.setback?.kind === "unauthorized";

/** Takes what the channel takes until then of what the feed owes; undefined when that is nothing. */
function reserve(feed: Feed, now: number, last: number, pace: Pace): Allowance | undefined {
  const isDoubtful = standing(feed, now) === "doubtful";
  const posts = isDoubtful ? doubtfulPosts(feed) : pendingPosts(feed);
  const slots = pace.reserve({ ...claimantOf(feed), posts }, now, last);
  const lastSlot = slots.at(-1) ?? now;
  const edit = isEditPending(feed, now) && pace.takeEdit(isUrgent(feed), now, lastSlot);
  // A lease that ran out is released, and what is left out is settled, even if nothing is to be sent.
  const settles = posts === 0 && (feed.delivery.lease !== undefined || feed.delivery.outbox.length > 0);
  if (slots.length === 0 && !edit && !settles) return undefined;
  if (triesToken(feed) && (slots.length > 0 || edit)) pace.tryToken();
  return { slots, edit };
}

/** The feed as it asks for its share of what its channel takes. */
export const claimantOf = (feed: Feed): Claimant => ({
  channel: channelOf(feed),
  name: nameOf(feed),
  posts: pendingPosts(feed),
  urgent: isUrgent(feed),
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

/** Posts and edits that tell ends, failures and outages go before those that tell progress. */
const isUrgent = (feed: Feed): boolean => byKind(feed, { build: tellsEndOrFailure, notices: () => true });

const tellsEndOrFailure = (build: Build): boolean =>
  build.status !== "tracking" || build.snapshot.some((phase) => isFailedState(phase.state));

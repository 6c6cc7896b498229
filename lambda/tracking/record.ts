import type { Build } from "../domain/build.ts";
import {
  isHeld,
  owesCard,
  slackTimeoutMillis,
  standing,
  takeClaim,
  type Delivery,
} from "../domain/delivery.ts";
import { channelOf, expire, nameOf, type Feed } from "../domain/feed.ts";
import { deliver, type Allowance, type DeliverOptions } from "./deliver.ts";
import type { Lanes } from "./lanes.ts";
import { saveOurs } from "./save.ts";

export interface RecordOptions extends DeliverOptions {
  lanes: Lanes;
  newId: () => string;
  /** Epoch milliseconds; nothing is started that could last longer. */
  deadline: number;
  /** A claim covers what its channel takes in this time; the rest is recorded unclaimed, known to be unsent. */
  claimWindowMillis: number;
  /** Is told how many messages a delivery told. */
  onTold: (count: number) => void;
}

/**
 * Saves what a feed has become, if it changed, and takes the claim on what it owes in the same write. What is claimed
 * is delivered in its channel's lane, after this returns.
 * @returns whether something is owed that a later pass of this tick could tell
 */
export async function record(loaded: Feed, next: Feed, options: RecordOptions): Promise<boolean> {
  const { store, clock, newId, lanes, log, keeping } = options;
  const now = clock.now();
  if (isHeld(loaded.delivery, now)) return true;
  const allowance = allow(next, now, options);
  if (!allowance) {
    if (next !== loaded && !(await store.save(expire(next, now, keeping)))) logConflict();
    return ["owing", "doubtful"].includes(standing(next.delivery, now)) && !options.pace.stopped;
  }
  const claimed = await saveOurs({ ...next, delivery: takeClaim(next.delivery, newId(), now) }, store);
  if (!claimed) {
    logConflict();
    return true;
  }
  lanes.add(channelOf(claimed), async () => options.onTold(await deliver(claimed, allowance, options)));
  return false;

  function logConflict() {
    log.info("Another tick was quicker, or the index was behind; a later pass goes on", {
      feed: nameOf(loaded),
    });
  }
}

/** What the channel takes now of what the feed owes; undefined when that is nothing. */
function allow(
  feed: Feed,
  now: number,
  { pace, deadline, claimWindowMillis }: RecordOptions,
): Allowance | undefined {
  if (!["owing", "doubtful"].includes(standing(feed.delivery, now)) || pace.stopped) return undefined;
  const last = Math.min(now + claimWindowMillis, deadline - slackTimeoutMillis);
  if (last < now) return undefined;
  const slots = pace.reserve(channelOf(feed), postsOwed(feed.delivery), now, last);
  const edit = feed.kind === "build" && owesEdit(feed.delivery) && pace.takeEdit(isUrgent(feed));
  return slots.length > 0 || edit ? { slots, edit } : undefined;
}

const postsOwed = (delivery: Delivery): number =>
  delivery.outbox.length + (owesCard(delivery) && !delivery.card?.receipt ? 1 : 0);

const owesEdit = (delivery: Delivery): boolean => owesCard(delivery) && delivery.card?.receipt !== undefined;

/** Ends and failures go before progress. */
const isUrgent = (build: Build): boolean =>
  build.status !== "tracking" || build.snapshot.some((phase) => phase.state === "Failed");

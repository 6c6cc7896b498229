import type { Action, ActionOutcome } from "./action.ts";
import type { Outcome } from "./outcome.ts";
import { bytesAtMost, bytesOf, thoseThatFit } from "./size.ts";
import type { Transition } from "./transition.ts";

/**
 * The messages that are pending, as plain data, and the rules that send each one exactly once, as pure decisions.
 * `tracking/record.ts` and `tracking/deliver.ts` act on these decisions. All times are epoch milliseconds.
 *
 *           addPending            takeLease                     settle
 *     clear ─────────► pending ──────────────────► held ──────────────────────► clear, pending or postponed
 *                        ▲                        │ ▲
 *               settle   │    an answer is lost,  │ │ takeLease: read back before sending
 *            (released)  │    the process dies:   ▼ │
 *                        └─────────────────── doubtful     (the lease ran out unreleased)
 *
 *  1. Only who holds the lease sends, and the lease is written before ({@link takeLease}).
 *  2. While a lease is alive, only its owner sends ({@link isHeld}).
 *  3. A send starts only if Slack can't apply it any more once the lease has run out ({@link maySend}).
 *  4. What goes into a message is decided when it is recorded, and never changes ({@link addPending}).
 *  5. Every message and every card has its own key ({@link messageKey}, {@link cardKey}).
 *  6. The card comes first, and its receipt is saved before anything is posted under it; edits come last.
 *  7. One write moves the sent messages to the history and releases the lease ({@link settle}). An attempt that lets
 *     its lease run out also moves them, but does not release the lease ({@link confirm}).
 *  8. After a lease that ran out, Slack is read back from the beginning of the doubt before anything is sent. If reading
 *     back fails, nothing is released ({@link Lease.doubtSince}). If Slack forbids it, what comes first is sent again, but not for ever
 *     ({@link isGivenUp}). If a post of the card was ever in doubt, the card is edited after the next post, because
 *     the receipt may belong to the earlier post ({@link shownBy}).
 *  9. What follows from Slack's answers is one table (`slack/answers.ts`); a refusing destination pauses ({@link pauseOf}).
 * 10. If a person deleted the card, a card with the next number replaces it. The new number is saved before the post
 *     ({@link replaceCard}).
 * 11. Stopping a build only marks it. Its pending messages are still sent.
 * 12. Only posts that can start soon get a slot (`tracking/pace.ts`). A feed that gets neither a slot nor an edit is recorded
 *     without a lease, so nothing new of it is sent.
 * 13. Observing never waits for delivering. Each writes attributes of its own, on a version of its own, and only a feed
 *     that neither has changed leaves the index (`store/item.ts`). What is observed after a lease was taken is not
 *     covered by it, so it is never in doubt ({@link Coverage}).
 * 14. What somebody asks for with a button is stored by the API, under a version of its own, and told by a later observation
 *     (`build-action.ts`). A build leaves the index, or is replaced, only if nothing is left to tell, and if nobody asked
 *     meanwhile. What a mute leaves out begins with the message about it.
 */

/** Slack's client gives up on a call after this long. */
export const slackTimeoutMillis = 8_000;
/** Slack may still apply a call this long after we gave up on it. */
export const lateApplyMillis = 30_000;
/** How long a lease lives: about 20 s in which sends may start, then the time the last one needs. */
export const leaseMillis = 20_000 + slackTimeoutMillis + lateApplyMillis + 2_000;
/** Reading back begins this long before the doubt, because clocks differ. */
export const clockSkewMillis = 5 * 60_000;
/**
 * How often a message in doubt is sent again if the app has no permission to read back. All of them may arrive, so they
 * are few. A Slack outage uses up none, because each follows Slack's answer that reading back is forbidden.
 */
export const blindTriesAtMost = 5;
/** Only the newest entries of the history are kept, as many as {@link bytesAtMost} has room for. */
export const historyLength = 50;
/** Enough to say what to do, and little in an item that keeps fifty of them. */
const reasonLength = 500;

/** A message for the thread or the channel. */
export type Message = { number: number; at: number } & MessageContent;

/**
 * `omitted`: so many transitions have no message of their own, because the item has no room for them · `slow`: the build
 * takes longer than usual.
 */
export type MessageContent =
  | { kind: "caughtUp"; transitions: Transition[]; outcome?: Outcome }
  | { kind: "transition"; transition: Transition; outcome?: Outcome }
  | { kind: "ended"; outcome: Outcome }
  | { kind: "slow"; startedAt: number; medianMillis: number }
  | { kind: "abandoned"; reason: AbandonReason }
  | { kind: "omitted"; count: number }
  /** Somebody pressed a button. `by` is the id of a Slack user. */
  | { kind: "action"; action: Action; by: string; result: ActionOutcome }
  | { kind: "jobUnreadable"; job: string; reason: string; since: number }
  | { kind: "outOfReach"; since: number; reason: string }
  | { kind: "backInReach"; since: number };

/** `unchanged`: nothing moved for the configured hours; `unknownBuild`: ServiceStage does not know the build. */
export type AbandonReason = "unchanged" | "unknownBuild";

/** Where a message landed in Slack. */
export interface Receipt {
  channel: string;
  ts: string;
}

/** The right to send, held by one owner at a time until it ends or is released. */
export interface Lease {
  /** Random; fresh for every lease. */
  owner: string;
  until: number;
  since: number;
  /** What it was taken for: only that is sent under it. */
  covers: Coverage;
  /** An earlier lease ran out unreleased: what is covered may have been sent since then. */
  doubtSince?: number;
  /** Slack forbids reading back, so under this lease a message is sent that may have arrived before. Saved before the send. */
  blind?: true;
}

/**
 * What was pending when the lease was taken. After a lease that ran out: only the part that is in doubt. What is observed
 * later was not sent under this lease.
 */
export interface Coverage {
  /** The messages below this number. */
  before: number;
  /** The card was to be posted. */
  card: boolean;
}

/** The first pending card or message that a lease covered when it ran out. It stays in doubt after a later lease is released. */
export interface Doubted {
  /** `12` for a message, `card/1` for a card. */
  name: string;
  /** How many blind leases ran out since: under each it may have been sent again. */
  blindTries: number;
}

/** The one message that is edited as the build goes. It is pending while `revision` is ahead of `shown`. */
export interface Card {
  /** Counts the cards posted: a card that a person deleted is followed by the next number. */
  number: number;
  revision: number;
  shown: number;
  receipt?: Receipt;
  /** When it was found in Slack, after its answer had been lost. */
  foundAt?: number;
}

/** The destination refused: everything is kept, and tried again at `until`. If an edit was refused, only edits wait. */
export interface Postponement {
  of: "all" | "edits";
  reason: string;
  /** Slack refuses the card's content, not the channel. */
  content?: true;
  /** When it was refused, the last time. */
  at: number;
  /** When the first of these `refusals` was; absent where an earlier version stored it. */
  since?: number;
  until: number;
  /** How many times in a row it was refused. */
  refusals: number;
}

/** Why the last attempt stopped, if the destination did not refuse. It is for people, and tells which feeds try a refused token. */
export interface Setback {
  /**
   * `later` Slack accepts nothing at the moment · `unknown` an answer was lost · `gone` the card was
   * deleted · `unauthorized` the token is refused.
   */
  kind: "later" | "unknown" | "gone" | "unauthorized";
  of: "all" | "edits";
  reason: string;
  /** Since when it is of this kind. */
  since: number;
  /** Slack is not asked before. */
  until?: number;
}

/**
 * What became of a message. `found`: it had arrived although its answer was lost · `leftOut`: the registration's
 * settings leave it out, so it was never to be sent.
 */
export interface Delivered {
  message: Message;
  how: "sent" | "found" | "undeliverable" | "leftOut";
  at: number;
  receipt?: Receipt;
  /** Why it is undeliverable. */
  reason?: string;
}

/**
 * Observing adds to the outbox, counts `nextNumber` and the card's `revision`, and may say in `setback` why nothing is sent.
 * Only a delivery changes the rest.
 */
export interface Delivery {
  /** Counts the writes of the delivery; 0 for an item that was never saved. */
  version: number;
  /** In the order in which they are sent. */
  outbox: Message[];
  nextNumber: number;
  card?: Card;
  lease?: Lease;
  doubted?: Doubted;
  postponed?: Postponement;
  setback?: Setback;
  /** Newest first. */
  history: Delivered[];
}

export const nothingPending: Delivery = { version: 0, outbox: [], nextNumber: 1, history: [] };

/** Every message of a feed has its own key, in Slack's metadata and in its `client_msg_id`. */
export const messageKey = (feedId: string, message: Pick<Message, "number">): string =>
  `${feedId}/${nameOfMessage(message)}`;

export const cardKey = (feedId: string, card: Pick<Card, "number">): string =>
  `${feedId}/${nameOfCard(card)}`;

const nameOfMessage = ({ number }: Pick<Message, "number">): string => String(number);
const nameOfCard = ({ number }: Pick<Card, "number">): string => `card/${number}`;

export const isCardPending = ({ card }: Delivery): boolean =>
  card !== undefined && card.revision > card.shown;

/** The card has to be posted before any message. */
export const isCardUnposted = ({ card }: Delivery): boolean =>
  card !== undefined && card.receipt === undefined;

export const hasPending = (delivery: Delivery): boolean =>
  delivery.outbox.length > 0 || isCardPending(delivery) || delivery.lease !== undefined;

/** The item has no room for more messages until some of these are sent. */
export const isFull = ({ outbox }: Delivery): boolean => bytesOf(outbox) >= bytesAtMost.outbox;

/** Adds messages at the end of the outbox, numbered in the order given. */
export function addPending(delivery: Delivery, contents: readonly MessageContent[], now: number): Delivery {
  const messages = contents.map((content, index): Message => ({
    number: delivery.nextNumber + index,
    at: now,
    ...content,
  }));
  return {
    ...delivery,
    outbox: [...delivery.outbox, ...messages],
    nextNumber: delivery.nextNumber + messages.length,
  };
}

/** The card no longer shows what is known: it is to be posted or edited. */
export function addCardRevision(delivery: Delivery): Delivery {
  const card = delivery.card ?? { number: 1, revision: 0, shown: 0 };
  return { ...delivery, card: { ...card, revision: card.revision + 1 } };
}

/** For how long the oldest message has been pending; 0 when none is. */
export const pendingForMillis = ({ outbox: [oldest] }: Delivery, now: number): number =>
  oldest ? now - oldest.at : 0;

/**
 * What a pass may do with the pending messages of a feed:
 * `clear` nothing is pending · `held` somebody holds a live lease: leave the feed alone · `postponed` the destination
 * refused and its pause is not over · `doubtful` a lease ran out: read back before sending · `pending` send.
 */
export type Standing = "clear" | "held" | "postponed" | "doubtful" | "pending";

export function standing(feed: HasDelivery, now: number): Standing {
  const { delivery } = feed;
  if (isHeld(delivery, now)) return "held";
  if (!hasPending(delivery)) return "clear";
  const paused = pauseOf(feed, now);
  if (paused === "all" || (paused === "edits" && delivery.outbox.length === 0)) return "postponed";
  return isInDoubt(delivery) ? "doubtful" : "pending";
}

/** A feed, as far as its standing follows from it. */
export interface HasDelivery {
  delivery: Delivery;
  /** A user asked for a new try. This ends the pause after an earlier refusal, but not after a later one. */
  redeliverRequestedAt?: number;
}

/** What a refusal holds back now. */
export function pauseOf({ delivery: { postponed }, redeliverRequestedAt = 0 }: HasDelivery, now: number) {
  return postponed && postponed.until > now && redeliverRequestedAt <= postponed.at
    ? postponed.of
    : undefined;
}

/** Somebody, perhaps ourselves, holds a lease that has not run out. */
export const isHeld = ({ lease }: Delivery, now: number): boolean => lease !== undefined && lease.until > now;

/** Something that a lease covered may have been sent, if that lease was never released. */
const isInDoubt = (delivery: Delivery): boolean =>
  delivery.lease !== undefined && firstPending(delivery, delivery.lease.covers) !== undefined;

/**
 * Takes a lease that covers everything that is pending. If an earlier lease ran out and left something in doubt, the new
 * lease covers only that, so nothing else gets into doubt. The doubt still begins with the first lease that ran out.
 */
export function takeLease(delivery: Delivery, owner: string, now: number): Delivery {
  const covers = { before: delivery.nextNumber, card: isCardUnposted(delivery) };
  const lease: Lease = { owner, since: now, until: now + leaseMillis, covers };
  const lapsed = delivery.lease;
  const name = lapsed && firstPending(delivery, lapsed.covers);
  if (!lapsed || name === undefined) return { ...delivery, lease };
  return {
    ...delivery,
    doubted: doubt(delivery, name),
    lease: { ...lease, covers: lapsed.covers, doubtSince: lapsed.doubtSince ?? lapsed.since },
  };
}

const doubt = ({ lease, doubted }: Delivery, name: string): Doubted =>
  doubted?.name === name
    ? { name, blindTries: doubted.blindTries + (lease?.blind ? 1 : 0) }
    : { name, blindTries: 0 };

/** The name of the first pending card or message that the lease covers. */
function firstPending({ card, outbox: [message] }: Delivery, covers: Coverage): string | undefined {
  if (covers.card && card && !card.receipt) return nameOfCard(card);
  return message && isCovered(message, covers) ? nameOfMessage(message) : undefined;
}

export const isCovered = ({ number }: Message, { before }: Coverage): boolean => number < before;

const blindTriesOf = ({ doubted }: Delivery, name: string): number =>
  doubted?.name === name ? doubted.blindTries : 0;

/** The message was sent as often as is allowed without permission to read back. */
export const isGivenUp = (delivery: Delivery, message: Message): boolean =>
  blindTriesOf(delivery, nameOfMessage(message)) >= blindTriesAtMost;

/** Like {@link isGivenUp}, for the card. No message is sent without its card. */
export const isCardGivenUp = (delivery: Delivery): boolean =>
  delivery.card !== undefined &&
  isCardUnposted(delivery) &&
  blindTriesOf(delivery, nameOfCard(delivery.card)) >= blindTriesAtMost;

/**
 * The revision that the card shows after its post. If an earlier post was in doubt, Slack may answer with the receipt of that
 * post. Then the answer only proves that the card exists, so this is 0, and an edit follows.
 */
export const shownBy = ({ doubted }: Delivery, card: Card): number =>
  doubted?.name === nameOfCard(card) ? 0 : card.revision;

/** A send may start only if Slack can't apply it any more once the lease has run out. */
export const maySend = (lease: Lease, now: number): boolean =>
  now + slackTimeoutMillis + lateApplyMillis <= lease.until;

/** What one attempt of delivering did. */
export interface Attempt {
  delivered: Delivered[];
  /** The card as it now is: with a receipt, shown up to a revision, or to be posted anew. */
  card?: Card;
  /** The destination refused. */
  refusal?: Refusal;
  /** Why else it did not send everything that is pending. */
  setback?: Omit<Setback, "since"> | undefined;
}

type Refusal = Pick<Postponement, "of" | "reason" | "content">;

/** The delivery after the sent messages have moved to the history. */
export function confirm(delivery: Delivery, delivered: readonly Delivered[]): Delivery {
  const done = new Set(delivered.map(({ message }) => message.number));
  return {
    ...delivery,
    outbox: delivery.outbox.filter((message) => !done.has(message.number)),
    history: thoseThatFit(
      [...delivered.toReversed().map(withShortReason), ...delivery.history].slice(0, historyLength),
      bytesAtMost.history,
    ),
  };
}

/** Slack's reasons are short; whatever else may come is cut. */
const withShortReason = <T extends { reason?: string }>(each: T): T =>
  each.reason === undefined ? each : { ...each, reason: each.reason.slice(0, reasonLength).toWellFormed() };

/**
 * The delivery after an attempt: the sent messages are in the history, and the lease is released. After a blind lease, the
 * messages in doubt that are left stay in doubt.
 */
export function settle(delivery: Delivery, attempt: Attempt, now: number): Delivery {
  const { lease: held, postponed, setback, ...kept } = confirm(delivery, attempt.delivered);
  const settled: Delivery = kept;
  if (held?.blind && firstPending(settled, held.covers) !== undefined) {
    // Something is still in doubt, so the lease is not released. It ends now, and the next owner reads back first. Without
    // `blind` this try does not count, because Slack answered all its calls.
    const { blind: _over, ...lease } = held;
    settled.lease = { ...lease, until: now };
  }
  if (attempt.card) settled.card = attempt.card;
  if (attempt.refusal) settled.postponed = postpone(attempt.refusal, postponed, now);
  else if (postponed?.of === "edits" && isCardPending(settled)) settled.postponed = postponed;
  if (attempt.setback && hasPending(settled)) settled.setback = setbackSince(setback, attempt.setback, now);
  return settled;
}

/** The delivery with the reason why nothing is sent. It is the very same object if this reason is stored already. */
export function setBack(delivery: Delivery, found: Omit<Setback, "since">, now: number): Delivery {
  const { setback } = delivery;
  const block = withShortReason(found);
  const isKnown = setback && isSameKind(setback, block) && setback.reason === block.reason;
  return isKnown ? delivery : { ...delivery, setback: setbackSince(setback, block, now) };
}

/** For the log: since when the messages are held up, and when the next attempt is. */
export function heldUp({ lease, postponed, setback }: Delivery) {
  const since = setback?.since ?? postponed?.since;
  const nextTryAt = lease?.until ?? setback?.until ?? postponed?.until;
  return {
    ...(since !== undefined && { since: new Date(since).toISOString() }),
    ...(nextTryAt !== undefined && { nextTryAt: new Date(nextTryAt).toISOString() }),
  };
}

const setbackSince = (known: Setback | undefined, block: Omit<Setback, "since">, now: number): Setback => ({
  ...withShortReason(block),
  since: known && isSameKind(known, block) ? known.since : now,
});

const isSameKind = (known: Setback, { kind, of }: Omit<Setback, "since">): boolean =>
  known.kind === kind && known.of === of;

/** Pauses of 15, 30, 60, 120 and 240 seconds, then of five minutes. */
function postpone(refusal: Refusal, previous: Postponement | undefined, now: number): Postponement {
  const refusals = (previous?.refusals ?? 0) + 1;
  const pauseMillis = Math.min(15_000 * 2 ** Math.min(refusals - 1, 10), 5 * 60_000);
  const since = previous?.since ?? previous?.at ?? now;
  return { ...withShortReason(refusal), at: now, since, refusals, until: now + pauseMillis };
}

/** Without its receipt and with the next number: a person deleted the card, and a later pass posts a new one. */
export function replaceCard(card: Card): Card {
  return { number: card.number + 1, revision: card.revision, shown: 0 };
}

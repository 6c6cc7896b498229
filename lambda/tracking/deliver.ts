import type { Build, Retention } from "../domain/build.ts";
import {
  cardKey,
  confirm,
  blindTriesAtMost,
  isCardGivenUp,
  isCardUnposted,
  isCovered,
  isGivenUp,
  maySend,
  messageKey,
  isCardPending,
  replaceCard,
  setBack,
  settle,
  heldUp,
  shownBy,
  type Card,
  type Delivery,
  type Message,
  type Receipt,
  type Delivered,
  type Attempt,
} from "../domain/delivery.ts";
import { buildOf, channelOf, expire, feedId, isLeftOut, nameOf, type Feed } from "../domain/feed.ts";
import { messagesAtMost } from "../domain/size.ts";
import type { Pace } from "./pace.ts";
import type { Clock, Form, Log, Slack, SlackAnswer, FeedStore } from "./ports.ts";
import { saveOurs } from "./save.ts";
import type { Count } from "./tally.ts";
import { isTooLateForSlack, type Times } from "./times.ts";

export interface DeliverParts {
  store: FeedStore;
  slack: Slack;
  clock: Clock;
  log: Log;
  count: Count;
  pace: Pace;
  retention: Retention;
  times: Pick<Times, "deadline">;
}

/** Sends what a lease covers, as far as the channel takes it. It never throws. */
export type Deliver = (leased: Feed, allowance: Allowance) => Promise<void>;

/** What the channel takes of this feed within the lease. */
export interface Allowance {
  /** When each post may start; the card's comes first while it is not posted. */
  slots: number[];
  edit: boolean;
}

/**
 * The sent messages are written at the end in both cases. `settle`: the lease is released · `leave`: the lease runs out, so
 * the next owner reads back first.
 */
type Stop = "settle" | "leave";

/** What is logged of an answer that ends an attempt. */
const stops: Record<Exclude<SlackAnswer["kind"], "sent" | "content">, (what: string) => string> = {
  unknown: (what) => `Slack's answer to ${what} was lost. A later pass checks in Slack whether it arrived`,
  later: (what) => `Slack does not accept ${what} at the moment. A later pass tries again`,
  destination: (what) => `Slack refuses ${what} in this channel`,
  gone: (what) => `Slack did not accept ${what}, because the card was deleted. A later pass posts a new card`,
  unauthorized: (what) => `Slack rejects the bot token, so ${what} can't be sent`,
};

/**
 * An attempt to send what is pending, under a lease that a conditional write has just confirmed:
 *
 *     read back, after a lease ran out ─► card ─► messages, in order ─► edit ─► settle and release
 *       └─ failed                          └─────────┴─ answer lost ─────┴─► leave the lease to run out
 */
export function createDeliver(parts: DeliverParts): Deliver {
  const { log, count } = parts;
  return async (leased, allowance) => {
    const attempt = new DeliveryAttempt(leased, allowance, parts);
    const breakOff = (error: unknown): Stop => {
      count({ errors: 1 });
      log.error("A delivery failed. When its lease has run out, a later pass checks in Slack what arrived", {
        feed: nameOf(leased),
        error,
      });
      return "leave";
    };
    const stop = await attempt.run().catch(breakOff);
    await attempt.end(stop).catch(breakOff);
  };
}

class DeliveryAttempt {
  /** The feed as stored. Each write of this attempt replaces it. */
  #feed: Feed;
  readonly #slots: number[];
  readonly #mayEdit: boolean;
  readonly #parts: DeliverParts;
  readonly #done: Attempt = { delivered: [] };
  #arrived = new Map<string, Receipt>();
  #stopped: { message: string; reason: string } | undefined;
  /** Why Slack can't be read back, after a lease that ran out. */
  #blind: string | undefined;

  constructor(leased: Feed, { slots, edit }: Allowance, parts: DeliverParts) {
    this.#feed = leased;
    this.#slots = [...slots];
    this.#mayEdit = edit;
    this.#parts = parts;
  }

  /** Each step says when the attempt stops there. */
  async run(): Promise<Stop> {
    return (
      (await this.#readBack()) ??
      (await this.#postCard()) ??
      (await this.#tellMessages()) ??
      (await this.#editCard()) ??
      "settle"
    );
  }

  async end(stop: Stop): Promise<void> {
    const { store, clock, retention, log, count } = this.#parts;
    const now = clock.now();
    const delivery = stop === "leave" ? this.#left(now) : this.#settled(now);
    this.#warnStopped(delivery);
    if (delivery === this.#feed.delivery) return;
    const settled = { ...this.#feed, delivery };
    const last = expire(settled, now, retention);
    // What was observed meanwhile keeps the feed in the index.
    const saved =
      (await store.save(this.#feed, last, "delivery")) ??
      (last !== settled && (await store.save(this.#feed, settled, "delivery")));
    if (!saved) log.warn("Another tick took over the lease before the delivery was saved", this.#fields());
    const deliveredAs = (...hows: Delivered["how"][]) =>
      this.#done.delivered.filter(({ how }) => hows.includes(how)).length;
    count({
      undeliverable: deliveredAs("undeliverable"),
      delivered: deliveredAs("sent", "found"),
      refused: this.#done.refusal === undefined ? 0 : 1,
    });
  }

  #settled(now: number): Delivery {
    const setback = this.#done.setback ?? this.#parts.pace.blockOf("all", channelOf(this.#feed), now);
    return settle(this.#feed.delivery, { ...this.#done, setback }, now);
  }

  /** The lease runs out. The reason is written at once. It is the very same object if there is nothing new to write. */
  #left(now: number): Delivery {
    const { delivered, setback } = this.#done;
    const { delivery } = this.#feed;
    const confirmed = delivered.length > 0 ? confirm(delivery, delivered) : delivery;
    return setback ? setBack(confirmed, setback, now) : confirmed;
  }

  /** Reads back what arrived under a lease that ran out. Until that is known, nothing is sent or released. */
  async #readBack(): Promise<Stop | undefined> {
    const doubtSince = this.#feed.delivery.lease?.doubtSince;
    if (doubtSince === undefined) return undefined;
    if (!this.#isInTime()) return "leave";
    const answer = await this.#parts.slack.readBack(this.#feed, doubtSince);
    if (answer.complete) {
      this.#arrived = answer.found;
      return undefined;
    }
    if (answer.forbidden) this.#parts.count({ tokenRefused: 1 });
    if (answer.forbidden && !isCardGivenUp(this.#feed.delivery)) return this.#goOnBlind(answer.reason);
    this.#parts.count({ failedReadBacks: 1 });
    this.#warn("The check in Slack failed. Nothing is sent until a check succeeds", answer.reason);
    this.#done.setback = {
      kind: "unknown",
      of: "all",
      reason: `the check in Slack failed: ${answer.reason}`,
    };
    return "leave";
  }

  /**
   * Saves that the lease is blind before anything is sent under it. A message may then arrive twice, so each such try must
   * be counted.
   */
  async #goOnBlind(reason: string): Promise<Stop | undefined> {
    this.#warn("The app has no permission to check what arrived, so a message may be sent twice", reason);
    this.#blind = reason;
    const { delivery } = this.#feed;
    const lease = { ...delivery.lease!, blind: true as const };
    const blind = { ...this.#feed, delivery: { ...delivery, lease } };
    const saved = await saveOurs(this.#feed, blind, "delivery", this.#parts.store);
    if (!saved?.delivery.lease?.blind) return "leave";
    this.#feed = saved;
    return undefined;
  }

  /** Where the card landed is saved before anything is posted under it. */
  async #postCard(): Promise<Stop | undefined> {
    const build = buildOf(this.#feed);
    const card = build?.delivery.card;
    if (!build || !card || !isCardUnposted(build.delivery)) return undefined;
    if (!build.delivery.lease?.covers.card) return undefined;
    const arrived = this.#arrived.get(cardKey(feedId(build), card));
    if (arrived) {
      const foundAt = this.#parts.clock.now();
      return this.#saveCard(build, { ...card, receipt: arrived, shown: 0, foundAt });
    }
    const answer = await this.#send((form) => this.#parts.slack.postCard(build, form));
    if (!answer) return "settle";
    if (answer.kind === "sent") {
      const shown = shownBy(build.delivery, card);
      return this.#saveCard(build, { ...card, receipt: answer.receipt, shown });
    }
    // No message is sent without the card. If its content is refused, everything is kept and shown, as for a bad channel.
    if (answer.kind !== "content") return this.#stopFor(answer);
    const stop = this.#stopFor({ ...answer, kind: "destination" });
    this.#done.refusal = { of: "all", reason: answer.reason, content: true };
    return stop;
  }

  async #saveCard(build: Build, card: Card): Promise<Stop | undefined> {
    const posted = { ...build, delivery: { ...build.delivery, card } };
    const saved = await saveOurs(build, posted, "delivery", this.#parts.store);
    if (!saved || saved.delivery.card?.receipt?.ts !== card.receipt?.ts) return "leave";
    this.#feed = saved;
    return undefined;
  }

  /** The first message that is not delivered ends the attempt: the next must not come before it. */
  async #tellMessages(): Promise<Stop | undefined> {
    const { outbox, lease } = this.#feed.delivery;
    const covered = outbox.filter((message) => lease && isCovered(message, lease.covers));
    for (const message of covered.slice(0, messagesAtMost)) {
      const at = this.#parts.clock.now();
      if (isLeftOut(this.#feed, message)) {
        this.#done.delivered.push({ message, how: "leftOut", at });
        continue;
      }
      const receipt = this.#arrived.get(messageKey(feedId(this.#feed), message));
      if (receipt) {
        this.#done.delivered.push({ message, how: "found", at, receipt });
        continue;
      }
      if (this.#blind !== undefined && isGivenUp(this.#feed.delivery, message)) {
        this.#giveUp(message, this.#blind);
        return undefined;
      }
      const answer = await this.#send((form) => this.#parts.slack.postMessage(this.#feed, message, form));
      // No time is left, or the channel takes no more. The other messages wait for a later pass. The card may still be edited.
      if (!answer) return undefined;
      if (answer.kind !== "sent" && answer.kind !== "content") return this.#stopFor(answer);
      this.#tell(message, answer);
      // Under a blind lease one message is sent and then stored, so every repeated try is counted.
      if (this.#blind !== undefined) return undefined;
    }
    return undefined;
  }

  #giveUp(message: Message, whyBlind: string): void {
    const reason = `sent again ${blindTriesAtMost} times without an answer; the message may have arrived, but the app has no permission to check (${whyBlind})`;
    this.#done.delivered.push({ message, how: "undeliverable", at: this.#parts.clock.now(), reason });
    this.#warn("A message was given up. The history shows it as undeliverable", reason);
  }

  #tell(message: Message, answer: SlackAnswer & { kind: "sent" | "content" }): void {
    const at = this.#parts.clock.now();
    if (answer.kind === "sent") {
      this.#done.delivered.push({ message, how: "sent", at, receipt: answer.receipt });
    } else {
      this.#done.delivered.push({ message, how: "undeliverable", at, reason: answer.reason });
      this.#warn(
        "Slack refuses the content of a message. The history shows it as undeliverable",
        answer.reason,
      );
    }
  }

  /** Edits come last, so no message waits for them. An attempt makes at most one, within the minute's allowance. */
  async #editCard(): Promise<Stop | undefined> {
    const build = buildOf(this.#feed);
    const card = build?.delivery.card;
    if (!build || !card?.receipt || !isCardPending(build.delivery) || !this.#mayEdit) return undefined;
    const answer = await this.#call((form) => this.#parts.slack.editCard(build, form));
    if (!answer) return undefined;
    if (answer.kind !== "sent" && answer.kind !== "content") return this.#stopFor(answer, "edits");
    if (answer.kind === "content")
      this.#warn("Slack refuses an edit. The card is not updated", answer.reason);
    this.#done.card = { ...card, shown: card.revision };
    return undefined;
  }

  /** Waits for the channel's next slot; undefined when there is none left. */
  async #send(call: (form: Form) => Promise<SlackAnswer>): Promise<SlackAnswer | undefined> {
    const { clock, pace } = this.#parts;
    const slot = this.#slots.shift();
    if (slot === undefined) return undefined;
    if (slot > clock.now()) await clock.sleep(slot - clock.now());
    const channel = channelOf(this.#feed);
    const answer = pace.isPaused(channel, clock.now()) ? undefined : await this.#call(call);
    if (answer?.kind === "sent") pace.took(channel);
    return answer;
  }

  /** Undefined if no time is left for a call, or if nothing may be sent. If Slack refuses the content, the plain form is sent. */
  async #call(call: (form: Form) => Promise<SlackAnswer>): Promise<SlackAnswer | undefined> {
    const answer = await this.#callInTime((mayLeave) => call({ plain: false, mayLeave }));
    if (answer && answer.kind !== "unauthorized") this.#parts.pace.tokenIsGood();
    if (answer?.kind !== "content") return answer;
    return this.#callInTime((mayLeave) => call({ plain: true, mayLeave }));
  }

  /** Before a request leaves, time goes by: a token is read, a module is loaded, or the process is frozen. */
  async #callInTime(
    call: (mayLeave: () => boolean) => Promise<SlackAnswer>,
  ): Promise<SlackAnswer | undefined> {
    let isLate = !this.#maySend();
    if (isLate) return undefined;
    const answer = await call(() => !(isLate = !this.#maySend()));
    return isLate ? undefined : answer;
  }

  #maySend(): boolean {
    const { pace, clock } = this.#parts;
    const { lease } = this.#feed.delivery;
    return lease !== undefined && maySend(lease, clock.now()) && this.#isInTime() && !pace.stopped;
  }

  #isInTime(): boolean {
    return !isTooLateForSlack(this.#parts.clock.now(), this.#parts.times);
  }

  /** What follows from an answer that is neither sent nor about the content. */
  #stopFor(answer: Exclude<SlackAnswer, { kind: "sent" | "content" }>, of: "all" | "edits" = "all"): Stop {
    this.#stopped = {
      message: stops[answer.kind](of === "all" ? "a message" : "an edit"),
      reason: answer.reason,
    };
    const { pace, clock, count } = this.#parts;
    const { card } = this.#feed.delivery;
    const { reason } = answer;
    switch (answer.kind) {
      case "unknown":
        this.#done.setback = { kind: "unknown", of, reason };
        return "leave";
      case "later": {
        const until = clock.now() + answer.retryAfterMillis;
        this.#done.setback = { kind: "later", of, reason, until };
        if (of === "edits") pace.pauseEdits(until, reason);
        else pace.pause(channelOf(this.#feed), until, reason);
        return "settle";
      }
      case "destination":
        this.#done.refusal = { of, reason: answer.reason };
        return "settle";
      case "gone":
        if (card) this.#done.card = replaceCard(card);
        this.#done.setback = { kind: "gone", of: "all", reason };
        return "settle";
      case "unauthorized":
        this.#done.setback = { kind: "unauthorized", of: "all", reason };
        count({ tokenRefused: 1 });
        pace.stop(answer.reason);
        return "settle";
    }
  }

  #warnStopped(delivery: Delivery): void {
    if (!this.#stopped) return;
    const { message, reason } = this.#stopped;
    this.#parts.log.warn(message, { ...this.#fields(), reason, ...heldUp(delivery) });
  }

  #warn(message: string, reason: string): void {
    this.#parts.log.warn(message, { ...this.#fields(), reason });
  }

  #fields() {
    return { feed: nameOf(this.#feed), channel: channelOf(this.#feed) };
  }
}

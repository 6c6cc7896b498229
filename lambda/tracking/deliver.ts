import type { Build, Keeping } from "../domain/build.ts";
import {
  cardKey,
  maySend,
  messageKey,
  owesCard,
  slackTimeoutMillis,
  replaceCard,
  setBack,
  settle,
  heldUp,
  type Card,
  type Delivery,
  type Message,
  type Receipt,
  type Told,
  type Turn,
} from "../domain/delivery.ts";
import { channelOf, expire, feedId, isLeftOut, nameOf, type Feed } from "../domain/feed.ts";
import type { Pace } from "./pace.ts";
import type { Clock, Form, Log, Slack, SlackAnswer, Store } from "./ports.ts";
import { saveOurs } from "./save.ts";

export interface DeliverOptions {
  store: Store;
  slack: Slack;
  clock: Clock;
  log: Log;
  keeping: Keeping;
  pace: Pace;
  /** Epoch milliseconds; nothing is started that could last longer. */
  deadline: number;
  report: DeliveryReport;
}

/** Counts, summed over the deliveries of a tick. */
export interface DeliveryReport {
  told: number;
  /** Messages that Slack refuses for what they say. */
  undeliverable: number;
  /** Deliveries that ended because their destination refused. */
  refused: number;
  /** Calls that Slack refused for the token. */
  tokenRefused: number;
  /** Looks that failed or were cut short, so that nothing could be sent after them. */
  failedLooks: number;
  /** Whatever broke off unexpectedly. */
  errors: number;
}

/** What the channel takes of this feed within the claim. */
export interface Allowance {
  /** When each post may start; the card's comes first while it is not posted. */
  slots: number[];
  edit: boolean;
}

/** `settle`: write what was done and release the claim · `leave`: let it run out, so that somebody looks first. */
type Stop = "settle" | "leave";

/** What is logged of an answer that ends a turn. */
const stops: Record<Exclude<SlackAnswer["kind"], "sent" | "content">, (what: string) => string> = {
  unknown: (what) => `Slack's answer to ${what} was lost; a later pass looks whether it arrived`,
  later: (what) => `Slack does not take ${what} for now`,
  destination: (what) => `The channel refuses ${what}`,
  gone: (what) => `Slack does not take ${what}, since the card was deleted; a later pass posts a new card`,
  nobody: (what) => `Slack refuses the bot's token, so ${what} can't be sent`,
};

/**
 * One turn of telling a feed what it owes, under a claim that a conditional write has just confirmed:
 *
 *     look, after a claim that ran out ─► card ─► messages, in order ─► edit ─► settle and release
 *       └─ failed                          └─────────┴─ answer lost ─────┴─► leave the claim to run out
 *
 * It counts what it did in the report, and never throws.
 */
export async function deliver(claimed: Feed, allowance: Allowance, options: DeliverOptions): Promise<void> {
  const turn = new DeliveryTurn(claimed, allowance, options);
  try {
    if ((await turn.run()) === "settle") await turn.settle();
    else await turn.leave();
  } catch (error) {
    options.report.errors += 1;
    const feed = nameOf(claimed);
    options.log.error("A delivery broke off: its claim runs out, then a look tells what arrived", {
      feed,
      error,
    });
  }
}

class DeliveryTurn {
  /** As stored; it moves on when the card's receipt is saved. */
  #feed: Feed;
  readonly #slots: number[];
  readonly #mayEdit: boolean;
  readonly #options: DeliverOptions;
  readonly #done: Turn = { told: [] };
  #arrived = new Map<string, Receipt>();
  #stopped: { message: string; reason: string } | undefined;

  constructor(claimed: Feed, { slots, edit }: Allowance, options: DeliverOptions) {
    this.#feed = claimed;
    this.#slots = [...slots];
    this.#mayEdit = edit;
    this.#options = options;
  }

  /** Each step says when the turn stops there. */
  async run(): Promise<Stop> {
    return (
      (await this.#look()) ??
      (await this.#postCard()) ??
      (await this.#tellMessages()) ??
      (await this.#editCard()) ??
      "settle"
    );
  }

  /** The claim runs out. Why is written, so that nobody has to wait for that. */
  async leave(): Promise<void> {
    const { store, clock } = this.#options;
    const { delivery } = this.#feed;
    const left = this.#done.setback ? setBack(delivery, this.#done.setback, clock.now()) : delivery;
    this.#warnStopped(left);
    if (left !== delivery) await store.save({ ...this.#feed, delivery: left });
  }

  async settle(): Promise<void> {
    const { store, clock, keeping, log, report, pace } = this.#options;
    const setback = this.#done.setback ?? pace.blockOf("all", channelOf(this.#feed), clock.now());
    const turn: Turn = { ...this.#done, setback };
    const settled: Feed = { ...this.#feed, delivery: settle(this.#feed.delivery, turn, clock.now()) };
    this.#warnStopped(settled.delivery);
    const saved = await store.save(expire(settled, clock.now(), keeping), { history: true });
    if (!saved) log.warn("Somebody else took the claim over before it was settled", this.#fields());
    const count = (...hows: Told["how"][]) => this.#done.told.filter(({ how }) => hows.includes(how)).length;
    report.undeliverable += count("undeliverable");
    report.told += count("sent", "found");
    if (this.#done.refusal !== undefined) report.refused += 1;
  }

  /** What did arrive under a claim that ran out? Until that is known nothing is sent, and nothing released. */
  async #look(): Promise<Stop | undefined> {
    const doubtSince = this.#feed.delivery.claim?.doubtSince;
    if (doubtSince === undefined) return undefined;
    if (!this.#isInTime()) return "leave";
    const look = await this.#options.slack.look(this.#feed, doubtSince);
    if (!look.complete) {
      this.#options.report.failedLooks += 1;
      this.#warn("A look at what arrived failed; it is repeated before anything is sent", look.reason);
      this.#done.setback = { kind: "unknown", of: "all", reason: `the look failed: ${look.reason}` };
      return "leave";
    }
    this.#arrived = look.found;
    return undefined;
  }

  /** Where the card landed is saved before anything is posted under it. */
  async #postCard(): Promise<Stop | undefined> {
    const feed = this.#feed;
    const { card } = feed.delivery;
    if (feed.kind !== "build" || !card || card.receipt) return undefined;
    const arrived = this.#arrived.get(cardKey(feedId(feed), card));
    if (arrived) {
      const foundAt = this.#options.clock.now();
      return this.#saveCard(feed, { ...card, receipt: arrived, shown: 0, foundAt });
    }
    const answer = await this.#send((form) => this.#options.slack.postCard(feed, form));
    if (!answer) return "settle";
    if (answer.kind === "sent") {
      return this.#saveCard(feed, { ...card, receipt: answer.receipt, shown: card.revision });
    }
    // Nothing can be told without the card: when its content is refused all is kept, and seen, like a bad channel.
    if (answer.kind !== "content") return this.#stopFor(answer);
    const stop = this.#stopFor({ ...answer, kind: "destination" });
    this.#done.refusal = { of: "all", reason: answer.reason, content: true };
    return stop;
  }

  async #saveCard(build: Build, card: Card): Promise<Stop | undefined> {
    const saved = await saveOurs({ ...build, delivery: { ...build.delivery, card } }, this.#options.store);
    if (!saved || saved.delivery.card?.receipt?.ts !== card.receipt?.ts) return "leave";
    this.#feed = saved;
    return undefined;
  }

  /** The first message that is not delivered ends the turn: the next must not come before it. */
  async #tellMessages(): Promise<Stop | undefined> {
    for (const message of this.#feed.delivery.outbox) {
      const at = this.#options.clock.now();
      if (isLeftOut(this.#feed, message)) {
        this.#done.told.push({ message, how: "leftOut", at });
        continue;
      }
      const receipt = this.#arrived.get(messageKey(feedId(this.#feed), message));
      if (receipt) {
        this.#done.told.push({ message, how: "found", at, receipt });
        continue;
      }
      const answer = await this.#send((form) => this.#options.slack.postMessage(this.#feed, message, form));
      // Neither time nor room in the channel: the rest waits for a later pass, the card need not.
      if (!answer) return undefined;
      if (answer.kind !== "sent" && answer.kind !== "content") return this.#stopFor(answer);
      this.#tell(message, answer);
    }
    return undefined;
  }

  #tell(message: Message, answer: SlackAnswer & { kind: "sent" | "content" }): void {
    const at = this.#options.clock.now();
    if (answer.kind === "sent") {
      this.#done.told.push({ message, how: "sent", at, receipt: answer.receipt });
    } else {
      this.#done.told.push({ message, how: "undeliverable", at, reason: answer.reason });
      this.#warn(
        "Slack refuses a message for what it says; the history keeps it as undeliverable",
        answer.reason,
      );
    }
  }

  /** Edits come last and hold back nothing: one a turn, within the minute's allowance. */
  async #editCard(): Promise<Stop | undefined> {
    const feed = this.#feed;
    const { card } = feed.delivery;
    if (feed.kind !== "build" || !card?.receipt || !owesCard(feed.delivery) || !this.#mayEdit)
      return undefined;
    const answer = await this.#call((form) => this.#options.slack.editCard(feed, form));
    if (!answer) return undefined;
    if (answer.kind !== "sent" && answer.kind !== "content") return this.#stopFor(answer, "edits");
    if (answer.kind === "content")
      this.#warn("Slack does not take an edit; the card stays as it is", answer.reason);
    this.#done.card = { ...card, shown: card.revision };
    return undefined;
  }

  /** Waits for the channel's next slot; undefined when there is none left. */
  async #send(call: (form: Form) => Promise<SlackAnswer>): Promise<SlackAnswer | undefined> {
    const { clock, pace } = this.#options;
    const slot = this.#slots.shift();
    if (slot === undefined) return undefined;
    if (slot > clock.now()) await clock.sleep(slot - clock.now());
    const channel = channelOf(this.#feed);
    const answer = pace.isPaused(channel, clock.now()) ? undefined : await this.#call(call);
    if (answer?.kind === "sent") pace.took(channel);
    return answer;
  }

  /** Undefined when the claim is too short for a call, or nobody may send; the plainer form follows a refused one. */
  async #call(call: (form: Form) => Promise<SlackAnswer>): Promise<SlackAnswer | undefined> {
    const answer = this.#maySend() ? await call({ plain: false }) : undefined;
    if (answer && answer.kind !== "nobody") this.#options.pace.tokenIsGood();
    if (answer?.kind !== "content") return answer;
    return this.#maySend() ? call({ plain: true }) : undefined;
  }

  #maySend(): boolean {
    const { pace, clock } = this.#options;
    const { claim } = this.#feed.delivery;
    return claim !== undefined && maySend(claim, clock.now()) && this.#isInTime() && !pace.stopped;
  }

  #isInTime(): boolean {
    return this.#options.clock.now() + slackTimeoutMillis <= this.#options.deadline;
  }

  /** What follows from an answer that is neither sent nor about the content. */
  #stopFor(answer: Exclude<SlackAnswer, { kind: "sent" | "content" }>, of: "all" | "edits" = "all"): Stop {
    this.#stopped = {
      message: stops[answer.kind](of === "all" ? "a message" : "an edit"),
      reason: answer.reason,
    };
    const { pace, clock, report } = this.#options;
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
      case "nobody":
        this.#done.setback = { kind: "nobody", of: "all", reason };
        report.tokenRefused += 1;
        pace.stop(answer.reason);
        break;
    }
    return "settle";
  }

  #warnStopped(delivery: Delivery): void {
    if (!this.#stopped) return;
    const { message, reason } = this.#stopped;
    this.#options.log.warn(message, { ...this.#fields(), reason, ...heldUp(delivery) });
  }

  #warn(message: string, reason: string): void {
    this.#options.log.warn(message, { ...this.#fields(), reason });
  }

  #fields() {
    return { feed: nameOf(this.#feed), channel: channelOf(this.#feed) };
  }
}

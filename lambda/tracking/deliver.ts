import type { Build, Keeping } from "../domain/build.ts";
import {
  cardKey,
  maySend,
  messageKey,
  owesCard,
  replaceCard,
  settle,
  type Card,
  type Message,
  type Receipt,
  type Turn,
} from "../domain/delivery.ts";
import { channelOf, expire, feedId, nameOf, type Feed } from "../domain/feed.ts";
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
}

/** What the channel takes of this feed within the claim. */
export interface Allowance {
  /** When each post may start; the card's comes first while it is not posted. */
  slots: number[];
  edit: boolean;
}

/** `settle`: write what was done and release the claim · `leave`: let it run out, so that somebody looks first. */
type Stop = "settle" | "leave";

/**
 * One turn of telling a feed what it owes, under a claim that a conditional write has just confirmed:
 *
 *     look, after a claim that ran out ─► card ─► messages, in order ─► edit ─► settle and release
 *       └─ failed                          └─────────┴─ answer lost ─────┴─► leave the claim to run out
 *
 * @returns how many messages were told; never throws.
 */
export async function deliver(claimed: Feed, allowance: Allowance, options: DeliverOptions): Promise<number> {
  const turn = new DeliveryTurn(claimed, allowance, options);
  try {
    return (await turn.run()) === "settle" ? await turn.settle() : 0;
  } catch (error) {
    const feed = nameOf(claimed);
    options.log.error("A delivery broke off: its claim runs out, then a look tells what arrived", {
      feed,
      error,
    });
    return 0;
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

  async settle(): Promise<number> {
    const { store, clock, keeping, log } = this.#options;
    const settled: Feed = { ...this.#feed, delivery: settle(this.#feed.delivery, this.#done, clock.now()) };
    const saved = await store.save(expire(settled, clock.now(), keeping), { history: true });
    if (!saved) log.warn("Somebody else took the claim over before it was settled", this.#fields());
    return this.#done.told.filter(({ how }) => how !== "undeliverable").length;
  }

  /** What did arrive under a claim that ran out? Until that is known nothing is sent, and nothing released. */
  async #look(): Promise<Stop | undefined> {
    const doubtSince = this.#feed.delivery.claim?.doubtSince;
    if (doubtSince === undefined) return undefined;
    const look = await this.#options.slack.look(this.#feed, doubtSince);
    if (!look.complete) {
      this.#warn("A look at what arrived failed; it is repeated before anything is sent", look.reason);
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
    if (arrived) return this.#saveCard(feed, { ...card, receipt: arrived, shown: 0 });
    const answer = await this.#send((form) => this.#options.slack.postCard(feed, form));
    if (!answer) return "settle";
    if (answer.kind === "sent") {
      return this.#saveCard(feed, { ...card, receipt: answer.receipt, shown: card.revision });
    }
    // Nothing can be told without the card: when its content is refused all is kept, and seen, like a bad channel.
    return this.#stopFor(answer.kind === "content" ? { ...answer, kind: "destination" } : answer);
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
    if (answer.kind !== "sent" && answer.kind !== "content") return this.#stopFor(answer);
    if (answer.kind === "content")
      this.#warn("Slack does not take an edit; the card stays as it is", answer.reason);
    this.#done.card = { ...card, shown: card.revision };
    return undefined;
  }

  /** Waits for the channel's next slot; undefined when there is none left. */
  async #send(call: (form: Form) => Promise<SlackAnswer>): Promise<SlackAnswer | undefined> {
    const { clock } = this.#options;
    const slot = this.#slots.shift();
    if (slot === undefined) return undefined;
    if (slot > clock.now()) await clock.sleep(slot - clock.now());
    return this.#call(call);
  }

  /** Undefined when the claim is too short for a call, or nobody may send; the plainer form follows a refused one. */
  async #call(call: (form: Form) => Promise<SlackAnswer>): Promise<SlackAnswer | undefined> {
    const answer = this.#maySend() ? await call({ plain: false }) : undefined;
    if (answer?.kind !== "content") return answer;
    return this.#maySend() ? call({ plain: true }) : undefined;
  }

  #maySend(): boolean {
    const { claim } = this.#feed.delivery;
    return claim !== undefined && maySend(claim, this.#options.clock.now()) && !this.#options.pace.stopped;
  }

  /** What follows from an answer that is neither sent nor about the content. */
  #stopFor(answer: Exclude<SlackAnswer, { kind: "sent" | "content" }>): Stop {
    const { pace, clock } = this.#options;
    this.#warn(`Slack did not take a message or an edit (${answer.kind})`, answer.reason);
    if (answer.kind === "unknown") return "leave";
    if (answer.kind === "later") pace.pause(channelOf(this.#feed), clock.now() + answer.retryAfterMillis);
    if (answer.kind === "nobody") pace.stop();
    if (answer.kind === "destination") this.#done.refusal = answer.reason;
    const { card } = this.#feed.delivery;
    if (answer.kind === "gone" && card) this.#done.card = replaceCard(card);
    return "settle";
  }

  #warn(message: string, reason: string): void {
    this.#options.log.warn(message, { ...this.#fields(), reason });
  }

  #fields() {
    return { feed: nameOf(this.#feed), channel: channelOf(this.#feed) };
  }
}

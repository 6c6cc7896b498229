import type { Build } from "../lambda/domain/build.ts";
import { cardKey, messageKey, type Message, type Receipt } from "../lambda/domain/delivery.ts";
import { feedId, type Feed } from "../lambda/domain/feed.ts";
import type { ReadBack, SlackAnswer } from "../lambda/tracking/ports.ts";

/** A message as Slack stores it. */
export interface Stored {
  key: string;
  ts: string;
  says: string;
  thread?: string;
  at: number;
  deleted?: boolean;
}

interface Late {
  at: number;
  apply: () => void;
}

/** What a read back finds: every stored message · nothing, because Slack hides it · Slack forbids it without a scope. */
export type Looks = "all" | "hidden" | "forbidden";

/**
 * Simulates Slack in memory. A stored message is read back with its key. If a deleted card had no replies, a further reply
 * fails. If it had replies, it leaves a tombstone that accepts more replies. Slack may apply a call after its time-out.
 */
export class SimulatedSlack {
  readonly messages: Stored[] = [];
  readonly #byTs = new Map<string, Stored>();
  /** Whether a repeated `client_msg_id` returns the first message, even a deleted one, instead of a second message. */
  readonly #honoursClientMsgId: boolean;
  readonly #looks: Looks;
  readonly #now: () => number;
  #late: Late[] = [];
  #count = 0;

  constructor(now: () => number, honoursClientMsgId: boolean, looks: Looks = "all") {
    this.#now = now;
    this.#honoursClientMsgId = honoursClientMsgId;
    this.#looks = looks;
  }

  postCard = (build: Build): SlackAnswer =>
    this.#post(cardKey(feedId(build), build.delivery.card!), sayCard(build));

  postMessage = (feed: Feed, message: Message): SlackAnswer => {
    const thread =
      feed.kind === "build" && feed.registration.thread ? feed.delivery.card!.receipt!.ts : undefined;
    if (thread !== undefined && !this.#takesReplies(thread))
      return { kind: "gone", reason: "thread_not_found" };
    return this.#post(messageKey(feedId(feed), message), sayMessage(message), thread);
  };

  editCard = (build: Build): SlackAnswer => {
    const receipt = build.delivery.card!.receipt!;
    const card = this.#find(receipt.ts);
    if (!card || card.deleted) return { kind: "gone", reason: "message_not_found" };
    card.says = sayCard(build);
    return { kind: "sent", receipt };
  };

  /** Reads the thread, if there is one. Otherwise it reads the channel. */
  readBack = (feed: Feed, since: number): ReadBack => {
    this.applyLate();
    if (this.#looks === "forbidden") return { complete: false, forbidden: true, reason: "missing_scope" };
    if (this.#looks === "hidden") return { complete: true, found: new Map() };
    const thread =
      feed.kind === "build" && feed.registration.thread ? feed.delivery.card?.receipt?.ts : undefined;
    const found = new Map<string, Receipt>();
    for (const { key, ts, at, thread: its, deleted } of this.messages) {
      if (!deleted && its === thread && at >= since && key.startsWith(feedId(feed)))
        found.set(key, receiptOf(ts));
    }
    return { complete: true, found };
  };

  /** Slack applies the call after this time, if it still can. */
  later(millis: number, apply: () => void): void {
    this.#late.push({ at: this.#now() + millis, apply });
  }

  /** Applies the calls whose time has come. */
  applyLate(): void {
    if (this.#late.length === 0) return;
    const due = this.#late.filter(({ at }) => at <= this.#now());
    this.#late = this.#late.filter(({ at }) => at > this.#now());
    for (const { apply } of due) apply();
  }

  /** A person deletes the card, if there is one. */
  deleteCard(): void {
    const card = this.messages.findLast(({ key, deleted }) => key.includes("/card/") && !deleted);
    if (card) card.deleted = true;
  }

  #takesReplies(thread: string): boolean {
    return this.#find(thread)?.deleted !== true || this.messages.some((reply) => reply.thread === thread);
  }

  #find(ts: string): Stored | undefined {
    return this.#byTs.get(ts);
  }

  #post(key: string, says: string, thread?: string): SlackAnswer {
    const same = this.#honoursClientMsgId && this.messages.find((message) => message.key === key);
    if (same) return { kind: "sent", receipt: receiptOf(same.ts) };
    const ts = String(++this.#count);
    const stored: Stored = { key, ts, says, at: this.#now(), ...(thread !== undefined && { thread }) };
    this.messages.push(stored);
    this.#byTs.set(ts, stored);
    return { kind: "sent", receipt: receiptOf(ts) };
  }
}

const receiptOf = (ts: string): Receipt => ({ channel: "C1", ts });

export const sayCard = ({ status, snapshot }: Build): string =>
  `${status}: ${snapshot.map(({ name, state }) => `${name} ${state}`).join(", ")}`;

export function sayMessage(message: Message): string {
  const transitions =
    message.kind === "caughtUp"
      ? message.transitions
      : message.kind === "transition"
        ? [message.transition]
        : [];
  return transitions.length > 0
    ? transitions.map(({ phase, from, to }) => `${phase} ${from} → ${to}`).join(", ")
    : message.kind;
}

/** The texts of cards and messages: in short, or as they are rendered for people. */
export interface Words {
  card(build: Build): string;
  /** @param key the key under which the message was recorded */
  message(key: string, message: Message): string;
}

export const shortWords: Words = { card: sayCard, message: (_key, message) => sayMessage(message) };

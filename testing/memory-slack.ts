import type { Build } from "../lambda/domain/build.ts";
import { cardKey, messageKey, type Message, type Receipt } from "../lambda/domain/delivery.ts";
import { channelOf, feedId, type Feed } from "../lambda/domain/feed.ts";
import type { Form, Slack, SlackAnswer } from "../lambda/tracking/ports.ts";

export interface Posted {
  channel: string;
  ts: string;
  /** The card's `ts`, for a reply. */
  thread?: string;
  key: string;
  /** What it says, in short: "card 1: Build Building", "2: Build Successful". */
  says: string;
  at: number;
}

/** What goes wrong with the next calls: the call is refused with this answer, or stored and its answer is lost. */
export type Fault = { answer: SlackAnswer; stored?: boolean; plainToo?: boolean };

/** Slack in memory: messages with their keys, found again by a look. */
export class MemorySlack implements Slack {
  readonly messages: Posted[] = [];
  /** One a call, by channel; "*" for any. */
  readonly faults: { channel: string; fault: Fault }[] = [];
  readBackFails = false;
  /** The app lacks the scope. */
  readBackForbidden = false;
  calls = 0;
  #posted = 1;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  failNext(fault: Fault, { channel = "*", times = 1 } = {}): void {
    for (let index = 0; index < times; index++) this.faults.push({ channel, fault });
  }

  delete(ts: string): void {
    this.messages.splice(
      this.messages.findIndex((message) => message.ts === ts),
      1,
    );
  }

  async postCard(build: Build, _form: Form): Promise<SlackAnswer> {
    const { card } = build.delivery;
    return this.#post(build, cardKey(feedId(build), card!), sayCard(build));
  }

  async editCard(build: Build, _form: Form): Promise<SlackAnswer> {
    const receipt = build.delivery.card!.receipt!;
    return this.#answer(channelOf(build), () => {
      const posted = this.messages.find(({ ts }) => ts === receipt.ts);
      if (!posted) return { kind: "gone", reason: "message_not_found" };
      posted.says = sayCard(build);
      return { kind: "sent", receipt };
    });
  }

  async postMessage(feed: Feed, message: Message, _form: Form): Promise<SlackAnswer> {
    const thread =
      feed.kind === "build" && feed.registration.thread ? feed.delivery.card!.receipt!.ts : undefined;
    return this.#post(feed, messageKey(feedId(feed), message), `${message.number}: ${say(message)}`, thread);
  }

  async readBack(feed: Feed) {
    this.calls += 1;
    if (this.readBackFails) return { complete: false as const, reason: "ratelimited" };
    if (this.readBackForbidden)
      return { complete: false as const, forbidden: true as const, reason: "missing_scope" };
    const prefix = `${feedId(feed)}/`;
    const mine = this.messages.filter(({ key }) => key.startsWith(prefix));
    const found = new Map<string, Receipt>(mine.map(({ key, channel, ts }) => [key, { channel, ts }]));
    return { complete: true as const, found };
  }

  #post(feed: Feed, key: string, says: string, thread?: string): SlackAnswer {
    const channel = channelOf(feed);
    return this.#answer(channel, () => {
      const ts = `${this.#posted++}.${String(Math.trunc(Math.random() * 1e6)).padStart(6, "0")}`;
      const posted: Posted = { channel, ts, key, says, at: this.#now() };
      this.messages.push(thread === undefined ? posted : { ...posted, thread });
      return { kind: "sent", receipt: { channel, ts } };
    });
  }

  #answer(channel: string, store: () => SlackAnswer): SlackAnswer {
    this.calls += 1;
    const index = this.faults.findIndex((entry) => entry.channel === "*" || entry.channel === channel);
    if (index === -1) return store();
    const [{ fault } = { fault: undefined }] = this.faults.splice(index, 1);
    if (fault?.stored) store();
    return fault!.answer;
  }
}

const sayCard = ({ status, outcome, snapshot, trouble, delivery: { card } }: Build): string => {
  const phases = snapshot.map(({ name, state }) => `${name} ${state}`).join(", ");
  const ending = status === "tracking" ? "" : ` (${outcome ?? status})`;
  return `card ${card!.number}: ${phases}${ending}${trouble?.shown ? ` ${trouble.reason}` : ""}`;
};

function say(message: Message): string {
  switch (message.kind) {
    case "caughtUp":
      return `caught up ${message.transitions.map(({ phase, to }) => `${phase} ${to}`).join(", ")}`;
    case "transition":
      return `${message.transition.phase} ${message.transition.to}`;
    case "ended":
    case "abandoned":
    case "omitted":
    case "outOfReach":
    case "backInReach":
      return message.kind;
  }
}

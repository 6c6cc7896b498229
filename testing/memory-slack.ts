import type { Build } from "../lambda/domain/build.ts";
import { cardKey, messageKey, type Message, type Receipt } from "../lambda/domain/delivery.ts";
import { channelOf, feedId, type Feed } from "../lambda/domain/feed.ts";
import type { Form, ReadBack, Slack, SlackAnswer } from "../lambda/tracking/ports.ts";

/** A message as Slack stores it. */
export interface Posted {
  channel: string;
  ts: string;
  /** The `ts` of the card. Only a reply has it. */
  thread?: string;
  key: string;
  /** The content in short, such as "card 1: Build Building" or "2: Build Successful". */
  says: string;
  at: number;
  deleted?: boolean;
}

/**
 * What goes wrong with the next calls that send. Either the call is refused with this answer, or the message is stored and
 * the answer is lost. With `reads` the fault also applies to a read back.
 */
export type Fault = {
  answer: SlackAnswer;
  stored?: boolean;
  plainToo?: boolean;
  reads?: boolean;
};

/** What a read back finds: every stored message · nothing, because Slack hides it · Slack forbids it without a scope. */
export type Looks = "all" | "hidden" | "forbidden";

/**
 * Slack in memory. A stored message is read back with its key. If a deleted card had no replies, a further reply fails. If
 * it had replies, it leaves a tombstone that accepts more replies.
 */
export class MemorySlack implements Slack {
  readonly messages: Posted[] = [];
  /** Each fault is for one call in this channel; "*" means any channel. */
  readonly faults: { channel: string; fault: Fault }[] = [];
  readBackFails = false;
  looks: Looks = "all";
  calls = 0;
  readonly #now: () => number;
  readonly #byTs = new Map<string, Posted>();
  #count = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  failNext(fault: Fault, { channel = "*", times = 1 } = {}): void {
    for (let index = 0; index < times; index++) this.faults.push({ channel, fault });
  }

  /** A person deletes the message. */
  delete(ts: string): void {
    this.#byTs.get(ts)!.deleted = true;
  }

  async postCard(build: Build, _form: Form): Promise<SlackAnswer> {
    const key = cardKey(feedId(build), build.delivery.card!);
    return this.#answer(channelOf(build), () => this.#post(build, key, sayCard(build)));
  }

  async editCard(build: Build, _form: Form): Promise<SlackAnswer> {
    const receipt = build.delivery.card!.receipt!;
    return this.#answer(channelOf(build), () => {
      const card = this.#byTs.get(receipt.ts);
      if (!card || card.deleted) return { kind: "gone", reason: "message_not_found" };
      card.says = sayCard(build);
      return { kind: "sent", receipt };
    });
  }

  async postMessage(feed: Feed, message: Message, _form: Form): Promise<SlackAnswer> {
    const thread = threadOf(feed);
    const key = messageKey(feedId(feed), message);
    return this.#answer(channelOf(feed), () =>
      thread === undefined || this.#takesReplies(thread)
        ? this.#post(feed, key, `${message.number}: ${say(message)}`, thread)
        : { kind: "gone", reason: "thread_not_found" },
    );
  }

  /** Reads the thread, if there is one. Otherwise it reads the channel. */
  async readBack(feed: Feed, since: number): Promise<ReadBack> {
    this.calls += 1;
    if (this.readBackFails) return { complete: false, reason: "ratelimited" };
    const { fault } = this.faults[0]?.fault.reads ? this.faults.shift()! : {};
    if (fault && fault.answer.kind !== "sent") return { complete: false, reason: fault.answer.reason };
    if (this.looks === "forbidden") return { complete: false, forbidden: true, reason: "missing_scope" };
    if (this.looks === "hidden") return { complete: true, found: new Map() };
    const [thread, prefix] = [threadOf(feed), `${feedId(feed)}/`];
    const found = new Map<string, Receipt>();
    for (const { key, channel, ts, at, thread: its, deleted } of this.messages) {
      if (!deleted && its === thread && at >= since && key.startsWith(prefix))
        found.set(key, { channel, ts });
    }
    return { complete: true, found };
  }

  #takesReplies(thread: string): boolean {
    return this.#byTs.get(thread)?.deleted !== true || this.messages.some((reply) => reply.thread === thread);
  }

  #post(feed: Feed, key: string, says: string, thread?: string): SlackAnswer {
    const channel = channelOf(feed);
    const ts = `${++this.#count}.000000`;
    const posted: Posted = {
      channel,
      ts,
      key,
      says,
      at: this.#now(),
      ...(thread !== undefined && { thread }),
    };
    this.messages.push(posted);
    this.#byTs.set(ts, posted);
    return { kind: "sent", receipt: { channel, ts } };
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

const threadOf = (feed: Feed): string | undefined =>
  feed.kind === "build" && feed.registration.thread ? feed.delivery.card?.receipt?.ts : undefined;

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

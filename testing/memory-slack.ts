import type { Build } from "../lambda/domain/build.ts";
import { cardKey, messageKey, type Message, type Receipt } from "../lambda/domain/delivery.ts";
import { channelOf, feedId, isThreaded, type Feed } from "../lambda/domain/feed.ts";
import type { Clock, Form, ReadBack, Slack, SlackAnswer } from "../lambda/tracking/ports.ts";
import { shortWords, type Words } from "./words.ts";

/** A message as Slack stores it. */
export interface Posted {
  channel: string;
  ts: string;
  /** The `ts` of the card. Only a reply has it. */
  thread?: string;
  key: string;
  says: string;
  at: number;
  deleted?: boolean;
}

/**
 * A fault of the next call that sends. Slack refuses the call with this answer, or stores the message and the answer is
 * lost. With `reads` the fault also applies to a read back.
 */
export type Fault = {
  answer: SlackAnswer;
  stored?: boolean;
  reads?: boolean;
};

/** What a read back finds: every stored message · nothing, because Slack hides it · Slack forbids it without a scope. */
export type ReadBacks = "all" | "hidden" | "forbidden";

export interface MemorySlackOptions {
  /** Whether a repeated `client_msg_id` returns the first message, deleted or not, and stores no second one. */
  honoursClientMsgId?: boolean;
  readBacks?: ReadBacks;
  words?: Words;
}

/**
 * A Slack in memory. Stored messages are read back with their keys. A deleted card without replies takes no reply. A
 * deleted card with replies leaves a tombstone, which takes more replies. A call may be applied after the caller gave up on it.
 * Other calls are carried out at once, before their promise is awaited.
 */
export class MemorySlack implements Slack {
  readonly messages: Posted[] = [];
  /** Each fault is for one call in this channel; "*" means any channel. */
  readonly faults: { channel: string; fault: Fault }[] = [];
  readBackFails = false;
  readBacks: ReadBacks;
  calls = 0;
  readonly #now: () => number;
  readonly #words: Words;
  readonly #honoursClientMsgId: boolean;
  readonly #byTs = new Map<string, Posted>();
  readonly #byKey = new Map<string, Posted>();
  /** Every `ts` that has replies. */
  readonly #threads = new Set<string>();
  #late: { at: number; apply: () => unknown }[] = [];
  #count = 0;

  constructor(now: () => number, options: MemorySlackOptions = {}) {
    const { honoursClientMsgId = false, readBacks = "all", words = shortWords } = options;
    this.#now = now;
    this.#honoursClientMsgId = honoursClientMsgId;
    this.readBacks = readBacks;
    this.#words = words;
  }

  failNext(fault: Fault, { channel = "*", times = 1 } = {}): void {
    for (let index = 0; index < times; index++) this.faults.push({ channel, fault });
  }

  /** Adds messages from an earlier time. */
  restore(messages: readonly Posted[]): void {
    for (const message of messages) this.#keep({ ...message });
    this.#count = Math.max(this.#count, ...messages.map(({ ts }) => Math.floor(Number(ts))));
  }

  /** A person deletes the message. */
  delete(ts: string): void {
    this.#byTs.get(ts)!.deleted = true;
  }

  /** A person deletes the newest card, if there is one. */
  deleteCard(): void {
    const card = this.messages.findLast(({ key, deleted }) => key.includes("/card/") && !deleted);
    if (card) card.deleted = true;
  }

  /** Slack carries the call out after this time, if it still can. */
  later(millis: number, apply: () => unknown): void {
    this.#late.push({ at: this.#now() + millis, apply });
  }

  /** Carries out the late calls that are due. */
  applyLate(): void {
    if (this.#late.length === 0) return;
    const due = this.#late.filter(({ at }) => at <= this.#now());
    this.#late = this.#late.filter(({ at }) => at > this.#now());
    for (const { apply } of due) apply();
  }

  async postCard(build: Build, form: Form): Promise<SlackAnswer> {
    const key = cardKey(feedId(build), build.delivery.card!);
    return this.#send(build, form, () => this.#post(build, key, this.#words.card(build)));
  }

  async editCard(build: Build, form: Form): Promise<SlackAnswer> {
    const receipt = build.delivery.card!.receipt!;
    return this.#send(build, form, () => {
      const card = this.#byTs.get(receipt.ts);
      if (!card || card.deleted) return { kind: "gone", reason: "message_not_found" };
      card.says = this.#words.card(build);
      return { kind: "sent", receipt };
    });
  }

  async postMessage(feed: Feed, message: Message, form: Form): Promise<SlackAnswer> {
    const thread = threadOf(feed);
    const key = messageKey(feedId(feed), message);
    return this.#send(feed, form, () =>
      thread === undefined || this.#takesReplies(thread)
        ? this.#post(feed, key, this.#words.message(key, message), thread)
        : { kind: "gone", reason: "thread_not_found" },
    );
  }

  /** Reads the thread, if there is one. Otherwise it reads the channel. */
  async readBack(feed: Feed, since: number): Promise<ReadBack> {
    this.applyLate();
    this.calls += 1;
    if (this.readBackFails) return { complete: false, reason: "ratelimited" };
    const { fault } = this.faults[0]?.fault.reads ? this.faults.shift()! : {};
    if (fault && fault.answer.kind !== "sent") {
      const { kind, reason } = fault.answer;
      return { complete: false, reason, ...(kind === "destination" && { refused: true }) };
    }
    if (this.readBacks === "forbidden") return { complete: false, forbidden: true, reason: "missing_scope" };
    if (this.readBacks === "hidden") return { complete: true, found: new Map() };
    const [thread, prefix] = [threadOf(feed), `${feedId(feed)}/`];
    const found = new Map<string, Receipt>();
    for (const { key, channel, ts, at, thread: its, deleted } of this.messages) {
      if (!deleted && its === thread && at >= since && key.startsWith(prefix))
        found.set(key, { channel, ts });
    }
    return { complete: true, found };
  }

  #takesReplies(thread: string): boolean {
    return this.#byTs.get(thread)?.deleted !== true || this.#threads.has(thread);
  }

  #post(feed: Feed, key: string, says: string, thread?: string): SlackAnswer {
    const same = this.#honoursClientMsgId ? this.#byKey.get(key) : undefined;
    if (same) return { kind: "sent", receipt: { channel: same.channel, ts: same.ts } };
    const channel = channelOf(feed);
    const ts = `${++this.#count}.000000`;
    const at = this.#now();
    this.#keep({ channel, ts, key, says, at, ...(thread !== undefined && { thread }) });
    return { kind: "sent", receipt: { channel, ts } };
  }

  #keep(posted: Posted): void {
    this.messages.push(posted);
    this.#byTs.set(posted.ts, posted);
    this.#byKey.set(posted.key, posted);
    if (posted.thread !== undefined) this.#threads.add(posted.thread);
  }

  #send(feed: Feed, { mayLeave }: Form, store: () => SlackAnswer): SlackAnswer {
    if (mayLeave?.() === false) return tooLate;
    this.calls += 1;
    const channel = channelOf(feed);
    const index = this.faults.findIndex((entry) => entry.channel === "*" || entry.channel === channel);
    if (index === -1) return store();
    const [{ fault } = { fault: undefined }] = this.faults.splice(index, 1);
    if (fault?.stored) store();
    return fault!.answer;
  }
}

const threadOf = (feed: Feed): string | undefined =>
  isThreaded(feed) ? feed.delivery.card?.receipt?.ts : undefined;

/** The answer if the last check forbids the request. */
const tooLate: SlackAnswer = { kind: "later", retryAfterMillis: 5_000, reason: "too little time is left" };

export interface SlackLimits {
  /** How many posts a silent channel takes at once. */
  burst: number;
  /** For all channels together. Default: no limit. */
  postsPerMinute?: number;
  /** Default: 50, as in Tier 3. */
  editsPerMinute?: number;
  /** How long the channel C0 answers 429 to every post. Default: 0. */
  closedMillis?: number;
}

const minute = 60_000;
const latencyMillis = 100;
const spacingMillis = 1_000;

/**
 * A {@link MemorySlack} with Slack's limits: one post a second for each channel, after a short burst, and a number of
 * posts and edits within a minute. Over a limit it answers 429.
 */
export class LimitedSlack implements Slack {
  readonly inner: MemorySlack;
  /** The times of all posts by channel, whatever the answer was. */
  readonly posts = new Map<string, number[]>();
  readonly edits: number[] = [];
  throttled = 0;
  readonly #clock: Clock;
  readonly #burst: number;
  readonly #closedUntil: number;
  /** When each channel has room for a whole burst again. */
  readonly #drained = new Map<string, number>();
  readonly #workspacePosts: Allowance;
  readonly #workspaceEdits: Allowance;

  constructor(clock: Clock, limits: SlackLimits) {
    const { burst, postsPerMinute = Infinity, editsPerMinute = 50, closedMillis = 0 } = limits;
    this.#clock = clock;
    this.#burst = burst;
    this.#closedUntil = clock.now() + closedMillis;
    this.#workspacePosts = new Allowance(postsPerMinute);
    this.#workspaceEdits = new Allowance(editsPerMinute);
    this.inner = new MemorySlack(clock.now);
  }

  postCard: Slack["postCard"] = (build, form) =>
    this.#post(build, form, (arrived) => this.inner.postCard(build, arrived));

  postMessage: Slack["postMessage"] = (feed, message, form) =>
    this.#post(feed, form, (arrived) => this.inner.postMessage(feed, message, arrived));

  editCard: Slack["editCard"] = (build, form) =>
    this.#request(form, async (arrived) => {
      this.edits.push(this.#clock.now());
      const waitMillis = this.#workspaceEdits.take(this.#clock.now());
      return waitMillis > 0 ? this.#throttle(waitMillis) : this.inner.editCard(build, arrived);
    });

  readBack: Slack["readBack"] = (feed, since) => this.inner.readBack(feed, since);

  #post(feed: Feed, form: Form, act: (arrived: Form) => Promise<SlackAnswer>): Promise<SlackAnswer> {
    return this.#request(form, async (arrived) => {
      const channel = channelOf(feed);
      const posts = this.posts.get(channel) ?? [];
      this.posts.set(channel, posts);
      posts.push(this.#clock.now());
      const waitMillis = this.#waitForPost(channel);
      return waitMillis > 0 ? this.#throttle(waitMillis) : act(arrived);
    });
  }

  /** The last check runs when the request leaves, and not again when it arrives. */
  async #request(
    { mayLeave, plain }: Form,
    arrive: (arrived: Form) => Promise<SlackAnswer>,
  ): Promise<SlackAnswer> {
    if (mayLeave?.() === false) return tooLate;
    await this.#clock.sleep(latencyMillis);
    return arrive({ plain });
  }

  /** `Retry-After` is in whole seconds. */
  #throttle(waitMillis: number): SlackAnswer {
    this.throttled += 1;
    return { kind: "later", retryAfterMillis: Math.ceil(waitMillis / 1_000) * 1_000, reason: "ratelimited" };
  }

  #waitForPost(channel: string): number {
    const now = this.#clock.now();
    if (channel === "C0" && now < this.#closedUntil) return 30_000;
    const drained = Math.max(this.#drained.get(channel) ?? 0, now);
    const waitForChannel = drained - now - (this.#burst - 1) * spacingMillis;
    const wait = waitForChannel > 0 ? waitForChannel : this.#workspacePosts.take(now);
    if (wait <= 0) this.#drained.set(channel, drained + spacingMillis);
    return wait;
  }
}

/** So many calls within any minute. */
class Allowance {
  readonly #perMinute: number;
  #taken: number[] = [];

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** @returns how long to wait; 0 if the call was taken */
  take(now: number): number {
    if (this.#perMinute === Infinity) return 0;
    this.#taken = this.#taken.filter((at) => at > now - minute);
    if (this.#taken.length >= this.#perMinute) return this.#taken[0]! + minute - now;
    this.#taken.push(now);
    return 0;
  }
}

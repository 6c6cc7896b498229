import { channelOf } from "../lambda/domain/feed.ts";
import type { Clock, Slack, SlackAnswer } from "../lambda/tracking/ports.ts";
import { SimulatedSlack } from "./simulated-slack.ts";

export interface SlackLimits {
  /** How many posts at once a silent channel accepts. */
  burst: number;
  /** The limit for posts into all channels together, within any minute. Default: no limit. */
  postsPerMinute?: number;
  /** The limit for edits within any minute. Default: 50, which is Slack's tier 3. */
  editsPerMinute?: number;
  /** For this time every post into C0 is answered with 429. Default: 0. */
  closedMillis?: number;
}

const minute = 60_000;
const latencyMillis = 100;
const spacingMillis = 1_000;

/** A Slack that accepts one post a second in each channel, after a short burst. It also limits posts and edits in a minute. */
export class LimitedSlack implements Slack {
  readonly inner: SimulatedSlack;
  /** The times of all posts into each channel, also of refused posts. */
  readonly posts = new Map<string, number[]>();
  readonly edits: number[] = [];
  throttled = 0;
  readonly #clock: Clock;
  readonly #burst: number;
  readonly #closedUntil: number;
  /** The time at which each channel accepts a whole burst again. */
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
    this.inner = new SimulatedSlack(clock.now, false);
  }

  postCard: Slack["postCard"] = (build) => this.#post(channelOf(build), () => this.inner.postCard(build));

  postMessage: Slack["postMessage"] = (feed, message) =>
    this.#post(channelOf(feed), () => this.inner.postMessage(feed, message));

  editCard: Slack["editCard"] = async (build) => {
    await this.#clock.sleep(latencyMillis);
    this.edits.push(this.#clock.now());
    return this.#answer(this.#workspaceEdits.take(this.#clock.now()), () => this.inner.editCard(build));
  };

  readBack: Slack["readBack"] = async (feed, since) => this.inner.readBack(feed, since);

  async #post(channel: string, act: () => SlackAnswer): Promise<SlackAnswer> {
    await this.#clock.sleep(latencyMillis);
    const posts = this.posts.get(channel) ?? [];
    this.posts.set(channel, posts);
    posts.push(this.#clock.now());
    return this.#answer(this.#waitForPost(channel), act);
  }

  /** `Retry-After` is a whole number of seconds. */
  #answer(waitMillis: number, act: () => SlackAnswer): SlackAnswer {
    if (waitMillis <= 0) return act();
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

/** A limited number of calls within any minute. */
class Allowance {
  readonly #perMinute: number;
  #taken: number[] = [];

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** @returns how long to wait; 0 if the call was accepted */
  take(now: number): number {
    if (this.#perMinute === Infinity) return 0;
    this.#taken = this.#taken.filter((at) => at > now - minute);
    if (this.#taken.length >= this.#perMinute) return this.#taken[0]! + minute - now;
    this.#taken.push(now);
    return 0;
  }
}

import type { Subscription } from "../domain/subscription.ts";
import { takeTurn } from "./turns.ts";

/**
 * The jobs that wait for their polls in one pass. The channels take turns: a channel with few jobs does not wait until those of
 * a channel with many are polled.
 */
export class JobQueue implements AsyncIterable<Subscription> {
  readonly #turn: number;
  readonly #channels: Subscription[][] = [];
  #isClosed = false;
  #changed = Promise.withResolvers<void>();

  /** @param turn decides which channel, and which of its jobs, comes first */
  constructor(turn: number) {
    this.#turn = turn;
  }

  /** @param jobs all jobs of their channels, in an order that stays the same */
  add(jobs: readonly Subscription[]): void {
    const channels = [...Map.groupBy(jobs, ({ settings }) => settings.channel).values()];
    const { inTurn, rest } = takeTurn(channels, this.#turn);
    this.#channels.push(...inTurn.map((each) => takeTurn(each, rest).inTurn));
    this.#changed.resolve();
  }

  close(): void {
    this.#isClosed = true;
    this.#changed.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Subscription, void> {
    for (;;) {
      const [job, ...others] = this.#channels.shift() ?? [];
      if (others.length > 0) this.#channels.push(others);
      if (job) yield job;
      else if (this.#isClosed) return;
      else {
        await this.#changed.promise;
        this.#changed = Promise.withResolvers();
      }
    }
  }
}

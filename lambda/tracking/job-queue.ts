import type { Subscription } from "../domain/subscription.ts";
import { inTurn } from "./turns.ts";

/**
 * The jobs that wait for their polls in one pass. The channels take turns: a channel with few jobs does not wait until those of
 * a channel with many are polled.
 */
export class JobQueue implements AsyncIterable<Subscription> {
  readonly #rotation: number;
  readonly #channels: Subscription[][] = [];
  #isClosed = false;
  #changed = Promise.withResolvers<void>();

  /** @param rotation changes which channel, and which of its jobs, comes first */
  constructor(rotation: number) {
    this.#rotation = rotation;
  }

  /** @param jobs all jobs of their channels, in an order that stays the same */
  add(jobs: readonly Subscription[]): void {
    const channels = [...Map.groupBy(jobs, ({ settings }) => settings.channel).values()];
    for (const channel of inTurn(channels, this.#rotation, "channels"))
      this.#channels.push(inTurn(channel, this.#rotation, "jobs"));
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

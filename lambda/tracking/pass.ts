import pMap from "p-map";
import { isMoving, needsDetails, observe, observeTrouble, stop, type Build } from "../domain/build.ts";
import { nameOf, type Feed } from "../domain/feed.ts";
import { isHeld } from "../domain/delivery.ts";
import { backInReach, noNotices, outOfReach, type Notices } from "../domain/notices.ts";
import type { BuildDetails } from "../domain/outcome.ts";
import { closeCircuit, enterCircuit, openCircuit, type Passage } from "./circuit.ts";
import { createGate, type Gate } from "./gate.ts";
import { ServiceStageError, type ServiceStage } from "./ports.ts";
import { record, type RecordOptions } from "./record.ts";

export interface PassOptions extends RecordOptions {
  serviceStage: ServiceStage;
  shards: readonly number[];
  /** Another one in each pass: rotates which builds come first, so that under overload nobody is always last. */
  turn: number;
  report: PassReport;
}

/** Counts, summed over the passes of a tick. */
export interface PassReport {
  builds: number;
  polled: number;
  changed: number;
  unreadable: number;
  errors: number;
}

/** How many builds are read at the same time. */
const concurrency = 32;
/** A look at ServiceStage starts only with this much time left for its calls and the write. */
const lookMillis = 12_000;
/** Builds that could not be read wait for the pass's end in memory, so they are bounded. */
const unreadableAtMost = 1_000;

/**
 * One pass over all active feeds: read, observe, record. Deliveries go on in their lanes after it.
 * One failing feed never stops the others.
 * @returns whether another pass within the minute is worth it
 */
export async function runPass(options: PassOptions): Promise<boolean> {
  const passage = await enterCircuit(options);
  const pass = new Pass(passage, options);
  await pMap(pass.feeds(), (feed) => pass.handle(feed), { concurrency });
  await pass.conclude();
  return pass.again;
}

class Pass {
  again = false;
  readonly #passage: Passage;
  readonly #options: PassOptions;
  readonly #gate: Gate = createGate();
  readonly #channels = new Set<string>();
  readonly #notices = new Map<string, Notices>();
  readonly #unreadable: { build: Build; error: ServiceStageError }[] = [];

  constructor(passage: Passage, options: PassOptions) {
    this.#passage = passage;
    this.#options = options;
  }

  async *feeds(): AsyncIterable<Feed> {
    const { store, shards, turn } = this.#options;
    for await (const feed of store.loadActive(shards, turn)) {
      if (this.#isLate()) return;
      yield feed;
    }
  }

  async handle(feed: Feed): Promise<void> {
    if (feed.kind === "notices") {
      this.#notices.set(feed.channel, feed);
    } else {
      this.#options.report.builds += 1;
      await this.#guard(feed, () => this.#handleBuild(feed));
    }
  }

  async #handleBuild(build: Build): Promise<void> {
    const { clock } = this.#options;
    const held = isHeld(build.delivery, clock.now());
    const next = held ? build : await this.#lookAt(build);
    this.again ||= isMoving(next, clock.now());
    await this.#record(build, next);
  }

  /** What the build has become, as far as ServiceStage tells. */
  async #lookAt(build: Build): Promise<Build> {
    const { clock, keeping } = this.#options;
    if (build.status !== "tracking") return build;
    if (build.stopRequestedAt !== undefined) return stop(build, clock.now());
    this.#channels.add(build.registration.channel);
    if (this.#passage.kind === "blocked" || this.#isLate()) return build;
    try {
      const { phases, details } = await this.#fetch(build);
      return observe(build, phases, details, clock.now(), keeping);
    } catch (error) {
      if (!(error instanceof ServiceStageError)) throw error;
      if (this.#unreadable.length < unreadableAtMost) this.#unreadable.push({ build, error });
      return build;
    }
  }

  async #fetch(build: Build) {
    const { serviceStage, clock, keeping, report } = this.#options;
    const phases = await this.#gate.pass(() => serviceStage.fetchPhases(build.buildId));
    report.polled += 1;
    const wanted = needsDetails(build, phases, clock.now(), keeping);
    return { phases, details: wanted ? await this.#fetchDetails(build) : undefined };
  }

  /** The details add to what the phases tell; without them the build goes on being told. */
  async #fetchDetails({ buildId }: Build): Promise<BuildDetails | undefined> {
    try {
      return await this.#gate.pass(() => this.#options.serviceStage.fetchDetails(buildId));
    } catch (error) {
      if (!(error instanceof ServiceStageError)) throw error;
      this.#options.log.warn(error.message, { buildId, reason: error.reason, requestId: error.requestId });
      return undefined;
    }
  }

  /** Only now it is known whether a failure is one build's trouble, or ServiceStage is out of reach for all. */
  async conclude(): Promise<void> {
    if (this.#gate.refusal) await openCircuit(this.#gate.refusal.reason, this.#passage, this.#options);
    if (this.#gate.answered) {
      await closeCircuit(this.#passage, this.#options);
      await this.#tellTroubles();
    }
    await this.#tellChannels();
  }

  async #tellTroubles(): Promise<void> {
    const { clock, keeping } = this.#options;
    for (const { build, error } of this.#unreadable) {
      if (error.reason === "refused") continue;
      await this.#guard(build, () =>
        this.#record(build, observeTrouble(build, error.reason, clock.now(), keeping)),
      );
    }
  }

  async #tellChannels(): Promise<void> {
    this.#logUnreadable();
    const outage = this.#outageReason();
    const channels = new Set([...this.#notices.keys(), ...(outage === undefined ? [] : this.#channels)]);
    for (const channel of channels) {
      const notices = this.#notices.get(channel) ?? noNotices(channel, this.#options.newId());
      await this.#guard(notices, () => this.#tellChannel(notices, outage));
    }
  }

  async #tellChannel(loaded: Notices, outage: string | undefined): Promise<void> {
    const { store, clock } = this.#options;
    if (outage === undefined || !this.#channels.has(loaded.channel)) {
      return this.#record(loaded, this.#gate.answered ? backInReach(loaded, clock.now()) : loaded);
    }
    // Not among the active ones: it may be there all the same, over and done with.
    const notices = loaded.version > 0 ? loaded : ((await store.load(loaded)) ?? loaded);
    return this.#record(notices, outOfReach(notices, outage, clock.now()));
  }

  /** Why nothing could be read in this pass; undefined when something was, or nothing was tried. */
  #outageReason(): string | undefined {
    if (this.#passage.kind === "blocked") return this.#passage.reason;
    return this.#gate.answered ? undefined : (this.#gate.refusal ?? this.#unreadable[0]?.error)?.reason;
  }

  #logUnreadable(): void {
    const { log, report } = this.#options;
    report.unreadable += this.#unreadable.length;
    for (const { build, error } of this.#unreadable.slice(0, 20)) {
      const { reason, status, code, requestId } = error;
      log.warn(error.message, { buildId: build.buildId, reason, status, code, requestId });
    }
  }

  async #record(loaded: Feed, next: Feed): Promise<void> {
    if (next !== loaded) this.#options.report.changed += 1;
    this.again = (await record(loaded, next, this.#options)) || this.again;
  }

  async #guard(feed: Feed, task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      this.#options.report.errors += 1;
      this.#options.log.error("A feed could not be handled; the next pass tries again", {
        feed: nameOf(feed),
        error,
      });
    }
  }

  #isLate(): boolean {
    return this.#options.clock.now() + lookMillis > this.#options.deadline;
  }
}

import pMap from "p-map";
import { isMoving, type Build } from "../domain/build.ts";
import { standing } from "../domain/delivery.ts";
import { byKind, type Feed } from "../domain/feed.ts";
import type { Notices } from "../domain/notices.ts";
import type { DeliveryReport } from "./deliver.ts";
import { createCircuitBreaker, type CircuitBreaker } from "./circuit-breaker.ts";
import { checkChannel, needsChannelCheck } from "./check-channel.ts";
import { guard } from "./guard.ts";
import type { LastPolls } from "./last-polls.ts";
import type { Pace } from "./pace.ts";
import type { PendingAge } from "./pending-age.ts";
import { pollBuild, type PollOptions } from "./poll-build.ts";
import type { Clock, Log, ServiceStage, ServiceStageError, TickStore } from "./ports.ts";
import { conclude, tellReach, type Unreadable } from "./reach.ts";
import { claimantOf, record, type RecordOptions } from "./record.ts";

export interface PassOptions extends RecordOptions {
  store: TickStore;
  report: PassReport;
  serviceStage: ServiceStage;
  lastPolls: LastPolls;
  pollIntervalMillis: number;
  shards: readonly number[];
  /** When the next tick takes over, epoch milliseconds: no poll begins from then on. */
  nextTick: number;
  /** Logs for the whole tick what its passes find again. */
  logOnce: Log;
  pendingAge: PendingAge;
}

/** Counts, summed over the passes of a tick. */
export interface PassReport extends DeliveryReport {
  builds: number;
  polled: number;
  changed: number;
  /** Builds that ServiceStage did not let read, or that were not tried because it refuses the credentials. */
  unreadable: number;
  /** Those of them that ServiceStage's refusal of the credentials left unread. */
  credentialsRefused: number;
  /** Those of them that ServiceStage does not know: a wrong id, or a build of another region or project. */
  unknownBuilds: number;
  /** Stored items that this version can't understand. */
  notUnderstood: number;
  /**
   * No count: how long after its pass began the last build was polled, at worst. One that was left unpolled for want of
   * time counts until the next tick.
   */
  pollDelaySeconds: number;
}

/** How many builds are read at the same time. */
const concurrency = 32;
/** Builds that could not be read wait for the pass's end in memory, so they are bounded. */
const unreadableAtMost = 1_000;
/** A build is polled only with this much time left before the deadline: for two calls that time out. */
export const pollMillis = 10_000;

/**
 * One pass over all active feeds: read, poll, record. Deliveries go on in their lanes after it.
 * One failing feed never stops the others.
 * @param rotation another one in each pass: rotates which builds come first, so that under overload nobody is always last
 * @returns whether another pass within the minute is worth it
 * @throws when the store can't be read
 */
export const runPass = (rotation: number, options: PassOptions): Promise<boolean> =>
  new Pass(rotation, options).run();

class Pass {
  readonly #rotation: number;
  readonly #options: PassOptions;
  readonly #breaker: CircuitBreaker;
  readonly #channels = new Set<string>();
  readonly #notices = new Map<string, Notices>();
  readonly #unreadable: Unreadable[] = [];
  #isComplete = false;
  /** Some builds were left unpolled for want of time. */
  #isCutShort = false;
  /** Why the feeds could not be read to their end. */
  #failure: { error: unknown } | undefined;
  #again = false;

  constructor(rotation: number, options: PassOptions) {
    this.#rotation = rotation;
    this.#options = options;
    this.#breaker = createCircuitBreaker(options.serviceStage, options.store, options.clock);
  }

  async run(): Promise<boolean> {
    const { clock, deadline, nextTick, pace, report } = this.#options;
    const began = clock.now();
    pace.beginPass();
    await pMap(this.#feedsInTime(), (feed) => this.#handle(feed), { concurrency });
    const polledBy = this.#isCutShort ? Math.min(nextTick, deadline) : clock.now();
    report.pollDelaySeconds = Math.max(report.pollDelaySeconds, (polledBy - began) / 1000);
    for (const unreadable of this.#unreadable) logUnreadable(unreadable, this.#options.logOnce);
    await conclude(this.#breaker, this.#options);
    const findings = {
      channels: this.#channels,
      notices: this.#notices,
      unreadable: this.#unreadable,
      complete: this.#isComplete,
      answered: this.#breaker.answered,
    };
    this.#goOnIf(await tellReach(findings, this.#options));
    if (this.#failure) throw this.#failure.error;
    return this.#again;
  }

  /** A page that can't be read ends the feeds, not the work on those before it: the failure is thrown at the end. */
  async *#feedsInTime(): AsyncIterable<Feed> {
    const { store, shards } = this.#options;
    try {
      for await (const feed of store.loadActive(shards, this.#rotation)) {
        if (isLate(this.#options)) {
          this.#isCutShort = true;
          return;
        }
        if (feed instanceof Error) this.#leaveOut(feed);
        else yield feed;
      }
      this.#isComplete = true;
    } catch (error) {
      this.#failure = { error };
    }
  }

  #leaveOut(error: Error): void {
    this.#options.report.notUnderstood += 1;
    this.#options.logOnce.error(error.message, {});
  }

  async #handle(feed: Feed): Promise<void> {
    const { clock, pace, pendingAge, report } = this.#options;
    pendingAge.note(feed, clock.now());
    announce(feed, clock.now(), pace);
    await byKind<unknown>(feed, {
      build: (build) => {
        report.builds += 1;
        return guard(build, () => this.#handleBuild(build), this.#options);
      },
      notices: (notices) => this.#notices.set(notices.channel, notices),
    });
  }

  /** A build that could not be read is left to the end of the pass: then it is known whether others could. */
  async #handleBuild(build: Build): Promise<void> {
    const { clock } = this.#options;
    if (build.status === "tracking") this.#channels.add(build.registration.channel);
    const next = await this.#poll(build);
    this.#goOnIf(isMoving(next ?? build, clock.now()));
    if (!next) return;
    this.#goOnIf(await record(build, next, this.#options));
    if (needsChannelCheck(build, next)) {
      const { channel } = build.registration;
      this.#options.lanes.add(channel, () => checkChannel(next, this.#options));
    }
  }

  /** Undefined when the build could not be read, and waits for the pass's end. */
  async #poll(build: Build): Promise<Build | undefined> {
    const { report } = this.#options;
    if (isLate(this.#options)) {
      this.#isCutShort = true;
      return build;
    }
    const options: PollOptions = { ...this.#options, serviceStage: this.#breaker };
    const polled = await pollBuild(build, options);
    switch (polled.kind) {
      case "read":
        report.polled += 1;
        return polled.next;
      case "left":
        return polled.next;
      case "unreadable":
        return this.#isKept({ build, error: polled.error }) ? undefined : build;
    }
  }

  #isKept(unreadable: Unreadable): boolean {
    countUnreadable(unreadable.error, this.#options.report);
    if (this.#unreadable.length >= unreadableAtMost) return false;
    this.#unreadable.push(unreadable);
    return true;
  }

  #goOnIf(isWorthIt: boolean): void {
    this.#again ||= isWorthIt;
  }
}

function countUnreadable({ reason }: ServiceStageError, report: PassReport): void {
  report.unreadable += 1;
  if (reason === "refused") report.credentialsRefused += 1;
  if (reason === "unknownBuild") report.unknownBuilds += 1;
}

/** Before anything of the pass is recorded, as far as that goes: so the channel's pace is shared among all who wait. */
function announce(feed: Feed, now: number, pace: Pace): void {
  switch (standing(feed, now)) {
    case "pending":
    case "doubtful":
      pace.announce(claimantOf(feed));
      return;
    case "held":
      pace.announce({ ...claimantOf(feed), posts: 0 });
      return;
    case "clear":
    case "postponed":
  }
}

/** Too late to poll one more build. */
function isLate({
  clock,
  nextTick,
  deadline,
}: {
  clock: Clock;
  nextTick: number;
  deadline: number;
}): boolean {
  const now = clock.now();
  return now >= nextTick || now + pollMillis > deadline;
}

function logUnreadable({ build, error }: Unreadable, log: Log): void {
  const { message, reason, status, code, requestId } = error;
  log.warn(message, { buildId: build.buildId, reason, status, code, requestId });
}

import pMap from "p-map";
import { isMoving, type Build } from "../domain/build.ts";
import { standing } from "../domain/delivery.ts";
import { byKind, type Feed } from "../domain/feed.ts";
import type { Notices } from "../domain/notices.ts";
import { isUnreadableForLong, type NewBuild, type Subscription } from "../domain/subscription.ts";
import { needsChannelCheck } from "./check-channel.ts";
import type { Answers, CircuitBreaker } from "./circuit-breaker.ts";
import type { Guard } from "./guard.ts";
import type { Pace } from "./pace.ts";
import type { PendingAge } from "./pending-age.ts";
import type { Polled } from "./poll-build.ts";
import { JobQueue } from "./job-queue.ts";
import type { JobSchedule } from "./job-schedule.ts";
import type { PolledJob } from "./poll-job.ts";
import type { Clock, Log, ServiceStageError, TickStore } from "./ports.ts";
import type { Findings, Unreadable } from "./reach.ts";
import { claimantOf, type RecordFeed } from "./record.ts";
import { shareCalls, type SharedCalls } from "./shared-calls.ts";
import type { Count } from "./tally.ts";
import { isTooLateForJobs, isTooLateToPoll, type Times } from "./times.ts";
import { inTurn } from "./turns.ts";

export interface PassParts {
  store: Pick<TickStore, "loadActive">;
  shards: readonly number[];
  clock: Pick<Clock, "now">;
  times: Times;
  pace: Pace;
  pendingAge: PendingAge;
  count: Count;
  /** Logs for the whole tick what its passes find again. */
  logOnce: Log;
  guard: Guard;
  answers: Readonly<Answers>;
  /** ServiceStage as it may be called in one pass. */
  createBreaker: () => CircuitBreaker;
  jobSchedule: JobSchedule;
  poll: (build: Build, serviceStage: SharedCalls) => Promise<Polled>;
  pollJob: (subscription: Subscription, serviceStage: SharedCalls) => Promise<PolledJob>;
  /** Registers a new build of the job in the subscription's channel. Undefined when it is registered there already. */
  registerFound: (subscription: Subscription, found: NewBuild) => Promise<Build | undefined>;
  record: RecordFeed;
  recordReach: (findings: Findings) => Promise<boolean>;
  tellDigests: () => Promise<boolean>;
  /** Runs after the deliveries of the build's channel. */
  checkChannelLater: (build: Build) => void;
}

/** What a pass found. */
export interface PassResult {
  /** Another pass within the minute is worth it. */
  again: boolean;
  /**
   * How long after the pass began the last build was polled. A build or a job that was not polled, because there was no
   * time, counts until the next tick.
   */
  pollDelaySeconds: number;
}

/**
 * One pass over all active feeds: read, poll, record. Deliveries go on in their lanes after it.
 * One failing feed never stops the others, and jobs never hold up builds.
 * @param rotation one more in each tick, and in each pass: rotates which builds and jobs come first, so that under overload
 *   none is always last
 * @throws when the store can't be read
 */
export type Pass = (rotation: number) => Promise<PassResult>;

/** How many jobs are polled at the same time, and how many other feeds are handled. */
const concurrency = 32;
/** Builds that could not be read wait for the pass's end in memory, so they are bounded. */
const unreadableAtMost = 1_000;

export const createPass =
  (parts: PassParts): Pass =>
  (rotation) =>
    new PassRun(rotation, parts).run();

class PassRun {
  readonly #rotation: number;
  readonly #parts: PassParts;
  readonly #breaker: CircuitBreaker;
  readonly #serviceStage: SharedCalls;
  readonly #channels = new Set<string>();
  readonly #notices = new Map<string, Notices>();
  readonly #unreadable: Unreadable[] = [];
  #isComplete = false;
  /** Some builds or jobs were not polled, because there was no time. */
  #isCutShort = false;
  /** Why the feeds could not be read to their end. */
  #failure: { error: unknown } | undefined;
  #again = false;
  readonly #began: number;
  readonly #answeredBefore: number | undefined;

  constructor(rotation: number, parts: PassParts) {
    this.#rotation = rotation;
    this.#parts = parts;
    this.#began = parts.clock.now();
    this.#answeredBefore = parts.answers.answeredAt;
    this.#breaker = parts.createBreaker();
    this.#serviceStage = shareCalls(this.#breaker, parts.clock);
  }

  async run(): Promise<PassResult> {
    const { clock, times, pace, jobSchedule, guard, logOnce, recordReach, tellDigests } = this.#parts;
    pace.beginPass();
    jobSchedule.beginPass(this.#began - times.started);
    const shards = inTurn(this.#parts.shards, this.#rotation, "shards");
    const jobs = new JobQueue(this.#rotation);
    await Promise.all([
      pMap(this.#withoutJobs(shards, jobs), (feed) => guard(feed, async () => this.#handle(feed)), {
        concurrency,
      }),
      pMap(jobs, (job) => guard(job, () => this.#handleJob(job)), { concurrency }),
    ]);
    const polledBy = this.#isCutShort ? Math.min(times.nextTick, times.deadline) : clock.now();
    for (const unreadable of this.#unreadable) logUnreadable(unreadable, logOnce);
    await this.#concludeBreaker();
    const findings = {
      channels: this.#channels,
      notices: this.#notices,
      unreadable: this.#unreadable,
      complete: this.#isComplete,
      answered: this.#breaker.answered,
      answeredBefore: this.#answeredBefore,
    };
    this.#goOnIf(await recordReach(findings));
    this.#goOnIf(await tellDigests());
    if (this.#failure) throw this.#failure.error;
    return { again: this.#again, pollDelaySeconds: (polledBy - this.#began) / 1000 };
  }

  /** All feeds except for the jobs to be polled, which go into the queue together: those of a channel stand in one shard. */
  async *#withoutJobs(shards: readonly number[], queue: JobQueue): AsyncIterable<Feed> {
    let jobs: Subscription[] = [];
    try {
      for await (const feed of this.#feedsInTime(shards)) {
        const noted = await this.#parts.guard(feed, async () => this.#note(feed));
        if (!noted) continue;
        if (feed.kind !== "subscription") {
          queue.add(jobs);
          jobs = [];
        } else if (noted.isDue) {
          jobs.push(feed);
          continue;
        }
        yield feed;
      }
    } finally {
      queue.add(jobs);
      queue.close();
    }
  }

  /** If a page can't be read, the feeds before it are still handled. The error is thrown at the end. */
  async *#feedsInTime(shards: readonly number[]): AsyncIterable<Feed> {
    const { store } = this.#parts;
    try {
      for await (const feed of store.loadActive(shards, this.#rotation)) {
        if (this.#isTooLate()) return;
        if (feed instanceof Error) this.#leaveOut(feed);
        else yield feed;
      }
      this.#isComplete = true;
    } catch (error) {
      this.#failure = { error };
    }
  }

  #leaveOut(error: Error): void {
    this.#parts.count({ notUnderstood: 1 });
    this.#parts.logOnce.error(error.message, {});
  }

  /** What counts of a feed as soon as it is read. `isDue`: its job is to be polled. */
  #note(feed: Feed): { isDue: boolean } {
    const { clock, pace, pendingAge, count, jobSchedule } = this.#parts;
    pendingAge.note(feed, clock.now());
    announce(feed, clock.now(), pace);
    const isDue = byKind(feed, {
      build: ({ status, registration: { channel } }) => {
        count({ builds: 1 });
        if (status === "tracking") this.#channels.add(channel);
        return false;
      },
      notices: (notices) => {
        this.#notices.set(notices.channel, notices);
        return false;
      },
      subscription: (subscription) => {
        count({ subscriptions: 1, unreadableJobs: isUnreadableForLong(subscription, clock.now()) ? 1 : 0 });
        if (subscription.status !== "active") return false;
        this.#channels.add(subscription.settings.channel);
        this.#goOnIf(jobSchedule.isQuick);
        return jobSchedule.isDue(subscription);
      },
    });
    return { isDue };
  }

  async #handle(feed: Feed): Promise<void> {
    await byKind<unknown>(feed, {
      build: (build) => this.#handleBuild(build),
      notices: () => undefined,
      subscription: (subscription) => this.#sendPending(subscription),
    });
  }

  async #sendPending(subscription: Subscription): Promise<void> {
    this.#goOnIf(await this.#parts.record(subscription, subscription));
  }

  async #handleJob(subscription: Subscription): Promise<void> {
    const { count, logOnce } = this.#parts;
    if (this.#isTooLateForJobs()) return this.#sendPending(subscription);
    const polled = await this.#parts.pollJob(subscription, this.#serviceStage);
    switch (polled.kind) {
      case "read":
        count({ jobsPolled: 1 });
        if (polled.failure) {
          this.#count(polled.failure);
          logUnreadable({ feed: subscription, error: polled.failure }, logOnce);
        }
        return this.#follow(polled);
      case "left":
        return;
      case "unreadable":
        if (!this.#isKept({ feed: subscription, error: polled.error })) await this.#sendPending(subscription);
    }
  }

  /** Registers all new builds first. Only then does the subscription count them as seen. */
  async #follow({ before, next, found, failure }: PolledJob & { kind: "read" }): Promise<void> {
    const { count, guard, record, registerFound } = this.#parts;
    const registered: Build[] = [];
    for (const each of found) {
      const build = await registerFound(before, each);
      if (build) registered.push(build);
    }
    count({ found: registered.length });
    this.#goOnIf(await record(before, next));
    this.#goOnIf(next.nextPage !== undefined && !failure);
    for (const build of registered) await guard(build, () => this.#handleBuild(build));
  }

  /** A build that could not be read waits until the end of the pass. Then it is known whether other builds could be read. */
  async #handleBuild(build: Build): Promise<void> {
    const { clock, record, checkChannelLater } = this.#parts;
    const next = await this.#poll(build);
    this.#goOnIf(isMoving(next ?? build, clock.now()));
    if (!next) return;
    this.#goOnIf(await record(build, next));
    if (needsChannelCheck(build, next)) checkChannelLater(next);
  }

  /** Undefined when the build could not be read, and waits for the pass's end. */
  async #poll(build: Build): Promise<Build | undefined> {
    const { poll, count } = this.#parts;
    if (this.#isTooLate()) return build;
    const polled = await poll(build, this.#serviceStage);
    switch (polled.kind) {
      case "read":
        count({ polled: 1 });
        return polled.next;
      case "left":
        return polled.next;
      case "unreadable":
        // What is to be told does not wait for ServiceStage. The next pass polls the build again.
        if (polled.next !== build) return polled.next;
        return this.#isKept({ feed: build, error: polled.error }) ? undefined : build;
    }
  }

  #isTooLate(): boolean {
    const { clock, times } = this.#parts;
    const isTooLate = isTooLateToPoll(clock.now(), times);
    this.#isCutShort ||= isTooLate;
    return isTooLate;
  }

  #isTooLateForJobs(): boolean {
    const isTooLate = this.#isTooLate() || isTooLateForJobs(this.#parts.clock.now(), this.#began);
    this.#isCutShort ||= isTooLate;
    return isTooLate;
  }

  #isKept(unreadable: Unreadable): boolean {
    this.#count(unreadable.error);
    if (this.#unreadable.length >= unreadableAtMost) return false;
    this.#unreadable.push(unreadable);
    return true;
  }

  #count({ reason }: ServiceStageError): void {
    this.#parts.count({
      unreadable: 1,
      credentialsRefused: reason === "refused" ? 1 : 0,
      unknownBuilds: reason === "unknownBuild" ? 1 : 0,
      unknownJobs: reason === "unknownJob" ? 1 : 0,
    });
  }

  /** Opens or closes the stored circuit. A failure is counted and logged; the next pass tries again. */
  async #concludeBreaker(): Promise<void> {
    await this.#breaker.conclude().catch((error: unknown) => {
      this.#parts.count({ errors: 1 });
      this.#parts.logOnce.error("The circuit breaker could not be saved. The next pass tries again", {
        error,
      });
    });
  }

  #goOnIf(isWorthIt: boolean): void {
    this.#again ||= isWorthIt;
  }
}

/** Announces the feed, so that the pace shares the channel before anything is recorded. */
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

function logUnreadable({ feed, error }: Unreadable, log: Log): void {
  const { message, reason, status, code, requestId } = error;
  const about = feed.kind === "build" ? { buildId: feed.buildId } : { jobId: feed.jobId };
  log.warn(message, { ...about, reason, status, code, requestId });
}

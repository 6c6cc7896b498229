import pMap from "p-map";
import { isMoving, type Build } from "../domain/build.ts";
import { isHeld, pendingForMillis, standing } from "../domain/delivery.ts";
import { byKind, channelOf, nameOf, type Feed } from "../domain/feed.ts";
import type { Notices } from "../domain/notices.ts";
import type { DeliveryReport } from "./deliver.ts";
import { createCircuitBreaker, type CircuitBreaker } from "./circuit-breaker.ts";
import type { LastPolls } from "./last-polls.ts";
import { pollBuild } from "./poll-build.ts";
import type { ServiceStage, ServiceStageError } from "./ports.ts";
import { tellReach } from "./reach.ts";
import { claimantOf, record, type RecordOptions } from "./record.ts";

export interface PassOptions extends RecordOptions {
  serviceStage: ServiceStage;
  lastPolls: LastPolls;
  pollIntervalMillis: number;
  shards: readonly number[];
  /** When the next tick takes over, epoch milliseconds: no poll begins from then on. */
  nextTick: number;
  /** Another one in each pass: rotates which builds come first, so that under overload nobody is always last. */
  rotation: number;
  report: PassReport;
  /** What this tick has logged by {@link logOnce}: its passes don't repeat it. */
  logged: Set<string>;
  /** By channel: for how many seconds the oldest message has been pending that its channel's pace may hold up. */
  queued: Map<string, number>;
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
  /** Stored items that this version can't understand. */
  notUnderstood: number;
  /**
   * No count: how long after its pass began the last build was polled, at worst. One that was left unpolled for want of
   * time counts until the next tick.
   */
  pollDelaySeconds: number;
  /** No count: how long the oldest message seen had been pending, but for those that wait for their channel's pace. */
  oldestPendingSeconds: number;
}

/** One pass, and what it found on its way. */
export interface Pass extends PassOptions {
  breaker: CircuitBreaker;
  /** The channels of the builds that are still tracked. */
  channels: Set<string>;
  /** By channel. */
  notices: Map<string, Notices>;
  unreadable: { build: Build; error: ServiceStageError }[];
  /** All active feeds were read: what was not among them is not there. */
  complete: boolean;
  /** Some builds were left unpolled for want of time. */
  cutShort: boolean;
  /** What could not be read for the pass to go on. */
  failure?: unknown;
  /** Another pass within the minute is worth it. */
  again: boolean;
}

/** How many builds are read at the same time. */
const concurrency = 32;
/** A build is polled only with this much time left before the deadline: for two calls that time out. */
export const pollMillis = 10_000;

/**
 * One pass over all active feeds: read, poll, record. Deliveries go on in their lanes after it.
 * One failing feed never stops the others.
 * @returns whether another pass within the minute is worth it
 * @throws when the store can't be read
 */
export async function runPass(options: PassOptions): Promise<boolean> {
  const { clock, deadline, nextTick, report } = options;
  const began = clock.now();
  options.pace.beginPass();
  const pass: Pass = {
    ...options,
    breaker: createCircuitBreaker(options.store, options.clock),
    channels: new Set(),
    notices: new Map(),
    unreadable: [],
    complete: false,
    cutShort: false,
    again: false,
  };
  await pMap(feedsInTime(pass), (feed) => handle(feed, pass), { concurrency });
  const polledBy = pass.cutShort ? Math.min(nextTick, deadline) : clock.now();
  report.pollDelaySeconds = Math.max(report.pollDelaySeconds, (polledBy - began) / 1000);
  await tellReach(pass);
  if (pass.failure !== undefined) throw pass.failure;
  return pass.again;
}

/** A page that can't be read ends the feeds, not the work on those before it: the failure is thrown at the end. */
async function* feedsInTime(pass: Pass): AsyncIterable<Feed> {
  try {
    for await (const feed of pass.store.loadActive(pass.shards, pass.rotation)) {
      if (isLate(pass)) return;
      if (feed instanceof Error) leaveOut(feed, pass);
      else yield feed;
    }
    pass.complete = true;
  } catch (error) {
    pass.failure = error;
  }
}

function leaveOut(error: Error, pass: Pass): void {
  pass.report.notUnderstood += 1;
  logOnce("error", error.message, {}, pass);
}

async function handle(feed: Feed, pass: Pass): Promise<void> {
  noteDebts(feed, pass);
  await byKind<unknown>(feed, {
    build: (build) => {
      pass.report.builds += 1;
      return guard(build, () => handleBuild(build, pass), pass);
    },
    notices: (notices) => pass.notices.set(notices.channel, notices),
  });
}

/** Before anything of the pass is recorded, as far as that goes: so the channel's pace is shared among all who wait. */
function noteDebts(feed: Feed, { clock, pace, queued, report }: Pass): void {
  const now = clock.now();
  const state = standing(feed, now);
  if (state === "clear") return;
  const owedSeconds = pendingForMillis(feed.delivery, now) / 1000;
  if (state === "pending" || state === "held") {
    const channel = channelOf(feed);
    queued.set(channel, Math.max(queued.get(channel) ?? 0, owedSeconds));
  } else {
    report.oldestPendingSeconds = Math.max(report.oldestPendingSeconds, owedSeconds);
  }
  const claimant = claimantOf(feed);
  if (state === "pending" || state === "doubtful") pace.announce(claimant);
  if (state === "held") pace.announce({ ...claimant, posts: 0 });
}

/** A build that could not be read is left to the end of the pass: then it is known whether others could. */
async function handleBuild(build: Build, pass: Pass): Promise<void> {
  if (build.status === "tracking") pass.channels.add(build.registration.channel);
  const alone = isHeld(build.delivery, pass.clock.now()) || isLate(pass);
  const next = alone ? build : await pollBuild(build, pass);
  pass.again ||= isMoving(next ?? build, pass.clock.now());
  if (next) await recordNext(build, next, pass);
}

export async function recordNext(loaded: Feed, next: Feed, pass: Pass): Promise<void> {
  if (next !== loaded) pass.report.changed += 1;
  const pending = await record(loaded, next, pass);
  pass.again ||= pending;
}

/** What goes wrong with one feed is logged, and the others go on. */
export async function guard(feed: Feed, task: () => Promise<void>, pass: Pass): Promise<void> {
  try {
    await task();
  } catch (error) {
    pass.report.errors += 1;
    pass.log.error("A feed could not be handled; the next pass tries again", { feed: nameOf(feed), error });
  }
}

/** Enough of them in a tick to see what is wrong. */
const loggedAtMost = 20;

/** What every pass of a tick finds again is logged by the first. */
export function logOnce(
  level: "warn" | "error",
  message: string,
  fields: Record<string, unknown>,
  { log, logged }: PassOptions,
): void {
  if (logged.size >= loggedAtMost || logged.has(message)) return;
  logged.add(message);
  log[level](message, fields);
}

/** Too late to poll one more build: the pass is cut short. */
function isLate(pass: Pass): boolean {
  const now = pass.clock.now();
  const late = now >= pass.nextTick || now + pollMillis > pass.deadline;
  pass.cutShort ||= late;
  return late;
}

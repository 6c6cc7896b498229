import type { Retention } from "../domain/build.ts";
import { createLanes } from "./lanes.ts";
import { createLastPolls, type LastPolls } from "./last-polls.ts";
import { createLogOnce } from "./log-once.ts";
import type { Pace } from "./pace.ts";
import { pollMillis, runPass, type PassOptions, type PassReport } from "./pass.ts";
import { createPendingAge } from "./pending-age.ts";
import type { Clock, Log, ServiceStage, Slack, TickStore } from "./ports.ts";

export interface TickOptions {
  clock: Clock;
  log: Log;
  store: TickStore;
  serviceStage: ServiceStage;
  slack: Slack;
  newId: () => string;
  /** Of the process: what Slack asked for outlasts the tick. */
  pace: Pace;
  /** Of the process. Without them, no look is remembered from one tick to the next. */
  lastPolls?: LastPolls;
  retention: Retention;
  /** Goes into a minute without a rest. */
  pollIntervalMillis: number;
}

export interface TickEvent {
  /** Which of the schedules this is, from 0. */
  shard: number;
  /** How many schedules share the work. */
  shards: number;
  /** Epoch milliseconds; decides which builds come first. The scheduler may invoke up to a minute later. */
  scheduledTime: number;
  /** When the process is stopped whatever it does; epoch milliseconds. */
  processEnd: number;
}

export interface TickReport extends PassReport {
  passes: number;
  /** No count: how long the oldest message seen had been pending, but for those that wait for their channel's pace. */
  oldestPendingSeconds: number;
}

/** The next tick begins so long after this one: until then the polls are this one's, from then on the next one's. */
const tickMillis = 60_000;
/** No post starts later: two ticks at once would be two processes, each with a pace of its own. */
const postingMillis = 57_000;
/** What was started must have ended this long before the process is stopped. */
const marginMillis = 3_000;
/** A build is not read while it is leased: so it is leased for about as long as it would wait for the next pass. */
const leastWindowMillis = 2_000;
const mostWindowMillis = 15_000;
/** `chat.update` allows 50 and more a minute for the whole workspace. */
const editsPerMinute = 40;

/**
 * One scheduled run: passes at the poll interval while a build is moving, one pass when none is. They are counted from
 * the tick's own start, so that the next tick, a minute later, goes on at the same interval.
 * It ends in time for the next tick, with all its deliveries settled or left in doubt. A late or repeated tick is
 * harmless: it finds leases, or nothing to do.
 * @throws when the store can't be read
 */
export async function tick(
  event: TickEvent,
  options: TickOptions,
  virtualShards: number,
): Promise<TickReport> {
  const { clock, pollIntervalMillis } = options;
  options.pace.begin(Math.floor(editsPerMinute / event.shards));
  const lanes = createLanes();
  const report: TickReport = {
    passes: 0,
    builds: 0,
    polled: 0,
    changed: 0,
    unreadable: 0,
    credentialsRefused: 0,
    unknownBuilds: 0,
    notUnderstood: 0,
    pollDelaySeconds: 0,
    oldestPendingSeconds: 0,
    delivered: 0,
    undeliverable: 0,
    refused: 0,
    tokenRefused: 0,
    failedReadBacks: 0,
    errors: 0,
  };
  const started = clock.now();
  const nextTick = started + tickMillis;
  const deadline = event.processEnd - marginMillis;
  const rotation = Math.floor(event.scheduledTime / 60_000);
  const pendingAge = createPendingAge();
  const pass: PassOptions = {
    ...options,
    lanes,
    lastPolls: options.lastPolls ?? createLastPolls(),
    deadline,
    nextTick,
    lastPost: started + postingMillis,
    leaseWindowMillis: Math.min(Math.max(pollIntervalMillis, leastWindowMillis), mostWindowMillis),
    report,
    logOnce: createLogOnce(options.log),
    pendingAge,
    shards: shardsOf(event, virtualShards),
  };
  try {
    while (clock.now() < deadline) {
      report.passes += 1;
      if (!(await runPass(rotation + report.passes, pass))) break;
      const elapsed = clock.now() - started;
      const next = started + (Math.floor(elapsed / pollIntervalMillis) + 1) * pollIntervalMillis;
      if (next >= nextTick || next + pollMillis > deadline) break;
      await clock.sleep(next - clock.now());
    }
  } finally {
    await lanes.drain();
  }
  report.oldestPendingSeconds = pendingAge.oldestSeconds(options.pace);
  return report;
}

/** Schedule i of N takes the virtual shards v with v mod N = i. */
const shardsOf = ({ shard, shards }: TickEvent, virtualShards: number): number[] =>
  Array.from({ length: virtualShards }, (_, v) => v).filter((v) => v % shards === shard % shards);

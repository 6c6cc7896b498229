import type { Retention } from "../domain/build.ts";
import { registerFound } from "../domain/subscription.ts";
import { checkChannel } from "./check-channel.ts";
import { createCircuitBreaker } from "./circuit-breaker.ts";
import { createDeliver } from "./deliver.ts";
import { createDigests, tellDigests, type Digests } from "./digests.ts";
import { createGuard } from "./guard.ts";
import { createJobSchedule } from "./job-schedule.ts";
import { createLanes } from "./lanes.ts";
import { createLastPolls, type LastPolls } from "./last-polls.ts";
import { createLogOnce } from "./log-once.ts";
import type { Pace } from "./pace.ts";
import { createPass } from "./pass.ts";
import { createPendingAge } from "./pending-age.ts";
import { pollBuild } from "./poll-build.ts";
import { pollJob } from "./poll-job.ts";
import type { Clock, Log, ServiceStage, Slack, TickStore } from "./ports.ts";
import { recordReach } from "./reach.ts";
import { createRecord } from "./record.ts";
import { createTally, type Counts } from "./tally.ts";
import { nextPassAt, timesOf } from "./times.ts";

export interface TickParts {
  clock: Clock;
  log: Log;
  store: TickStore;
  serviceStage: ServiceStage;
  slack: Slack;
  /** Whether Slack can call: only then a message may say what to type. Without it no message does. */
  takesCommands?: () => Promise<boolean>;
  newId: () => string;
  /** Of the process: what Slack asked for outlasts the tick. */
  pace: Pace;
  /** Of the process. Without them, no poll is remembered from one tick to the next. */
  lastPolls?: LastPolls;
  /** Of the process. Without them, no channel gets a digest. */
  digests?: Digests;
  retention: Retention;
  /** Goes into a minute without a rest. */
  pollIntervalMillis: number;
  /** From 15 seconds to five minutes: how often a subscribed job is polled. */
  jobPollMillis: number;
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

export interface TickReport extends Counts {
  passes: number;
  /**
   * How long after its pass began the last build was polled, at worst. A build or a job that was not polled, because there
   * was no time, counts until the next tick.
   */
  pollDelaySeconds: number;
  /** How long the oldest message seen had been pending, except for those that wait for their channel's pace. */
  oldestPendingSeconds: number;
}

/** `chat.update` allows 50 and more a minute for the whole workspace. */
const editsPerMinute = 40;

/**
 * One scheduled run: passes at the poll interval while a build is moving, one pass when none is. They are counted from
 * the tick's own start, so that the next tick, a minute later, goes on at the same interval.
 * It ends in time for the next tick, with all its deliveries settled or left in doubt. A late or repeated tick is
 * harmless: it finds leases, or nothing to do.
 * @throws when the store can't be read
 */
export async function tick(event: TickEvent, parts: TickParts, virtualShards: number): Promise<TickReport> {
  const { clock, log, pace, store, serviceStage, newId, pollIntervalMillis, jobPollMillis } = parts;
  const { lastPolls = createLastPolls(), digests = createDigests([]) } = parts;
  const { takesCommands = async () => false } = parts;
  const shards = shardsOf(event, virtualShards);
  pace.begin(Math.floor(editsPerMinute / event.shards));
  const { count, counts } = createTally();
  const times = timesOf(clock.now(), event.processEnd, pollIntervalMillis);
  const lanes = createLanes();
  const pendingAge = createPendingAge();
  const guard = createGuard({ log, count });
  const deliver = createDeliver({ ...parts, count, times });
  const record = createRecord({ ...parts, count, times, lanes, deliver });
  const logOnce = createLogOnce(log);
  const minute = Math.floor(event.scheduledTime / 60_000);
  const pass = createPass({
    ...parts,
    shards,
    times,
    pendingAge,
    count,
    logOnce,
    guard,
    answers: lastPolls.answers,
    createBreaker: () => createCircuitBreaker(serviceStage, store, clock, lastPolls.answers),
    jobSchedule: createJobSchedule(jobPollMillis, minute),
    poll: (build, shared) =>
      pollBuild(build, { ...parts, serviceStage: shared, takesCommands, lastPolls, digests, times }),
    pollJob: (subscription, shared) =>
      pollJob(subscription, { ...parts, serviceStage: shared, lastPolls, logOnce, times }),
    async registerFound(subscription, found) {
      const build = registerFound(subscription, found, newId(), clock.now());
      return (await store.register(build, undefined)) ? store.load(build) : undefined;
    },
    record,
    recordReach: (findings) => recordReach(findings, { ...parts, times, record, guard }),
    tellDigests: () => tellDigests({ ...parts, digests, shards, times, record, guard }),
    checkChannelLater(build) {
      const check = () => checkChannel(build, { ...parts, count, times });
      lanes.add(build.registration.channel, () => guard(build, check));
    },
  });
  let passes = 0;
  let pollDelaySeconds = 0;
  try {
    while (clock.now() < times.deadline) {
      passes += 1;
      const found = await pass(minute + passes);
      pollDelaySeconds = Math.max(pollDelaySeconds, found.pollDelaySeconds);
      const next = found.again ? nextPassAt(clock.now(), pollIntervalMillis, times) : undefined;
      if (next === undefined) break;
      await clock.sleep(next - clock.now());
    }
  } finally {
    await lanes.drain();
  }
  return { passes, ...counts, pollDelaySeconds, oldestPendingSeconds: pendingAge.oldestSeconds(pace) };
}

/** Schedule i of N takes the virtual shards v with v mod N = i. */
const shardsOf = ({ shard, shards }: TickEvent, virtualShards: number): number[] =>
  Array.from({ length: virtualShards }, (_, v) => v).filter((v) => v % shards === shard % shards);

import { registerBuild } from "../../lambda/domain/build.ts";
import { isActiveFeed } from "../../lambda/domain/feed.ts";
import type { ListedPhase } from "../../lambda/domain/phase.ts";
import { bytesOf } from "../../lambda/domain/size.ts";
import { virtualShards } from "../../lambda/names.ts";
import { newItem } from "../../lambda/store/item.ts";
import { createPace } from "../../lambda/tracking/pace.ts";
import type { Clock, Slack } from "../../lambda/tracking/ports.ts";
import { tick, type TickParts } from "../../lambda/tracking/tick.ts";
import { createTestClock } from "../../testing/clock.ts";
import { atOnce, MemoryServiceStage } from "../../testing/memory-servicestage.ts";
import { LimitedSlack } from "../../testing/memory-slack.ts";
import { createMemoryStore } from "../../testing/memory-store.ts";
import { judgeAll } from "./oracle.ts";
import { silentLog } from "../../testing/silent-log.ts";

export interface OutageOptions {
  builds: number;
  /** C0, C1 and so on: the builds are dealt to them in turn. */
  channels: number;
  /** So many of the builds change with each poll, and the others every five minutes. */
  restless: number;
  outageMillis: number;
}

export interface Outage {
  lost: number;
  duplicated: number;
  disordered: number;
  /** Changes between two polls of the same build. */
  observed: number;
  /** Those of them that a message told, or that a message counted because the build's item had no room for them. */
  told: number;
  omitted: number;
  /** Of the build that was polled least, in an hour of the outage. */
  pollsPerHourAtLeast: number;
  /** Of the largest item, as DynamoDB counts it, at most. */
  itemBytesAtMost: number;
  /** The longest tick of the first hour of the outage, and of its last one. */
  firstTickMillisAtMost: number;
  lastTickMillisAtMost: number;
  /** From the end of the outage until nothing was pending. */
  recoveryMinutes: number;
  faults: string[];
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const pollIntervalMillis = 15 * second;

export const longOutage: OutageOptions = {
  builds: 200,
  channels: 20,
  restless: 10,
  outageMillis: 6 * hour,
};

const timeoutMillis = 8 * second;
/** Before the outage, and after it until the builds end. */
const quietMillis = 10 * minute;
const minutesAtMost = 24 * 60;

/** Builds that move all the time, while Slack answers nothing for hours: every call times out, and nothing arrives. */
export async function runOutage({
  builds,
  channels,
  restless,
  outageMillis,
}: OutageOptions): Promise<Outage> {
  const clock = createTestClock();
  const started = clock.now();
  const [downFrom, downUntil] = [started + quietMillis, started + quietMillis + outageMillis];
  const store = createMemoryStore(clock);
  const limited = new LimitedSlack(clock, { burst: 4 });
  const ids = Array.from({ length: builds }, (_, index) => `b${index}`);
  for (const [index, id] of ids.entries()) {
    const settings = { channel: `C${index % channels}`, mention: [], thread: true };
    await store.register(registerBuild(id, `r${index}`, settings, started), undefined);
  }

  const polls = new Map(ids.map((id) => [id, 0]));
  const known = new Map<string, string>();
  let observed = 0;
  /** Phase Build begins anew in turns, until the build fails. */
  function phasesOf(buildId: string): ListedPhase[] {
    const now = clock.now();
    const index = Number(buildId.slice(1));
    const stepMillis = index < restless ? pollIntervalMillis : 5 * minute;
    const turns = Math.floor((now - started + index * second) / stepMillis);
    const ended = now >= downUntil + quietMillis;
    const state = ended ? "Failed" : turns % 2 === 0 ? "Building" : "Queuing";
    if (known.get(buildId) !== state) observed += 1;
    known.set(buildId, state);
    if (now >= downFrom && now < downUntil) polls.set(buildId, polls.get(buildId)! + 1);
    return [{ id: "1", name: "Build", state }];
  }

  let leases = 0;
  // A tick that waits for Slack's time-outs may outlast its minute: the next one is another process, with its own pace.
  const paces = [createPace(), createPace()];
  const ticking: Omit<TickParts, "pace"> = {
    clock,
    log: silentLog,
    newId: () => `i${++leases}`,
    retention: { abandonAfterMillis: 24 * hour, keepMillis: 24 * hour },
    pollIntervalMillis,
    jobPollMillis: minute,
    store,
    slack: whileDown(clock, downFrom, downUntil, limited),
    serviceStage: new MemoryServiceStage({ phasesOf, run: atOnce }),
  };
  const tickMillis: { at: number; millis: number }[] = [];
  const processes: Promise<void>[] = [];
  let itemBytesAtMost = 0;
  async function runTick(process: number): Promise<void> {
    const at = clock.now();
    const event = { shard: 0, shards: 1, scheduledTime: at, processEnd: at + 75 * second };
    await tick(event, { ...ticking, pace: paces[process]! }, virtualShards);
    tickMillis.push({ at, millis: clock.now() - at });
  }
  let minutes = 0;
  for (; minutes < minutesAtMost && store.readIndex().length > 0; minutes++) {
    const process = minutes % paces.length;
    await processes[process];
    await clock.sleep(started + minutes * minute - clock.now());
    processes[process] = runTick(process);
    for (const id of ids) itemBytesAtMost = Math.max(itemBytesAtMost, bytesOf(newItem(store.readBuild(id)!)));
  }
  await Promise.all(processes);

  const ended = ids.map((id) => store.readBuild(id)!);
  const longest = (from: number, until: number) =>
    Math.max(0, ...tickMillis.filter(({ at }) => at >= from && at < until).map(({ millis }) => millis));
  const messages = limited.inner.messages.flatMap(({ key }) => store.recorded.get(key) ?? []);
  const told = messages.filter(({ kind }) => kind === "transition" || kind === "caughtUp").length;
  const omitted = messages.reduce((sum, each) => sum + (each.kind === "omitted" ? each.count : 0), 0);
  const verdict = judgeAll(ended, store, limited.inner, (build) => !isActiveFeed(build));
  const missing = observed - told - omitted;
  return {
    ...verdict,
    lost: verdict.lost + Math.abs(missing),
    faults: [...verdict.faults, ...(missing === 0 ? [] : [`lost: ${missing} changes that were observed`])],
    observed,
    told,
    omitted,
    pollsPerHourAtLeast: Math.min(...polls.values()) / (outageMillis / hour),
    itemBytesAtMost,
    firstTickMillisAtMost: longest(downFrom, downFrom + hour),
    lastTickMillisAtMost: longest(downUntil - hour, downUntil),
    recoveryMinutes: Math.max(0, minutes - (quietMillis + outageMillis) / minute),
  };
}

/** In between every call takes its whole time-out, and nothing arrives. */
function whileDown(clock: Clock, from: number, until: number, slack: Slack): Slack {
  const isDown = () => clock.now() >= from && clock.now() < until;
  const timeOut = async () => {
    await clock.sleep(timeoutMillis);
    return { kind: "unknown", reason: "timeout" } as const;
  };
  return {
    postCard: (build, form) => (isDown() ? timeOut() : slack.postCard(build, form)),
    postMessage: (feed, message, form) => (isDown() ? timeOut() : slack.postMessage(feed, message, form)),
    editCard: (build, form) => (isDown() ? timeOut() : slack.editCard(build, form)),
    async readBack(feed, since) {
      if (!isDown()) return slack.readBack(feed, since);
      await clock.sleep(timeoutMillis);
      return { complete: false, reason: "timeout" };
    },
  };
}

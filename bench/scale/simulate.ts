import type { Build } from "../../lambda/domain/build.ts";
import { settle } from "../../lambda/domain/delivery.ts";
import { virtualShards } from "../../lambda/names.ts";
import { createPace } from "../../lambda/tracking/pace.ts";
import type { Clock } from "../../lambda/tracking/ports.ts";
import { tick, type TickParts } from "../../lambda/tracking/tick.ts";
import { createTestClock } from "../../testing/clock.ts";
import { MemoryServiceStage } from "../../testing/memory-servicestage.ts";
import { LimitedSlack, type SlackLimits } from "../../testing/memory-slack.ts";
import { details, retention, Model, type ModelOptions } from "./model.ts";
import { ShardStores } from "./shard-stores.ts";
import { silentLog } from "../../testing/silent-log.ts";

export interface SimulationOptions extends ModelOptions {
  minutes: number;
  shards: number;
  pollIntervalSeconds: number;
  /** The time from a GET to its answer. */
  roundTripMillis: number;
  slack: SlackLimits;
}

/** The result of a run. */
export interface Simulation {
  options: SimulationOptions;
  model: Model;
  stores: ShardStores;
  slack: LimitedSlack;
  started: number;
  ended: number;
}

export const minute = 60_000;

/** Runs the real ticks of all shards on one model clock, minute by minute. At the start nothing is pending. */
export async function simulate(options: SimulationOptions): Promise<Simulation> {
  const clock = createTestClock();
  const started = clock.now();
  const model = new Model(options, started);
  const slack = new LimitedSlack(clock, options.slack);
  const stores = new ShardStores(clock, (now) => model.begunBy(now));
  for (const build of model.underWay()) stores.add(await deliveredSoFar(build, slack, started));

  // A warm process serves any schedule, so each shard gets the pace of another shard in the next minute.
  const paces = Array.from({ length: options.shards }, createPace);
  const ticking = tickingOf(clock, model, stores, slack, options);
  const runShard = async (shard: number): Promise<void> => {
    for (let passed = 0; passed < options.minutes; passed++) {
      const scheduledTime = started + passed * minute;
      if (clock.now() < scheduledTime) await clock.sleep(scheduledTime - clock.now());
      const event = { shard, shards: options.shards, scheduledTime, processEnd: clock.now() + 75_000 };
      await tick(event, { ...ticking, pace: paces[(shard + passed) % paces.length]! }, virtualShards);
    }
  };
  await Promise.all(paces.map((_, shard) => runShard(shard)));
  return { options, model, stores, slack, started, ended: started + options.minutes * minute };
}

function tickingOf(
  clock: Clock,
  model: Model,
  stores: ShardStores,
  slack: LimitedSlack,
  { pollIntervalSeconds, roundTripMillis }: SimulationOptions,
): Omit<TickParts, "pace"> {
  let ids = 0;
  const serviceStage = new MemoryServiceStage({
    phasesOf: (buildId) => model.phasesAt(buildId, clock.now()),
    detailsOf: () => details,
    run: async (_path, answer) => {
      await clock.sleep(roundTripMillis);
      return answer();
    },
  });
  return {
    clock,
    log: silentLog,
    newId: () => `i${++ids}`,
    retention,
    jobPollMillis: 60_000,
    pollIntervalMillis: pollIntervalSeconds * 1_000,
    store: stores.asPort(),
    slack,
    serviceStage,
  };
}

/** The build after all its pending messages were delivered at this moment. */
async function deliveredSoFar(build: Build, { inner }: LimitedSlack, at: number): Promise<Build> {
  const card = build.delivery.card!;
  const form = { plain: false };
  const answer = await inner.postCard(build, form);
  if (answer.kind !== "sent") throw new Error("The simulated Slack takes every card before the start");
  const shown = { ...card, shown: card.revision, receipt: answer.receipt };
  const carded: Build = { ...build, delivery: { ...build.delivery, card: shown } };
  for (const message of build.delivery.outbox) await inner.postMessage(carded, message, form);
  const delivered = build.delivery.outbox.map((message) => ({ message, how: "sent" as const, at }));
  return { ...carded, delivery: settle(carded.delivery, { delivered }, at) };
}

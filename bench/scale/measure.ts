import type { Build } from "../../lambda/domain/build.ts";
import { messageKey, type Message } from "../../lambda/domain/delivery.ts";
import { channelOf, feedId } from "../../lambda/domain/feed.ts";
import { phaseNames } from "../../lambda/domain/phase.ts";
import type { Transition } from "../../lambda/domain/transition.ts";
import { loadsOf, pollsWanted, type Load } from "./loads.ts";
import { transitionsTo } from "./model.ts";
import type { Simulation } from "./simulate.ts";

export interface Measured {
  /** How many polls were made, as a share of the polls that the interval asks for. */
  pollsShare: number;
  /** The share of the transitions that no poll saw, because the next transition came before it. */
  unseenShare: number;
  recorded: number;
  delivered: number;
  /** Messages that are still in an outbox at the end. */
  pending: number;
  /** Builds with a message that is lost, repeated or out of order. If this is not 0, the promise is broken. */
  broken: number;
  /** The times from a transition in ServiceStage to its message in Slack, sorted. A pending message counts up to the end. */
  lateMillis: number[];
  /** By how many messages a minute the number of pending messages grew in the second half of the run. */
  behindPerMinute: number;
  /** The share of the calls to Slack that were answered with 429. */
  throttledShare: number;
  /** The most exceeded limit first. */
  loads: Load[];
}

/** A message and its build. */
interface Recorded {
  build: Build;
  message: Message;
  /** When the message arrived in Slack. */
  arrivedAt?: number;
}

export function measure(simulation: Simulation): Measured {
  const { stores, slack, options, started, ended } = simulation;
  const builds = stores.feeds.map((feed) => stores.load(feed) as Build);
  const recorded = recordedIn(simulation, builds);
  const half = (started + ended) / 2;
  const isLate = (at: number | undefined): boolean => at !== undefined && at >= half;
  const count = (counted: (one: Recorded) => boolean): number => recorded.filter(counted).length;
  const calls = slack.edits.length + sum([...slack.posts.values()].map((posts) => posts.length));
  return {
    pollsShare: Math.min(1, stores.polls / options.minutes / pollsWanted(options)),
    unseenShare: unseenOf(simulation, builds, recorded),
    recorded: recorded.length,
    delivered: count(({ arrivedAt }) => arrivedAt !== undefined),
    pending: sum(builds.map(({ delivery }) => delivery.outbox.length)),
    broken: brokenOf(simulation, builds),
    lateMillis: recorded.flatMap((one) => latenessOf(one, simulation)).toSorted((a, b) => a - b),
    behindPerMinute:
      (count(({ message }) => isLate(message.at)) - count(({ arrivedAt }) => isLate(arrivedAt))) /
      (options.minutes / 2),
    throttledShare: slack.throttled / Math.max(1, calls),
    loads: loadsOf(
      simulation,
      builds,
      recorded.map(({ build }) => channelOf(build)),
    ),
  };
}

/** @param rising numbers in rising order. @param share such as 0.99. @returns undefined without numbers */
export const quantile = (rising: readonly number[], share: number): number | undefined =>
  rising[Math.max(0, Math.ceil(rising.length * share) - 1)];

export const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

function recordedIn({ stores, slack }: Simulation, builds: Build[]): Recorded[] {
  const arrivals = new Map(slack.inner.messages.map(({ key, at }) => [key, at]));
  const byFeed = new Map(builds.map((build) => [feedId(build), build]));
  return stores.shards.flatMap(({ recorded }) =>
    [...recorded].map(([key, message]) => {
      const arrivedAt = arrivals.get(key);
      const build = byFeed.get(key.split("/")[0]!)!;
      return { build, message, ...(arrivedAt !== undefined && { arrivedAt }) };
    }),
  );
}

const transitionsIn = (message: Message): Transition[] =>
  message.kind === "transition"
    ? [message.transition]
    : message.kind === "caughtUp"
      ? message.transitions
      : [];

/** How late the newest transition of the message is. */
function latenessOf({ build, message, arrivedAt }: Recorded, { model, ended }: Simulation): number[] {
  const ordinals = transitionsIn(message).map(
    ({ phase, to }) =>
      phaseNames.indexOf(phase as (typeof phaseNames)[number]) * 2 + (to === "Successful" ? 2 : 1),
  );
  if (ordinals.length === 0) return [];
  return [(arrivedAt ?? ended) - model.timeOf(build.buildId, Math.max(...ordinals))];
}

/** The share of the snapshots' transitions that no message reports. */
function unseenOf({ stores }: Simulation, builds: Build[], recorded: Recorded[]): number {
  const before = sum(stores.feeds.map((feed) => transitionsTo((feed as Build).snapshot)));
  const moved = sum(builds.map(({ snapshot }) => transitionsTo(snapshot))) - before;
  const seen = sum(recorded.map(({ message }) => transitionsIn(message).length));
  return moved === 0 ? 0 : (moved - seen) / moved;
}

/** A build's delivered messages, in Slack's order, and then its pending messages must have the numbers 1, 2, 3 and so on. */
function brokenOf({ slack }: Simulation, builds: Build[]): number {
  const delivered = Map.groupBy(slack.inner.messages, ({ key }) => key.split("/")[0]!);
  return builds.filter((build) => {
    const id = feedId(build);
    const { outbox, nextNumber } = build.delivery;
    const shown = (delivered.get(id) ?? []).map(({ key }) => key).filter((key) => !key.includes("/card/"));
    const keys = [...shown, ...outbox.map((message) => messageKey(id, message))];
    return keys.length !== nextNumber - 1 || keys.some((key, index) => key !== `${id}/${index + 1}`);
  }).length;
}

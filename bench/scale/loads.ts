import type { Build } from "../../lambda/domain/build.ts";
import { channelOf } from "../../lambda/domain/feed.ts";
import type { Simulation, SimulationOptions } from "./simulate.ts";

/**
 * What is asked of a limit, and what it allows, both in a minute: posts into the busiest channel, posts into all
 * channels, edits that tell an end, looks at builds, and writes into the busiest partition of the index.
 */
export interface Load {
  limit: "one channel" | "workspace" | "card edits" | "looks" | "index writes";
  asked: number;
  allowed: number;
}

/** What the ticks of all shards allow themselves together: `lambda/tracking/tick.ts`. */
const editsOfTicks = 40;
/** Slack's. */
const channelPosts = 60;
/** Of a partition, 1,000 units a second; an entry of the index takes two. */
const indexWrites = (1_000 / 2) * 60;

/** @param channels of each message that was recorded. @returns the most overloaded one first */
export function loadsOf(
  { options, stores, started }: Simulation,
  builds: Build[],
  channels: string[],
): Load[] {
  const perMinute = (count: number): number => count / options.minutes;
  const begun = builds.filter(({ registration }) => registration.at > started).map(channelOf);
  const ended = builds.filter(({ status, changedAt }) => status !== "tracking" && changedAt > started);
  const { postsPerMinute = Infinity, editsPerMinute = Infinity } = options.slack;
  const editsOfAll = Math.floor(editsOfTicks / options.shards) * options.shards;
  const loads: Load[] = [
    { limit: "one channel", asked: perMinute(most([...channels, ...begun])), allowed: channelPosts },
    { limit: "workspace", asked: perMinute(channels.length + begun.length), allowed: postsPerMinute },
    { limit: "card edits", asked: perMinute(ended.length), allowed: Math.min(editsOfAll, editsPerMinute) },
    { limit: "looks", asked: looksWanted(options), allowed: perMinute(stores.looks) },
    { limit: "index writes", asked: perMinute(Math.max(...stores.writes)), allowed: indexWrites },
  ];
  return loads.toSorted((a, b) => overload(b) - overload(a));
}

export const overload = ({ asked, allowed }: Load): number => asked / allowed;

/** In a minute. */
export const looksWanted = ({ builds, pollIntervalSeconds }: SimulationOptions): number =>
  builds * (60 / pollIntervalSeconds);

/** How often the most frequent one is there. */
const most = (names: string[]): number =>
  [...Map.groupBy(names, (name) => name).values()].reduce((most, { length }) => Math.max(most, length), 0);

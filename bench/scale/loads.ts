import type { Build } from "../../lambda/domain/build.ts";
import { channelOf } from "../../lambda/domain/feed.ts";
import type { Simulation, SimulationOptions } from "./simulate.ts";

/**
 * How much is needed of something limited, and how much is allowed, both in a minute: posts into the busiest channel,
 * posts into all channels, edits of cards of ended builds, polls, and writes into the busiest partition of the index.
 */
export interface Load {
  limit: "one channel" | "workspace" | "card edits" | "polls" | "index writes";
  asked: number;
  allowed: number;
}

/** The limit for the ticks of all shards together: `lambda/tracking/tick.ts`. */
const editsOfTicks = 40;
/** Slack's limit. */
const channelPosts = 60;
/** A partition has 1,000 units a second, and an entry of the index needs two. */
const indexWrites = (1_000 / 2) * 60;

/** @param channels the channel of each recorded message. @returns the most exceeded limit first */
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
    { limit: "polls", asked: pollsWanted(options), allowed: perMinute(stores.polls) },
    { limit: "index writes", asked: perMinute(Math.max(...stores.writes)), allowed: indexWrites },
  ];
  return loads.toSorted((a, b) => overload(b) - overload(a));
}

export const overload = ({ asked, allowed }: Load): number => asked / allowed;

/** How many polls a minute the interval asks for. */
export const pollsWanted = ({ builds, pollIntervalSeconds }: SimulationOptions): number =>
  builds * (60 / pollIntervalSeconds);

/** How often the most frequent name occurs. */
const most = (names: string[]): number =>
  [...Map.groupBy(names, (name) => name).values()].reduce((most, { length }) => Math.max(most, length), 0);

import { isActive, isMessageWanted, type Build, type ChannelRefusal, type Retention } from "./build.ts";
import type { Message } from "./delivery.ts";
import { areNoticesNeededUntil, isActiveNotices, type Notices } from "./notices.ts";
import { isActiveSubscription, type Subscription } from "./subscription.ts";

/** Whatever has messages for a channel. Each is one item in the store. */
export type Feed = Build | Notices | Subscription;

/** One answer for each kind of feed. A new kind does not compile until each caller has an answer for it. */
export function byKind<T>(
  feed: Feed,
  of: {
    build: (build: Build) => T;
    notices: (notices: Notices) => T;
    subscription: (subscription: Subscription) => T;
  },
): T {
  switch (feed.kind) {
    case "build":
      return of.build(feed);
    case "notices":
      return of.notices(feed);
    case "subscription":
      return of.subscription(feed);
  }
}

/** The build, if the feed is one. Only builds have a card, phases and settings. */
export const buildOf = (feed: Feed): Build | undefined =>
  byKind<Build | undefined>(feed, {
    build: (build) => build,
    notices: () => undefined,
    subscription: () => undefined,
  });

/** Each key of the store holds feeds of one kind only. */
export const isSameKind = <F extends Feed>(feed: Feed, like: F): feed is F => feed.kind === like.kind;

/** The feed's id in the keys of its messages. Each registration has another id. */
export const feedId = (feed: Feed): string =>
  byKind(feed, {
    build: ({ registration }) => registration.id,
    notices: ({ id }) => id,
    subscription: ({ id }) => id,
  });

export const channelOf = (feed: Feed): string =>
  byKind(feed, {
    build: ({ registration }) => registration.channel,
    notices: ({ channel }) => channel,
    subscription: ({ settings }) => settings.channel,
  });

/** What a log line calls the feed. */
export const nameOf = (feed: Feed): string =>
  byKind(feed, {
    build: ({ buildId }) => `build ${buildId}`,
    notices: ({ channel }) => `notices of channel ${channel}`,
    subscription: ({ jobId, settings }) => `subscription of channel ${settings.channel} to job ${jobId}`,
  });

/** Every tick reads it: it is still polled, or has something pending. */
export const isActiveFeed = (feed: Feed): boolean =>
  byKind(feed, { build: isActive, notices: isActiveNotices, subscription: isActiveSubscription });

/** The registration's settings leave the message out: it goes to the history without being sent. */
export const isLeftOut = (feed: Feed, message: Message): boolean =>
  byKind(feed, {
    build: (build) => !isMessageWanted(build, message),
    notices: () => false,
    subscription: () => false,
  });

/** Its messages go to the thread of its card. */
export const isThreaded = (feed: Feed): boolean =>
  byKind(feed, {
    build: ({ registration }) => registration.thread,
    notices: () => false,
    subscription: () => false,
  });

/** A feed that is over and has nothing pending expires after the retention, and not while it is needed. */
export const expire = <F extends Feed>(feed: F, now: number, { keepMillis }: Retention): F =>
  isActiveFeed(feed) ? feed : { ...feed, expiresAt: Math.max(now + keepMillis, neededUntil(feed)) };

const neededUntil = (feed: Feed): number =>
  byKind(feed, { build: () => 0, notices: areNoticesNeededUntil, subscription: () => 0 });

/** Why Slack refuses the channel of these feeds, as far as they know it. */
export const refusalIn = (feeds: readonly Feed[]): ChannelRefusal | undefined =>
  feeds.flatMap((feed) => refusalOf(feed) ?? []).toSorted((a, b) => b.since - a.since)[0];

/** A refusal of the card's content or of its edits is not about the channel. */
function refusalOf(feed: Feed): ChannelRefusal | undefined {
  const { postponed } = feed.delivery;
  if (postponed?.of === "all" && !postponed.content) {
    const { reason, at, since = at } = postponed;
    return { reason, since };
  }
  return byKind<ChannelRefusal | undefined>(feed, {
    build: ({ status, channelRefusal }) => (status === "tracking" ? channelRefusal : undefined),
    notices: () => undefined,
    subscription: () => undefined,
  });
}

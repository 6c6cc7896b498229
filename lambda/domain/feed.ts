import { isActive, notifyOf, type Build, type Retention } from "./build.ts";
import type { MessageContent } from "./delivery.ts";
import { isActiveNotices, type Notices } from "./notices.ts";
import { isWanted } from "./notify.ts";
import { isActiveSubscription, type Subscription } from "./subscription.ts";

/** Whatever owes messages to a channel: one item in the store each. */
export type Feed = Build | Notices | Subscription;

/** What depends on a feed's kind says it for every kind: a new one does not compile before it does. */
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

/** The build, where the feed is one: only builds have a card, phases and settings. */
export const buildOf = (feed: Feed): Build | undefined =>
  byKind<Build | undefined>(feed, {
    build: (build) => build,
    notices: () => undefined,
    subscription: () => undefined,
  });

/** A key of the store holds feeds of one kind alone. */
export const isSameKind = <F extends Feed>(feed: Feed, like: F): feed is F => feed.kind === like.kind;

/** The feed's id within its messages' keys; another one after each registration. */
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

/** Belongs to what every tick reads: still polled, or still pending something. */
export const isActiveFeed = (feed: Feed): boolean =>
  byKind(feed, { build: isActive, notices: isActiveNotices, subscription: isActiveSubscription });

/** The registration's settings leave the message out: it goes to the history without being sent. */
export const isLeftOut = (feed: Feed, content: MessageContent): boolean =>
  byKind(feed, {
    build: (build) => !isWanted(notifyOf(build), content),
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

/** What is over and owes nothing any more is kept for a while, then expires. */
export const expire = <F extends Feed>(feed: F, now: number, { keepMillis }: Retention): F =>
  isActiveFeed(feed) ? feed : { ...feed, expiresAt: now + keepMillis };

import { isActive, notifyOf, type Build, type Retention } from "./build.ts";
import type { MessageContent } from "./delivery.ts";
import { isActiveNotices, type Notices } from "./notices.ts";
import { isWanted } from "./notify.ts";

/** Whatever owes messages to a channel: one item in the store each. */
export type Feed = Build | Notices;

/** The feed's id within its messages' keys; another one after each registration. */
export const feedId = (feed: Feed): string => (feed.kind === "build" ? feed.registration.id : feed.id);

export const channelOf = (feed: Feed): string =>
  feed.kind === "build" ? feed.registration.channel : feed.channel;

/** What a log line calls the feed. */
export const nameOf = (feed: Feed): string =>
  feed.kind === "build" ? `build ${feed.buildId}` : `notices of channel ${feed.channel}`;

/** Belongs to what every tick reads: still polled, or still pending something. */
export const isActiveFeed = (feed: Feed): boolean =>
  feed.kind === "build" ? isActive(feed) : isActiveNotices(feed);

/** The registration's settings leave the message out: it goes to the history without being sent. */
export const isLeftOut = (feed: Feed, content: MessageContent): boolean =>
  feed.kind === "build" && !isWanted(notifyOf(feed), content);

/** What is over and owes nothing any more is kept for a while, then expires. */
export const expire = <F extends Feed>(feed: F, now: number, { keepMillis }: Retention): F =>
  isActiveFeed(feed) ? feed : { ...feed, expiresAt: now + keepMillis };

import { pendingForMillis, standing } from "../domain/delivery.ts";
import { channelOf, type Feed } from "../domain/feed.ts";
import type { Pace } from "./pace.ts";

/** How long a tick's oldest message has been pending. Messages that only wait for their channel's pace don't count. */
export interface PendingAge {
  note(feed: Feed, now: number): void;
  /** To be called at the end of the tick, when it is known which channels took posts. */
  oldestSeconds(pace: Pick<Pace, "hasTaken">): number;
}

/** A channel takes about 3,600 messages in this time. A message that waits longer does not only wait for the pace. */
const longestQueueSeconds = 60 * 60;

export function createPendingAge(): PendingAge {
  let oldest = 0;
  /** By channel: the age in seconds of the oldest message that the channel's pace may hold up. */
  const queued = new Map<string, number>();
  return {
    note(feed, now) {
      const seconds = pendingForMillis(feed.delivery, now) / 1000;
      switch (standing(feed, now)) {
        case "clear":
          return;
        case "pending":
        case "held": {
          const channel = channelOf(feed);
          queued.set(channel, Math.max(queued.get(channel) ?? 0, seconds));
          return;
        }
        case "doubtful":
        case "postponed":
          oldest = Math.max(oldest, seconds);
      }
    },
    oldestSeconds(pace) {
      const stuck = [...queued].filter(
        ([channel, seconds]) => !pace.hasTaken(channel) || seconds >= longestQueueSeconds,
      );
      return Math.max(oldest, ...stuck.map(([, seconds]) => seconds));
    },
  };
}

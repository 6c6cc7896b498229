import { pendingForMillis, standing } from "../domain/delivery.ts";
import { channelOf, type Feed } from "../domain/feed.ts";
import type { Pace } from "./pace.ts";

/** How long the oldest message has been pending in a tick, but for those that wait for their channel's pace alone. */
export interface PendingAge {
  note(feed: Feed, now: number): void;
  /** At the end of the tick: then it is known which channels took posts. */
  oldestSeconds(pace: Pick<Pace, "hasTaken">): number;
}

/** Some 3,600 messages: a message that waits for longer waits for something else than the ones before it. */
const longestQueueSeconds = 60 * 60;

export function createPendingAge(): PendingAge {
  let oldest = 0;
  /** By channel, of the messages that the channel's pace may hold up. */
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

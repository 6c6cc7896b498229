import { v5 as uuidv5 } from "uuid";
import { channelOf, isThreaded, type Feed } from "../domain/feed.ts";

/** The place of a feed's messages. */
export interface Place {
  channel: string;
  /** The card's thread. Absent at the top level of the channel. */
  thread_ts?: string;
}

/** The thread of the build's card, if there is one and the registration uses it. Otherwise the channel. */
export function placeOf(feed: Feed): Place {
  const card = feed.delivery.card?.receipt;
  if (!card) return { channel: channelOf(feed) };
  return { channel: card.channel, ...(isThreaded(feed) && { thread_ts: card.ts }) };
}

/** The event type in Slack's metadata that marks the product's own messages. */
export const eventType = "build_notifier";

/** A random constant that must never change, so that a key always has the same `client_msg_id`. */
const namespace = "6f1c8b3e-6c58-4f0a-9d3b-2b7d0a5c9e41";

/** Marks a message with its key. Slack does not promise to respect `client_msg_id`, so the read back uses the metadata. */
export const identify = (key: string) => ({
  client_msg_id: uuidv5(key, namespace),
  metadata: { event_type: eventType, event_payload: { key } },
});

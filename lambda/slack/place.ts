import { v5 as uuidv5 } from "uuid";
import { channelOf, isThreaded, type Feed } from "../domain/feed.ts";

/** Where a message of a feed goes. */
export interface Place {
  channel: string;
  /** The card's; absent at the top level of the channel. */
  thread_ts?: string;
}

/** The thread of the build's card where there is one to use, else the channel. */
export function placeOf(feed: Feed): Place {
  const card = feed.delivery.card?.receipt;
  if (!card) return { channel: channelOf(feed) };
  return { channel: card.channel, ...(isThreaded(feed) && { thread_ts: card.ts }) };
}

/** Marks the product's own messages in Slack's metadata. */
export const eventType = "build_notifier";

/** Random, and never to change: a key has the same `client_msg_id` for ever. */
const namespace = "6f1c8b3e-6c58-4f0a-9d3b-2b7d0a5c9e41";

/** Makes a message recognizable by its key. Slack does not promise to honour `client_msg_id`; a look reads the metadata. */
export const identify = (key: string) => ({
  client_msg_id: uuidv5(key, namespace),
  metadata: { event_type: eventType, event_payload: { key } },
});

import type { WebAPICallResult, WebClient } from "@slack/web-api";
import type { Build } from "../domain/build.ts";
import { cardKey, messageKey, type Card } from "../domain/delivery.ts";
import { channelOf, feedId, nameOf, type Feed } from "../domain/feed.ts";
import type { Form, Log, Look, Slack, SlackAnswer } from "../tracking/ports.ts";
import { lastCheck } from "./answers.ts";
import type { Rendered } from "./blocks.ts";
import { renderCard, type RenderSettings } from "./card.ts";
import { readBack } from "./look.ts";
import { isUrgent, renderMessage } from "./messages.ts";
import { identify, placeOf, type Place } from "./place.ts";
import { createSession, type SessionSettings } from "./session.ts";

export interface SlackSettings extends SessionSettings, RenderSettings {
  log: Log;
}

/**
 * The {@link Slack} port on Slack's Web API. Each call is made once: repeats are driven from stored state.
 * The app needs the scope `chat:write`, and `channels:history` and `groups:history` to look what arrived.
 */
export function createSlack(settings: SlackSettings): Slack & { warm(): Promise<void> } {
  const { log } = settings;
  const session = createSession(settings);

  const send = (
    feed: Feed,
    { mayLeave = () => true }: Form,
    call: (web: WebClient) => Promise<Stored>,
  ): Promise<SlackAnswer> =>
    session.use(
      async (web) => toAnswer(await lastCheck.run(mayLeave, () => call(web)), feed, log),
      (refusal): SlackAnswer => refusal,
    );

  const post = (
    feed: Feed,
    key: string,
    content: Rendered,
    form: Form,
    place: Posting,
  ): Promise<SlackAnswer> =>
    send(feed, form, (web) => {
      // Through apiCall, since the typed method knows no client_msg_id.
      const message = {
        ...inForm(content, form),
        ...place,
        ...identify(key),
        ...literally,
        ...withoutPreviews,
      };
      return web.apiCall("chat.postMessage", message);
    });

  return {
    postCard(build, form) {
      const key = cardKey(feedId(build), cardOf(build));
      return post(build, key, renderCard(build, settings), form, { channel: channelOf(build) });
    },

    editCard(build, form) {
      const { receipt } = cardOf(build);
      if (!receipt) throw new Error(`The card of ${nameOf(build)} was never posted, so it can't be edited`);
      const content = inForm(renderCard(build, settings), form);
      return send(build, form, (web) => web.chat.update({ ...content, ...receipt, ...literally }));
    },

    postMessage(feed, message, form) {
      const place: Posting = placeOf(feed);
      if (place.thread_ts) place.reply_broadcast = feed.kind === "build" && isUrgent(feed, message);
      const key = messageKey(feedId(feed), message);
      return post(feed, key, renderMessage(feed, message, settings.language), form, place);
    },

    look: (feed, since) =>
      session.use<Look>(
        (web) => readBack(web, feed, since),
        ({ reason }) => ({ complete: false, reason }),
      ),

    /** Loads what a first call loads, and finds the way to Slack: a fresh process then sends as fast as any. */
    warm: () =>
      session.use(
        async (web) => void (await web.auth.test()),
        () => undefined,
      ),
  };
}

type Posting = Place & { reply_broadcast?: boolean };
type Stored = WebAPICallResult & { ts?: string; channel?: string; warning?: string };

/** Names and channels in the text are not looked up, on an edit either, where Slack would do so by default. */
const literally = { link_names: false, parse: "none" } as const;
const withoutPreviews = { unfurl_links: false, unfurl_media: false };

/** What is empty is sent too: an edit keeps what it leaves out. */
const inForm = ({ text, blocks, attachments = [] }: Rendered, { plain }: Form): Rendered =>
  plain ? { text, blocks: [], attachments: [] } : { text, blocks, attachments };

function cardOf(build: Build): Card {
  const { card } = build.delivery;
  if (!card) throw new Error(`No card is owed for ${nameOf(build)}`);
  return card;
}

function toAnswer({ channel, ts, warning, response_metadata }: Stored, feed: Feed, log: Log): SlackAnswer {
  const messages = response_metadata?.messages;
  if (warning !== undefined || messages) {
    log.warn(`Slack took a message of ${nameOf(feed)} with reservations`, { warning, messages });
  }
  return channel && ts
    ? { kind: "sent", receipt: { channel, ts } }
    : { kind: "unknown", reason: "Slack said ok without saying where the message is" };
}

import * as z from "zod/mini";
import type { Build } from "../domain/build.ts";
import { cardKey, messageKey, type Card } from "../domain/delivery.ts";
import { channelOf, feedId, nameOf, type Feed } from "../domain/feed.ts";
import { ornament } from "../schemas/ornament.ts";
import type { Clock, CredentialSource, Form, Log, ReadBack, Slack, SlackAnswer } from "../tracking/ports.ts";
import { doubtful, lastCheck } from "./answers.ts";
import type { Rendered } from "./blocks.ts";
import { renderCard, type RenderSettings } from "./card.ts";
import { readBack } from "./read-back.ts";
import { isUrgent, renderMessage } from "./messages.ts";
import { identify, placeOf, type Place } from "./place.ts";
import { channelId, timestamp } from "./shapes.ts";
import { createSession, type Call, type SessionSettings } from "./session.ts";

export interface SlackSettings extends SessionSettings, RenderSettings {
  /** Without a signing secret Slack can't call, so the cards have no buttons. */
  signingSecrets?: CredentialSource<string[]>;
  log: Log;
  clock: Pick<Clock, "now">;
}

export interface SlackClient extends Slack {
  /**
   * Takes the token that the secret holds now, and finds out whether cards have buttons. Every tick begins with this call, because no send may wait for the secret
   * after its lease was taken. An error in the secret shows at the next delivery.
   */
  refresh(): Promise<void>;
  /** Loads the code and opens the connection that a first call needs, so that a new process sends without delay. */
  warm(): Promise<void>;
}

/**
 * Implements the {@link Slack} port with Slack's Web API. Each call is made once: retries follow from stored state.
 * The app needs the scope `chat:write`, and `channels:history` and `groups:history` for the read back.
 */
export function createSlack(settings: SlackSettings): SlackClient {
  const { log, clock, signingSecrets } = settings;
  let actions: RenderSettings["actions"];
  const session = createSession(settings);

  const send = (
    feed: Feed,
    { mayLeave = () => true }: Form,
    method: string,
    message: Parameters<Call>[1] & { channel: string },
  ): Promise<SlackAnswer> =>
    session.use(
      async (call) => {
        const answer = await lastCheck.run(mayLeave, () => call(method, message, stored));
        // Slack's answer must name the same channel. A message in another channel can't be edited or read back.
        if (answer.channel !== message.channel) throw doubtful("Slack's answer names another channel");
        return toAnswer(answer, feed, log);
      },
      (refusal): SlackAnswer => refusal,
    );

  const post = (
    feed: Feed,
    key: string,
    content: Rendered,
    form: Form,
    place: Posting,
  ): Promise<SlackAnswer> =>
    send(feed, form, "chat.postMessage", {
      ...inForm(content, form),
      ...place,
      ...identify(key),
      ...literally,
      ...withoutPreviews,
    });

  return {
    async refresh() {
      await session.refresh();
      // If the secret can't be read, the tick shows that elsewhere. The buttons stay as they were.
      const secrets = await signingSecrets?.read().catch(() => undefined);
      if (secrets) actions = secrets.length > 0 ? settings.actions : [];
    },

    postCard(build, form) {
      const key = cardKey(feedId(build), cardOf(build));
      return post(build, key, renderCard(build, { ...settings, actions }), form, {
        channel: channelOf(build),
      });
    },

    editCard(build, form) {
      const { receipt } = cardOf(build);
      if (!receipt) throw new Error(`The card of ${nameOf(build)} was never posted, so it can't be edited`);
      const content = inForm(renderCard(build, { ...settings, actions }), form);
      const { channel, ts } = receipt;
      return send(build, form, "chat.update", { ...content, channel, ts, ...literally });
    },

    postMessage(feed, message, form) {
      const place: Posting = placeOf(feed);
      if (place.thread_ts) place.reply_broadcast = isUrgent(feed, message);
      const key = messageKey(feedId(feed), message);
      return post(feed, key, renderMessage(feed, message, settings, clock.now()), form, place);
    },

    readBack: (feed, since) =>
      session.use<ReadBack>(
        (call) => readBack(call, feed, since),
        ({ kind, reason }) => ({ complete: false, reason, ...(kind === "destination" && { refused: true }) }),
      ),

    warm: () =>
      session.use(
        async (call) => void (await call("auth.test", {}, z.unknown())),
        () => undefined,
      ),
  };
}

type Posting = Place & { reply_broadcast?: boolean };

const stored = z.object({
  ok: z.literal(true),
  channel: channelId,
  ts: timestamp,
  warning: ornament(z.string()),
  response_metadata: ornament(z.object({ messages: ornament(z.array(z.string())) })),
});

/** Slack must not turn names and channels in the text into links. For an edit it does so by default. */
const literally = { link_names: false, parse: "none" } as const;
const withoutPreviews = { unfurl_links: false, unfurl_media: false };

/** Empty fields are sent too, because an edit keeps every field that it does not contain. */
const inForm = ({ text, blocks, attachments = [] }: Rendered, { plain }: Form): Rendered =>
  plain ? { text, blocks: [], attachments: [] } : { text, blocks, attachments };

function cardOf(build: Build): Card {
  const { card } = build.delivery;
  if (!card) throw new Error(`No card is pending for ${nameOf(build)}`);
  return card;
}

/** How much of Slack's warnings a log line quotes. */
const quotedAtMost = { messages: 5, chars: 200 };

function toAnswer(
  { channel, ts, warning, response_metadata }: z.output<typeof stored>,
  feed: Feed,
  log: Log,
): SlackAnswer {
  const quote = (text: string): string => text.slice(0, quotedAtMost.chars);
  const messages = response_metadata?.messages?.slice(0, quotedAtMost.messages).map(quote);
  if (warning !== undefined || messages) {
    const fields = { warning: warning && quote(warning), messages };
    log.warn(`Slack accepted a message of ${nameOf(feed)} with a warning`, fields);
  }
  return { kind: "sent", receipt: { channel, ts } };
}

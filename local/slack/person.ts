import { randomUUID } from "node:crypto";
import * as z from "zod";
import { buttonsIn } from "./buttons.ts";
import type { Content } from "./limits.ts";
import { clickFields, commandFields, type Asking } from "./requests.ts";
import { sendToApp } from "./send.ts";
import { replyPath, type SlackServer } from "./server.ts";
import type { Channel } from "./workspace.ts";

/** The person in front of the page: what this person asks of the app in Slack, and the answers that nobody else sees. */
export interface Person {
  /** Sends a command to the app. @returns what went wrong, in a sentence */
  type(channel: string, text: string): Promise<string | undefined>;
  /** Presses a button of a message. @returns what went wrong, in a sentence */
  press(channel: string, ts: string, actionId: string): Promise<string | undefined>;
  /** The newest answers for this person alone, oldest first. */
  answers(channel: string): readonly Answer[];
}

/** An answer of the app for the caller alone. */
export interface Answer extends Content {
  ts: string;
  /** What it answers: the command, or the button's text. */
  to: string;
}

export interface PersonSettings {
  slack: SlackServer;
  /** Where the app takes Slack's requests. */
  appUrl: string;
  signingSecret: string;
  userId: string;
}

/** The manifest's name of the command. */
export const commandName = "/builds";
/** Slack forgets such answers when the person reloads. Here the newest of a channel stay. */
const keptAtMost = 5;
/** An app may answer later, for 30 minutes. Nobody types more commands in this time. */
const waitingAtMost = 100;
/** Of the app's text that a sentence quotes. */
const quotedChars = 200;

const answerOfApp = z.object({
  response_type: z.enum(["ephemeral", "in_channel"]).default("ephemeral"),
  text: z.string().optional(),
  blocks: z.array(z.unknown()).optional(),
  /** Nothing of the product replaces a message by its answer. */
  replace_original: z.literal(false).optional(),
});

export function createPerson({ slack, appUrl, signingSecret, userId }: PersonSettings): Person {
  const kept = new Map<string, Answer[]>();
  /** What waits for a later answer, by the address for it. */
  const asked = new Map<string, { channel: Channel; to: string }>();

  slack.onReply(({ responseUrl, body }) => {
    const question = asked.get(responseUrl);
    if (question) take(body, question.channel, question.to);
  });

  /** @returns whether it is an answer as Slack documents it */
  function take(body: unknown, channel: Channel, to: string): boolean {
    const { data } = answerOfApp.safeParse(body);
    if (!data) return false;
    const { response_type: type, replace_original: _kept, ...content } = data;
    if (type === "in_channel") slack.act("chat.postMessage", { channel: channel.id, ...content });
    else keep(channel.id, { ...content, to, ts: timestamp() });
    return true;
  }

  function keep(channel: string, answer: Answer): void {
    kept.set(channel, [...(kept.get(channel) ?? []), answer].slice(-keptAtMost));
  }

  async function ask(fieldsFor: (asking: Asking) => Record<string, string>, channel: Channel, to: string) {
    const id = randomUUID();
    const responseUrl = `${new URL(slack.url).origin}${replyPath}T0LOCAL001/${id}`;
    asked.set(responseUrl, { channel, to });
    if (asked.size > waitingAtMost) asked.delete([...asked.keys()][0]!);
    const fields = fieldsFor({ userId, responseUrl, triggerId: id });
    const response = await sendToApp(appUrl, fields, signingSecret).catch(() => undefined);
    const body = await response?.text().catch(() => undefined);
    if (!response || body === undefined) return "The app gave Slack no answer within three seconds.";
    if (!response.ok)
      return `The app answered Slack with ${response.status}: ${body.slice(0, quotedChars).trim()}`;
    if (body === "" || take(parseJson(body), channel, to)) return undefined;
    return "Slack does not understand the app’s answer.";
  }

  return {
    async type(channelId, text) {
      const channel = slack.channels.get(channelId);
      if (!channel) return "This channel does not exist.";
      const typed = text.trim();
      if (typed.split(/\s/)[0] !== commandName) {
        return `This Slack takes only the command ${commandName}. Type ${commandName} help to see what it can do.`;
      }
      return ask((asking) => commandFields(typed, channel, asking), channel, typed);
    },
    async press(channelId, ts, actionId) {
      const channel = slack.channels.get(channelId);
      const message = channel?.messages
        .flatMap((top) => [top, ...top.replies])
        .find((each) => each.ts === ts);
      if (!channel || !message) return "The message does not exist any more.";
      const button = buttonsIn(message).find(({ element }) => element.action_id === actionId);
      if (!button) return "The message does not have this button any more.";
      const to = (button.element.text as { text: string }).text;
      return ask((asking) => clickFields(button, message, channel, asking, timestamp()), channel, to);
    },
    answers: (channel) => kept.get(channel) ?? [],
  };
}

const timestamp = (): string => (Date.now() / 1_000).toFixed(6);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

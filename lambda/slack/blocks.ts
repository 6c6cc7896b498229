/** The few blocks that messages are made of: https://docs.slack.dev/reference/block-kit/blocks */

export type Block =
  | { type: "header"; text: { type: "plain_text"; text: string; emoji: true } }
  | { type: "section"; text: Mrkdwn }
  | { type: "context"; elements: Mrkdwn[] };

export interface Mrkdwn {
  type: "mrkdwn";
  text: string;
}

/** What Slack is given. `text` alone says it all: on a phone, to a screen reader, where blocks are refused. */
export interface Rendered {
  text: string;
  blocks: Block[];
  /** The only way to a coloured bar. */
  attachments?: { color: string; blocks: Block[] }[];
}

/** At most 150 characters. */
export const header = (text: string): Block => ({
  type: "header",
  text: { type: "plain_text", text, emoji: true },
});

/** At most 3,000 characters. */
export const section = (text: string): Block => ({ type: "section", text: { type: "mrkdwn", text } });

export const context = (text: string): Block => ({ type: "context", elements: [{ type: "mrkdwn", text }] });

/** For any list of lines: twice in a message, and doubled by JSON, it stays under 12,000 characters in all. */
export const listChars = 2_000;

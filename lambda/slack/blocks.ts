import type { ContextBlock, HeaderBlock, MrkdwnElement, SectionBlock, TableBlock } from "@slack/types";

/** The few blocks that messages are made of: https://docs.slack.dev/reference/block-kit/blocks */

export type Block = HeaderBlock | SectionBlock | ContextBlock | TableBlock;

/** What Slack is given. `text` alone says it all: on a phone, to a screen reader, where blocks are refused. */
export interface Rendered {
  text: string;
  blocks: Block[];
  /** The only way to a coloured bar. */
  attachments?: { color: string; blocks: Block[] }[];
}

/** At most 150 characters. Nothing in it is parsed: without `emoji` no `:name:` becomes one. */
export const header = (text: string): Block => ({
  type: "header",
  text: { type: "plain_text", text, emoji: false },
});

/** At most 3,000 characters. */
export const section = (text: string): Block => ({ type: "section", text: mrkdwn(text) });

export const context = (text: string): Block => ({ type: "context", elements: [mrkdwn(text)] });

/** Slack makes no links of addresses, names and channels that stand in it; what is bold or an emoji, it does parse. */
const mrkdwn = (text: string): MrkdwnElement => ({ type: "mrkdwn", text, verbatim: true });

/** At most 100 rows, each with the same cells, of which none may be empty; the last column is aligned to the right. */
export const table = (rows: string[][]): Block => ({
  type: "table",
  rows: rows.map((cells) => cells.map((text) => ({ type: "raw_text", text }))),
  column_settings: (rows[0] ?? []).map((_, index, { length }) => ({
    align: index === length - 1 ? "right" : "left",
  })),
});

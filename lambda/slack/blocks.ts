import type {
  ActionsBlock,
  ContextBlock,
  HeaderBlock,
  MrkdwnElement,
  SectionBlock,
  TableBlock,
} from "@slack/types";

/** The blocks of the messages: https://docs.slack.dev/reference/block-kit/blocks */

export type Block = HeaderBlock | SectionBlock | ContextBlock | TableBlock | ActionsBlock;

/** A message for Slack. `text` alone is complete: for notifications, screen readers, and when Slack refuses the blocks. */
export interface Rendered {
  text: string;
  blocks: Block[];
  /** Only an attachment can have a coloured bar. */
  attachments?: { color: string; blocks: Block[] }[];
}

/** At most 150 characters. Slack parses nothing in it; `emoji: false` keeps `:name:` as text. */
export const header = (text: string): Block => ({
  type: "header",
  text: { type: "plain_text", text, emoji: false },
});

/** At most 3,000 characters. */
export const section = (text: string): Block => ({ type: "section", text: mrkdwn(text) });

/** Slack takes ten fields in a section, and shows two in a line. */
const rowsOfSection = 5;

/** Rows of two texts. The second texts stand below each other. */
export const pairs = (rows: readonly (readonly [string, string])[]): Block[] =>
  Array.from({ length: Math.ceil(rows.length / rowsOfSection) }, (_, index) => ({
    type: "section",
    fields: rows.slice(index * rowsOfSection, (index + 1) * rowsOfSection).flatMap((row) => row.map(mrkdwn)),
  }));

export const context = (text: string): Block => ({ type: "context", elements: [mrkdwn(text)] });

/** Slack parses bold text and emoji in it. Because of `verbatim`, Slack makes no links of addresses, names and channels. */
const mrkdwn = (text: string): MrkdwnElement => ({ type: "mrkdwn", text, verbatim: true });

/** At most 100 rows with the same number of cells. No cell may be empty. The last column is aligned to the right. */
export const table = (rows: string[][]): Block => ({
  type: "table",
  rows: rows.map((cells) => cells.map((text) => ({ type: "raw_text", text }))),
  column_settings: (rows[0] ?? []).map((_, index, { length }) => ({
    align: index === length - 1 ? "right" : "left",
  })),
});

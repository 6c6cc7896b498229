import { html, type Html } from "../html.ts";
import type { ButtonElement } from "./buttons.ts";
import type { Reader } from "./date.ts";
import type { Content } from "./limits.ts";
import { renderEmojiIn, renderMrkdwn, unescapeText } from "./mrkdwn.ts";

export interface MessageReader extends Reader {
  /** Begins the ids of the message's buttons. Without it the buttons are drawn, and nobody can press them. */
  buttons?: string;
}

/**
 * Renders a message as Slack shows it, as HTML for `message.css`. External text is escaped. As in Slack, the text of a
 * message with blocks is not shown, because it is for notifications. A button that can be pressed submits the form around
 * the message, with its `action_id` as the field `actionId`.
 */
export function renderMessage({ attachments, ...content }: Content, reader: MessageReader = {}): string {
  const attached = listOf<AnyAttachment>(attachments).map((attachment) =>
    renderAttachment(attachment, reader),
  );
  return html`<div class="slack-message">${renderContent(content, reader)}${attached}</div>`.text;
}

interface AnyAttachment extends Content {
  color?: unknown;
}

interface AnyBlock {
  type?: unknown;
  text?: unknown;
  fields?: unknown;
  elements?: unknown;
  rows?: unknown;
  column_settings?: unknown;
}

const listOf = <T>(value: unknown): T[] => (Array.isArray(value) ? (value as T[]) : []);

/** The bar is an SVG, because the page's policy forbids inline styles, and the bar's colour would need one. */
function renderAttachment({ color, ...content }: AnyAttachment, reader: MessageReader): Html {
  const fill = typeof color === "string" ? color : "#ddd";
  return html`<div class="slack-attachment">
    <svg class="slack-bar" aria-hidden="true"><rect width="100%" height="100%" fill="${fill}" /></svg>
    <div class="slack-attached">${renderContent(content, reader)}</div>
  </div>`;
}

function renderContent({ text, blocks }: Content, reader: MessageReader): Html {
  const shown = listOf<AnyBlock>(blocks);
  if (shown.length === 0) return renderText({ type: "mrkdwn", text }, reader);
  return html`${shown.map((block) => renderBlock(block, reader))}`;
}

function renderBlock(block: AnyBlock, reader: MessageReader): Html {
  switch (block.type) {
    case "header":
      return html`<div class="slack-header">${renderText(block.text, reader)}</div>`;
    case "section":
      return renderSection(block, reader);
    case "context":
      return html`<div class="slack-context">
        ${listOf(block.elements).map((element) => renderText(element, reader))}
      </div>`;
    case "divider":
      return html`<hr class="slack-divider" />`;
    case "table":
      return renderTable(block);
    case "actions":
      return html`<div class="slack-actions">
        ${listOf<ButtonElement>(block.elements).map((element) => renderButton(element, reader))}
      </div>`;
    default:
      return html`<p class="slack-unknown">A ${String(block.type)} block is not drawn here.</p>`;
  }
}

function renderButton({ text, action_id, style, confirm }: ButtonElement, reader: MessageReader): Html {
  const label = renderWords(text, reader);
  const kind = styled(style);
  if (reader.buttons === undefined) return html`<span class="${kind}">${label}</span>`;
  const [action, id] = [String(action_id), `${reader.buttons}-${String(action_id)}`];
  return confirm
    ? html`<button type="button" class="${kind}" id="${id}" data-asks>${label}</button>
        ${renderConfirm(confirm, action, id, reader)}`
    : html`<button class="${kind}" id="${id}" name="actionId" value="${action}">${label}</button>`;
}

/** Only what Slack documents: other styles are not shown. */
const styled = (style: unknown): string =>
  style === "danger" || style === "primary" ? `slack-button is-${style}` : "slack-button";

const renderConfirm = (
  { title, text, confirm, deny, style }: NonNullable<ButtonElement["confirm"]>,
  action: string,
  id: string,
  reader: Reader,
): Html =>
  html`<dialog class="slack-confirm" id="${id}-confirm" aria-labelledby="${id}-title">
    <h3 id="${id}-title">${renderWords(title, reader)}</h3>
    ${renderText(text, reader)}
    <button type="button" class="slack-button" data-closes>${renderWords(deny, reader)}</button>
    <button class="${styled(style)}" name="actionId" value="${action}">
      ${renderWords(confirm, reader)}
    </button>
  </dialog>`;

const renderSection = ({ text, fields }: AnyBlock, reader: Reader): Html =>
  html`<div class="slack-section">
    ${text !== undefined && renderText(text, reader)}
    ${listOf(fields).map((field) => html`<div class="slack-field">${renderText(field, reader)}</div>`)}
  </div>`;

interface TextObject {
  type?: unknown;
  text?: unknown;
  verbatim?: unknown;
  emoji?: unknown;
}

const renderPlain = (text: string, withEmoji: boolean): Html =>
  withEmoji ? renderEmojiIn(text) : html`${text}`;

/** The HTML is on one line, because the page shows its white space. */
const renderText = (value: unknown, reader: Reader): Html =>
  html`<div class="slack-text">${renderWords(value, reader)}</div>`;

function renderWords(value: unknown, reader: Reader): Html {
  const { type, text, verbatim, emoji } = (value ?? {}) as TextObject;
  const written = typeof text === "string" ? text : "";
  return type === "mrkdwn"
    ? renderMrkdwn(written, { ...reader, verbatim: verbatim === true })
    : renderPlain(unescapeText(written), emoji !== false);
}

/** As in Slack, the first row is the head. */
function renderTable({ rows, column_settings }: AnyBlock): Html {
  const [head = [], ...body] = listOf<unknown[]>(rows);
  const settings = listOf<{ align?: string } | null>(column_settings);
  const alignment = (column: number) => `slack-${settings[column]?.align ?? "left"}`;
  return html`<table class="slack-table">
    <thead>
      <tr>
        ${head.map((cell, column) => html`<th scope="col" class="${alignment(column)}">${renderCell(cell)}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${body.map(
        (row) =>
          html`<tr>
            ${listOf(row).map((cell, column) => html`<td class="${alignment(column)}">${renderCell(cell)}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table>`;
}

interface RichText {
  text?: unknown;
  elements?: unknown;
  style?: { bold?: boolean };
}

/** Renders a `raw_text`, or the texts of a `rich_text` with their bold parts. */
function renderCell(cell: unknown): Html {
  const { text, elements, style } = (cell ?? {}) as RichText;
  const words = html`${typeof text === "string" && unescapeText(text)}${listOf(elements).map((part) => renderCell(part))}`;
  return style?.bold ? html`<strong>${words}</strong>` : words;
}

import { NodeType, parse, type Node } from "slack-message-parser";
import { html, type Html } from "../html.ts";
import { nameOf } from "./people.ts";
import { renderDate, type Reader } from "./date.ts";

/**
 * Renders Slack's markup as HTML: https://docs.slack.dev/messaging/formatting-message-text.
 * Line breaks stay (`white-space: pre-wrap`). Emoji are shown by their names.
 * @param settings `verbatim` as in a text object: addresses and bare names don't become links
 */
export const renderMrkdwn = (text: string, settings: Settings): Html =>
  renderAll(parse(text).children, settings);

export interface Settings extends Reader {
  verbatim?: boolean;
}

const renderAll = (nodes: readonly Node[], reader: Settings): Html =>
  html`${nodes.map((node) => renderNode(node, reader))}`;

function renderNode(node: Node, reader: Settings): Html {
  switch (node.type) {
    case NodeType.Text:
      return reader.verbatim ? html`${unescapeText(node.text)}` : renderBare(unescapeText(node.text));
    case NodeType.Emoji:
      return renderEmoji(node.source);
    case NodeType.Bold:
      return html`<strong>${renderAll(node.children, reader)}</strong>`;
    case NodeType.Italic:
      return html`<em>${renderAll(node.children, reader)}</em>`;
    case NodeType.Strike:
      return html`<s>${renderAll(node.children, reader)}</s>`;
    case NodeType.Quote:
      return html`<blockquote>${renderAll(node.children, reader)}</blockquote>`;
    case NodeType.Code:
      return html`<code>${unescapeText(node.text)}</code>`;
    case NodeType.PreText:
      return html`<pre>${unescapeText(node.text).replaceAll(/^\n|\n$/g, "")}</pre>`;
    case NodeType.URL:
      return renderLink(node, reader);
    case NodeType.UserLink:
      return renderMention(labelOf(node) ?? `@${nameOf(node.userID)}`);
    case NodeType.ChannelLink:
      return renderMention(`#${labelOf(node) ?? node.channelID}`);
    case NodeType.Command:
      return renderCommand(node, reader);
    case NodeType.Root:
      return html`${node.source}`;
  }
}

/** The name of an emoji. `12:30:45` contains none. */
const emoji = /:(?=[a-z0-9_+'-]*[a-z+]|100:)[a-z0-9_+'-]+:/g;
const emojiKept = new RegExp(`(${emoji.source})`, "g");

/** Renders the emoji of a plain text. Nothing else is parsed there. */
export const renderEmojiIn = (text: string): Html =>
  html`${text.split(emojiKept).map((part) => renderEmoji(part))}`;

const renderEmoji = (name: string): Html =>
  name !== "" && name.replaceAll(emoji, "") === ""
    ? html`<span class="slack-emoji">${name}</span>`
    : html`${name}`;

/** Texts that Slack turns into links or mentions without any markup: addresses, channels, and everybody. */
const bare =
  /(?<url>https?:\/\/[^\s<>|]+)|(?<mail>[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,9}[\w-]{1,63})|(?<domain>\b(?:[\w-]{1,63}\.){1,9}(?:com|org|net|io|dev|example)\b)|(?<=^|\s)(?:@(?:here|channel|everyone)|#[a-z][\w-]*)/gi;

function renderBare(text: string): Html {
  const parts: Html[] = [];
  let end = 0;
  for (const match of text.matchAll(bare)) {
    parts.push(html`${text.slice(end, match.index)}`, renderFound(match));
    end = match.index + match[0].length;
  }
  return html`${parts}${text.slice(end)}`;
}

function renderFound({ 0: found, groups = {} }: RegExpMatchArray): Html {
  const { url, mail, domain } = groups;
  if (url) return anchor(url, html`${url}`);
  if (mail) return anchor(`mailto:${mail}`, html`${mail}`);
  return domain ? anchor(`http://${domain}`, html`${domain}`) : renderMention(found);
}

const anchor = (address: string, shown: Html): Html =>
  html`<a href="${address}" target="_blank" rel="noopener noreferrer">${shown}</a>`;

/** Only web and mail addresses become links. A `javascript:` link stays text. */
function renderLink({ url, label, source }: Extract<Node, { type: NodeType.URL }>, reader: Settings): Html {
  const address = unescapeText(url);
  if (!/^(?:https?:\/\/|mailto:)/i.test(address)) return html`${unescapeText(source)}`;
  return anchor(address, label ? renderAll(label, { ...reader, verbatim: true }) : html`${address}`);
}

function renderCommand(command: Extract<Node, { type: NodeType.Command }>, reader: Settings): Html {
  const { name, arguments: given } = command;
  const [first = "", second = ""] = given;
  const label = labelOf(command);
  if (name === "date") return renderDate(first, second, label ?? "", reader);
  return renderMention(label ?? `@${name === "subteam" ? nameOf(first) : name}`);
}

const renderMention = (name: string): Html => html`<span class="slack-mention">${name}</span>`;

/** The label as plain text, which an attribute may contain too. */
const labelOf = ({ label }: { label?: Node[] }): string | undefined =>
  label && unescapeText(label.map(({ source }) => source).join(""));

/** Restores the three characters that every text for Slack escapes. */
export const unescapeText = (text: string): string =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

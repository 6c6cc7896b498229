import { NodeType, parse, type Node } from "slack-message-parser";
import { html, type Html } from "../html.ts";
import { renderDate, type Reader } from "./date.ts";

/**
 * Slack's markup as HTML: https://docs.slack.dev/messaging/formatting-message-text.
 * Lines stay as they are (`white-space: pre-wrap`), and so do `:names:` of emoji.
 */
export const renderMrkdwn = (text: string, reader: Reader): Html => renderAll(parse(text).children, reader);

const renderAll = (nodes: readonly Node[], reader: Reader): Html =>
  html`${nodes.map((node) => renderNode(node, reader))}`;

function renderNode(node: Node, reader: Reader): Html {
  switch (node.type) {
    case NodeType.Text:
      return html`${unescapeText(node.text)}`;
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
      return renderMention(labelOf(node) ?? `@${node.userID}`);
    case NodeType.ChannelLink:
      return renderMention(`#${labelOf(node) ?? node.channelID}`);
    case NodeType.Command:
      return renderCommand(node, reader);
    default:
      return html`${node.source}`;
  }
}

/** Nothing but addresses of the web: a `javascript:` link stays text. */
function renderLink({ url, label, source }: Extract<Node, { type: NodeType.URL }>, reader: Reader): Html {
  const address = unescapeText(url);
  if (!/^(?:https?:\/\/|mailto:)/i.test(address)) return html`${unescapeText(source)}`;
  const shown = label ? renderAll(label, reader) : address;
  return html`<a href="${address}" target="_blank" rel="noopener noreferrer">${shown}</a>`;
}

function renderCommand(command: Extract<Node, { type: NodeType.Command }>, reader: Reader): Html {
  const { name, arguments: given } = command;
  const [first = "", second = ""] = given;
  const label = labelOf(command);
  if (name === "date") return renderDate(first, second, label ?? "", reader);
  return renderMention(label ?? `@${name === "subteam" ? first : name}`);
}

const renderMention = (name: string): Html => html`<span class="slack-mention">${name}</span>`;

/** As plain text, which may stand in an attribute too. */
const labelOf = ({ label }: { label?: Node[] }): string | undefined =>
  label && unescapeText(label.map(({ source }) => source).join(""));

/** The three characters that Slack has escaped. */
const unescapeText = (text: string): string =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

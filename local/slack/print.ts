import type { SlackEvent, StoredMessage } from "./workspace.ts";

/** What happened in the local Slack, for a terminal: the channel, the thread, and the text as a person reads it. */
export function printEvent({ kind, channel, message, parent }: SlackEvent): string {
  const verb = kind === "posted" ? "" : ` (${kind})`;
  const [first = "", ...rest] = readable(message.text).split("\n");
  const shownToo = message.subtype === "thread_broadcast" ? ", shown in the channel too" : "";
  const thread = parent ? [`  ↳ in the thread of “${titleOf(parent)}”${shownToo}`] : [];
  return [`#${channel.name}${verb}  ${first}`, ...rest.map((line) => `    ${line}`), ...thread].join("\n");
}

const titleOf = ({ text }: StoredMessage): string => readable(text).split("\n")[0] ?? "";

/** Slack's markup as Slack would show it, near enough. */
function readable(text: string): string {
  return text
    .replaceAll(/<!date\^[^|>]*\|([^>]*)>/g, "$1")
    .replaceAll(/<!subteam\^(\w+)>/g, "@$1")
    .replaceAll(/<@(\w+)>/g, "@$1")
    .replaceAll(/<(https?:[^|>]+)\|([^>]*)>/g, "$2 ($1)")
    .replaceAll(/\*(?=\S)([^*\n]+)\*/g, "$1")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

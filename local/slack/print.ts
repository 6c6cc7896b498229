import { nameOf } from "./people.ts";
import type { SlackEvent } from "./workspace.ts";

/**
 * Renders the local Slack's events for a terminal: the channel, and the text as a person reads it. An arrow marks a
 * reply. An edit of a card is shown only if it changes the headline, because the replies show everything else.
 * @returns a function to call with each event in turn. It returns undefined if the event is not shown
 */
export function createPrinter(): (event: SlackEvent) => string | undefined {
  const headlines = new Map<string, string>();
  return ({ kind, channel, message, parent }) => {
    const [headline = "", ...rest] = readable(message.text)
      .split("\n")
      .filter((line) => line !== "```");
    const unchanged = headlines.get(message.ts) === headline;
    headlines.set(message.ts, headline);
    if (kind === "edited" && unchanged) return undefined;
    const alsoInChannel = message.subtype === "thread_broadcast" ? "  (shown in the channel too)" : "";
    const verb = kind === "posted" ? "" : ` (${kind})`;
    const first = parent
      ? `#${channel.name}  ↳ ${headline}${alsoInChannel}`
      : `#${channel.name}${verb}  ${headline}`;
    return [first, ...rest.map((line) => `    ${line}`)].join("\n");
  };
}

/** Renders Slack's markup in plain text, about as Slack shows it. */
export function readable(text: string): string {
  return text
    .replaceAll(/<!date\^[^|<>]*\|([^<>]*)>/g, "$1")
    .replaceAll(/<(?:@|!subteam\^)(\w+)>/g, (_mention, id: string) => `@${nameOf(id)}`)
    .replaceAll(/<(https?:[^|<>]+)\|([^<>]*)>/g, "$2 ($1)")
    .replaceAll(/\*(?=\S)([^*\n]+)\*/g, "$1")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

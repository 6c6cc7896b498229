import type { Duration } from "../domain/duration.ts";
import { isDocumentedState, type PhaseState } from "../domain/phase.ts";
import { isVisible } from "../domain/visible.ts";
import type { Wording } from "./wording/wording.ts";

/** Text in Slack's format: https://docs.slack.dev/messaging/formatting-message-text */

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  // A backtick would begin or end code, and a mention inside code does not work.
  "`": "'",
  "｀": "'",
};

/**
 * External text on one line, escaped, at most `maxChars` long. Only for places where Slack parses no markup: in a header,
 * in a table's cell and in code.
 */
export function escapeText(text: string, maxChars = 100): string {
  let escaped = "";
  for (const char of onOneLine(text)) {
    const next = entities[char] ?? char;
    if (escaped.length + next.length >= maxChars) return `${escaped}…`;
    escaped += next;
  }
  return isVisible(escaped) ? escaped : "?";
}

/** A function that shows external text: {@link escapeText} or {@link literal}. */
export type Show = (text: string, maxChars?: number) => string;

/**
 * External text within mrkdwn, shown unchanged. Slack has no way to escape a character, but it parses nothing inside code.
 * So a text that looks like markup, an emoji, a mention or an address is shown as code. Slack recognizes code only
 * between spaces and some punctuation, so thin spaces surround it.
 */
export const literal: Show = (text, maxChars = 100) =>
  markup.test(text) ? `\u2009\`${escapeText(text, maxChars - 4)}\`\u2009` : escapeText(text, maxChars);

/** Makes text bold. Code is not made bold: it stands out already, and Slack starts no bold text before a space. */
export const bold = (shown: string): string => (shown.includes("`") ? shown : `*${shown}*`);

/**
 * Text that Slack could parse. Slack also parses the wide characters of Chinese keyboards. An underscore inside a word of
 * Latin letters is safe, and so is `#` before a number, because no channel's name is a number.
 */
const markup = /[*＊~～:@＠＃>＞＿]|#(?!\d+$)|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|\w\.[A-Za-z]{2}/;

/** Removes line breaks, other control characters, and characters that change the text's direction. */
const onOneLine = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]+/gu, " ")
    .trim();

/** As many lines as fit into `maxChars`. When lines are left out, the last line says how many. */
export function fitLines(lines: readonly string[], maxChars: number, more: (left: number) => string): string {
  if (lines.join("\n").length <= maxChars) return lines.join("\n");
  const fitting = countFitting(lines, maxChars - more(lines.length).length);
  return [...lines.slice(0, fitting), more(lines.length - fitting)].join("\n");
}

/** How many of the first lines fit into `maxChars`. */
export function countFitting(lines: readonly string[], maxChars: number): number {
  let length = 0;
  const tooLong = lines.findIndex((line) => (length += line.length + 1) > maxChars);
  return tooLong === -1 ? lines.length : tooLong;
}

/** Such as `45 s`, `2 min 10 s`, `1 h 5 min`. */
export function renderDuration(millis: number, { units }: Wording): string {
  const seconds = Math.max(0, Math.round(millis / 1_000));
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60)];
  const parts = [
    hours > 0 && `${hours}${units.hours}`,
    minutes > 0 && `${minutes}${units.minutes}`,
    hours === 0 && (seconds % 60 > 0 || minutes === 0) && `${seconds % 60}${units.seconds}`,
  ];
  return parts.filter(Boolean).join(units.separator);
}

/** Such as `45 s` or `at most 45 s`. Undefined when the duration is not known. */
export function renderLasted(duration: Duration, words: Wording): string | undefined {
  if (duration.kind === "unknown") return undefined;
  const shown = renderDuration(duration.millis, words);
  return duration.kind === "exact" ? shown : words.atMost(shown);
}

/** A time (epoch milliseconds) that Slack shows in each reader's own time zone. */
export const renderTime = (at: number): string => dateToken(at, "{date_short_pretty}, {time_secs}");

/** The day, in each reader's own time zone. */
export const renderDay = (at: number): string => dateToken(at, "{date_short}");

/** The time of day, in each reader's own time zone. */
export const renderTimeOfDay = (at: number): string => dateToken(at, "{time}");

export const renderTimeToTheSecond = (at: number): string => dateToken(at, "{time_secs}");

/** The time of day, and how long ago it was. Slack keeps that up to date without an edit. */
export const renderSince = (at: number): string => dateToken(at, "{time_secs} ({ago})");

function dateToken(at: number, format: string): string {
  const utc = new Date(at).toISOString().slice(0, 19).replace("T", " ");
  return `<!date^${Math.floor(at / 1_000)}^${format}|${utc} UTC>`;
}

const symbols: Record<PhaseState, string> = {
  NotStarted: "⚪",
  Queuing: "⏳",
  Building: "🔵",
  Pushing: "📦",
  Successful: "✅",
  Failed: "❌",
  Timeout: "⏰",
  Cancel: "🚫",
  Deleted: "🗑️",
};

/** A phase's state as a symbol; ❔ for an unknown state. */
export const symbolOf = (state: string): string => (isDocumentedState(state) ? symbols[state] : "❔");

/** A documented phase or state in the reader's language. Any other name is shown as it is. */
export const translate = (
  names: Readonly<Partial<Record<string, string>>>,
  name: string,
  maxChars: number,
  show: Show = literal,
): string => (Object.hasOwn(names, name) ? names[name]! : show(name, maxChars));

import type { Duration } from "../domain/duration.ts";
import { isDocumentedState, type PhaseState } from "../domain/phase.ts";
import { isVisible } from "../domain/visible.ts";
import type { Wording } from "./wording/wording.ts";

/** Text as Slack wants it: https://docs.slack.dev/messaging/formatting-message-text */

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  // Would open code, in which no mention works, or end it.
  "`": "'",
  "｀": "'",
};

/**
 * Text from outside on one line, at most `maxChars` long once it is escaped: for where Slack looks for no markup, which
 * is in a header, in a table's cell and in code.
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

/** As {@link escapeText} or {@link literal} show a text. */
export type Show = (text: string, maxChars?: number) => string;

/**
 * Text from outside as it is, within mrkdwn. Slack has no way to escape a character, but parses nothing within code: so
 * what could be taken for markup, an emoji, a mention or an address is shown as code. Slack sees code only between
 * spaces and some punctuation: thin spaces let it stand anywhere.
 */
export const literal: Show = (text, maxChars = 100) =>
  markup.test(text) ? `\u2009\`${escapeText(text, maxChars - 4)}\`\u2009` : escapeText(text, maxChars);

/** Code stands out by itself, and nothing begins to be bold before a space. */
export const bold = (shown: string): string => (shown.includes("`") ? shown : `*${shown}*`);

/** Slack takes the wide forms of Chinese keyboards too. Within a word of Latin letters an underscore is only that, and no channel's name is a number. */
const markup = /[*＊~～:@＠＃>＞＿]|#(?!\d+$)|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|\w\.[A-Za-z]{2}/;

/** Neither control characters nor those that change the direction of what follows. */
const onOneLine = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]+/gu, " ")
    .trim();

/** As many lines as fit into `maxChars`; the last one then tells how many are left out. */
export function fitLines(lines: readonly string[], maxChars: number, more: (left: number) => string): string {
  if (lines.join("\n").length <= maxChars) return lines.join("\n");
  let length = more(lines.length).length;
  let fitting = 0;
  for (const line of lines) {
    length += line.length + 1;
    if (length > maxChars) break;
    fitting += 1;
  }
  return [...lines.slice(0, fitting), more(lines.length - fitting)].join("\n");
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

/** Such as `45 s` or `at most 45 s`; undefined where it is not known. */
export function renderLasted(duration: Duration, words: Wording): string | undefined {
  if (duration.kind === "unknown") return undefined;
  const shown = renderDuration(duration.millis, words);
  return duration.kind === "exact" ? shown : words.atMost(shown);
}

/** A moment (epoch milliseconds) that Slack shows in each reader's own time zone. */
export const renderTime = (at: number): string => dateToken(at, "{date_short_pretty}, {time_secs}");

/** Like {@link renderTime}, and how long ago that is, which Slack keeps up to date without an edit. */
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

/** A phase's state at a glance; ❔ for one that nobody has heard of. */
export const symbolOf = (state: string): string => (isDocumentedState(state) ? symbols[state] : "❔");

/** A documented phase or state in the reader's language; whatever else there is as it is. */
export const translate = (
  names: Readonly<Partial<Record<string, string>>>,
  name: string,
  maxChars: number,
  show: Show = literal,
): string => (Object.hasOwn(names, name) ? names[name]! : show(name, maxChars));

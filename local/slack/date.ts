import { html, type Html } from "../html.ts";

/** The reader of a message. Slack shows times in each reader's own zone and language. */
export interface Reader {
  /** Such as `Europe/Berlin`. Default: the zone of the system. */
  timeZone?: string;
  /** Such as `zh-CN`. Default: `en-GB`. */
  locale?: string;
  /** Epoch milliseconds. Default: the present time. */
  now?: number;
}

const [numeric, twoDigits] = ["numeric", "2-digit"] as const;
const date = { day: numeric, month: "long", year: numeric } as const;
const shortDate = { ...date, month: "short" } as const;
const longDate = { ...date, weekday: "long" } as const;
const time = { hour: twoDigits, minute: twoDigits } as const;

/** https://docs.slack.dev/messaging/formatting-message-text#date-formatting */
const tokens: Record<string, Intl.DateTimeFormatOptions> = {
  date_num: { year: numeric, month: twoDigits, day: twoDigits },
  date,
  date_short: shortDate,
  date_long: longDate,
  time,
  time_secs: { ...time, second: twoDigits },
};

/**
 * The date of Slack's `<!date^seconds^format|fallback>`.
 * @returns the fallback if the time is not valid
 */
export function renderDate(seconds: string, format: string, fallback: string, reader: Reader): Html {
  const at = Number(seconds) * 1_000;
  if (!(Math.abs(at) <= 8.64e15)) return html`${fallback}`;
  const text = format.replaceAll(
    /\{(\w+)\}/g,
    (token, name: string) => formatToken(name, at, reader) ?? token,
  );
  return html`<time datetime="${new Date(at).toISOString()}" title="${fallback}">${text}</time>`;
}

function formatToken(name: string, at: number, reader: Reader): string | undefined {
  if (name === "ago") return relative(at - (reader.now ?? Date.now()), reader);
  const plain = name.replace(/_pretty$/, "");
  const days = daysFromToday(at, reader);
  if (plain !== name && Math.abs(days) <= 1) return inWords(reader).format(days, "day");
  return Object.hasOwn(tokens, plain) ? zoned(tokens[plain]!, reader).format(at) : undefined;
}

const inWords = ({ locale = "en-GB" }: Reader) => new Intl.RelativeTimeFormat(locale, { numeric: "auto" });

const zoned = (options: Intl.DateTimeFormatOptions, { locale = "en-GB", timeZone }: Reader) =>
  new Intl.DateTimeFormat(locale, { ...options, timeZone });

/** The number of calendar days from today, in the reader's zone. */
function daysFromToday(at: number, { timeZone, now = Date.now() }: Reader): number {
  const dayOf = (millis: number) =>
    Date.parse(zoned(tokens["date_num"]!, { locale: "sv-SE", ...(timeZone && { timeZone }) }).format(millis));
  return Math.round((dayOf(at) - dayOf(now)) / 86_400_000);
}

const units = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

/** Such as `3 minutes ago`. */
function relative(millis: number, reader: Reader): string {
  const [unit, unitMillis] = units.find(([, unitMillis]) => Math.abs(millis) >= unitMillis) ?? [
    "second",
    1_000,
  ];
  return inWords(reader).format(Math.trunc(millis / unitMillis), unit);
}

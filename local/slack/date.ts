import { html, type Html } from "../html.ts";

/** The reader of a message. Slack shows times in the reader's time zone and language. */
export interface Reader {
  /** Such as `Europe/Berlin`. Default: the system's time zone. */
  timeZone?: string;
  /** Such as `zh-CN`. Default: `en-GB`. */
  locale?: string;
  /** Epoch milliseconds. Default: the present. */
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
 * Renders Slack's `<!date^seconds^format|fallback>`.
 * @returns the fallback if `seconds` is not a time
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

/** Such as `15:04:05`. @param at epoch milliseconds */
export const renderTimeOfDay = (at: number, { timeZone }: Reader): string =>
  zoned(tokens["time_secs"]!, { ...(timeZone && { timeZone }) }).format(at);

function formatToken(name: string, at: number, reader: Reader): string | undefined {
  if (name === "ago") return relative(at - (reader.now ?? Date.now()), reader);
  const plain = name.replace(/_pretty$/, "");
  const days = daysFromToday(at, reader);
  if (plain !== name && Math.abs(days) <= 1) return inWords(reader).format(days, "day");
  return Object.hasOwn(tokens, plain) ? zoned(tokens[plain]!, reader).format(at) : undefined;
}

/** Keeps each formatter: a formatter takes about 50 KB outside the heap, and this memory stays taken long after its last use. */
const keep = <F>(formatters: Map<string, F>, create: () => F, ...key: unknown[]): F => {
  const name = JSON.stringify(key);
  const formatter = formatters.get(name) ?? create();
  formatters.set(name, formatter);
  return formatter;
};
const relativeFormats = new Map<string, Intl.RelativeTimeFormat>();
const zonedFormats = new Map<string, Intl.DateTimeFormat>();

const inWords = ({ locale = "en-GB" }: Reader) =>
  keep(relativeFormats, () => new Intl.RelativeTimeFormat(locale, { numeric: "auto" }), locale);

const zoned = (options: Intl.DateTimeFormatOptions, { locale = "en-GB", timeZone }: Reader) =>
  keep(
    zonedFormats,
    () => new Intl.DateTimeFormat(locale, { ...options, timeZone }),
    locale,
    timeZone,
    options,
  );

/** The number of calendar days from today, in the reader's time zone. */
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

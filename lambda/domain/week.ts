/** The weeks of a channel's digest, by the clocks of a time zone. */

/** Once a week. */
export interface WeeklyTime {
  /** 0 is Sunday. */
  day: number;
  /** From midnight, as the clocks show it. */
  minutes: number;
  /** Such as `Europe/Berlin`. */
  zone: string;
}

/** Epoch milliseconds. The week's end does not belong to it. */
export interface Week {
  since: number;
  until: number;
}

const dayMillis = 24 * 3_600_000;

/** By zone. A formatter takes about 50 KB, long after its last use. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  formats.set(zone, format);
  return format;
}

/**
 * @returns the last week that is over at a time. It ends at the weekly time, and begins at the weekly time before
 * @throws {RangeError} for an unknown time zone
 */
export function weeksOf({ day, minutes, zone }: WeeklyTime): (now: number) => Week {
  const format = formatOf(zone);

  /** What the zone's clocks show at a time, as if they showed UTC. */
  function shownAt(at: number): number {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const [year = 0, month = 1, ...rest] = (
      ["year", "month", "day", "hour", "minute", "second"] as const
    ).map((type) => parts.get(type) ?? 0);
    return Date.UTC(year, month - 1, ...rest);
  }

  /**
   * When the clocks show this. A time that exists twice counts the first time. A time that does not exist is the time at
   * which clocks that were not put forward show it.
   */
  function momentOf(shown: number): number {
    const byClocksAt = (at: number): number => shown - (shownAt(at) - at);
    const [asBefore, asAfter] = [byClocksAt(shown - dayMillis), byClocksAt(shown + dayMillis)];
    return shownAt(asBefore) !== shown && shownAt(asAfter) === shown ? asAfter : asBefore;
  }

  return (now) => {
    const today = Math.floor(shownAt(now) / dayMillis);
    const daysAgo = (new Date(today * dayMillis).getUTCDay() - day + 7) % 7;
    const latest = (today - daysAgo) * dayMillis + minutes * 60_000;
    const last = momentOf(latest) <= now ? latest : latest - 7 * dayMillis;
    return { since: momentOf(last - 7 * dayMillis), until: momentOf(last) };
  };
}

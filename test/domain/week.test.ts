import { describe, expect, test } from "@jest/globals";
import { weeksOf } from "../../lambda/domain/week.ts";

const [sunday, monday] = [0, 1];
const iso = (millis: number): string => new Date(millis).toISOString().slice(0, 16);

/** "02:30" */
const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

const weekAt = (now: string, day: number, time: string, zone: string) => {
  const { since, until } = weeksOf({ day, minutes: minutesOf(time), zone })(Date.parse(now));
  return [iso(since), iso(until)];
};

describe("the last week that is over", () => {
  test.each([
    ["at its end", "2026-11-30T09:00:00Z", "2026-11-23T09:00", "2026-11-30T09:00"],
    ["a moment before its end", "2026-11-30T08:59:59.999Z", "2026-11-16T09:00", "2026-11-23T09:00"],
    ["later on that day", "2026-11-30T23:59:59Z", "2026-11-23T09:00", "2026-11-30T09:00"],
    ["on the last day before the next", "2026-12-06T12:00:00Z", "2026-11-23T09:00", "2026-11-30T09:00"],
    ["over a year's end", "2027-01-02T00:00:00Z", "2026-12-21T09:00", "2026-12-28T09:00"],
  ])("is, %s, this one", (_, now, since, until) => {
    expect(weekAt(now, monday, "09:00", "UTC")).toEqual([since, until]);
  });

  test.each([
    ["Europe/Berlin", "2026-11-30T08:00:00Z", "2026-11-30T08:00"],
    ["Europe/Berlin", "2026-11-30T07:59:59Z", "2026-11-23T08:00"],
    ["Asia/Singapore", "2026-11-30T01:00:00Z", "2026-11-30T01:00"],
    ["America/Los_Angeles", "2026-11-30T17:00:00Z", "2026-11-30T17:00"],
    ["America/Los_Angeles", "2026-11-30T16:59:59Z", "2026-11-23T17:00"],
    ["Asia/Kathmandu", "2026-11-30T03:15:00Z", "2026-11-30T03:15"],
    ["Pacific/Kiritimati", "2026-11-29T19:00:00Z", "2026-11-29T19:00"],
    ["Pacific/Pago_Pago", "2026-11-30T20:00:00Z", "2026-11-30T20:00"],
  ])("ends by the clocks of %s", (zone, now, until) => {
    expect(weekAt(now, monday, "09:00", zone)[1]).toBe(until);
  });

  test.each([
    [
      "in a week in which they are put forward",
      "2026-03-30T12:00:00Z",
      "2026-03-23T08:00",
      "2026-03-30T07:00",
    ],
    ["in a week in which they are put back", "2026-10-26T12:00:00Z", "2026-10-19T07:00", "2026-10-26T08:00"],
  ])("begins and ends at the same time by the clocks, %s", (_, now, since, until) => {
    expect(weekAt(now, monday, "09:00", "Europe/Berlin")).toEqual([since, until]);
  });

  test.each([
    // Clocks go from 02:00 to 03:00 at 01:00 UTC.
    ["02:30", "2026-03-29T01:29:59Z", "2026-03-22T01:30"],
    ["02:30", "2026-03-29T01:30:00Z", "2026-03-29T01:30"],
    ["02:00", "2026-03-29T01:00:00Z", "2026-03-29T01:00"],
    ["03:00", "2026-03-29T01:00:00Z", "2026-03-29T01:00"],
    ["01:59", "2026-03-29T00:59:00Z", "2026-03-29T00:59"],
  ])("ends, if clocks skip %s, where clocks that were not put forward show it (%s)", (time, now, until) => {
    expect(weekAt(now, sunday, time, "Europe/Berlin")[1]).toBe(until);
  });

  test.each([
    // Clocks go from 03:00 to 02:00 at 01:00 UTC.
    ["02:30", "2026-10-25T00:29:59Z", "2026-10-18T00:30"],
    ["02:30", "2026-10-25T00:30:00Z", "2026-10-25T00:30"],
    ["02:30", "2026-10-25T01:15:00Z", "2026-10-25T00:30"],
    ["02:30", "2026-10-25T01:30:00Z", "2026-10-25T00:30"],
    ["03:00", "2026-10-25T02:00:00Z", "2026-10-25T02:00"],
  ])("ends, if clocks show %s twice, the first time (%s)", (time, now, until) => {
    expect(weekAt(now, sunday, time, "Europe/Berlin")[1]).toBe(until);
  });

  test("has ended, and is the week of before or the next one, through a year of each zone", () => {
    const [first, last] = [Date.parse("2026-01-01T00:00:00Z"), Date.parse("2027-01-01T00:00:00Z")];
    for (const zone of ["Australia/Lord_Howe", "Africa/Casablanca"]) {
      const weeks = weeksOf({ day: sunday, minutes: 150, zone });
      let before = weeks(first);
      for (let now = first; now < last; now += 11 * 3_600_000) {
        const week = weeks(now);
        expect(week.until).toBeLessThanOrEqual(now);
        expect([before.since, before.until]).toContain(week.since);
        before = week;
      }
    }
  });

  test("of an unknown zone is refused", () => {
    expect(() => weeksOf({ day: 1, minutes: 0, zone: "Mars/Phobos" })).toThrow(RangeError);
  });
});

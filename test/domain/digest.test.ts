import { describe, expect, test } from "@jest/globals";
import { observe, registerBuild } from "../../lambda/domain/build.ts";
import { digestOf, entryOf, type DigestEntry } from "../../lambda/domain/digest.ts";
import { isDigestTold, noNotices, tellDigest } from "../../lambda/domain/notices.ts";
import { expire } from "../../lambda/domain/feed.ts";
import { confirm } from "../../lambda/domain/delivery.ts";
import { bytesOf } from "../../lambda/domain/size.ts";

const [minute, day] = [60_000, 86_400_000];
const until = Date.parse("2026-11-30T09:00:00Z");
const week = { since: until - 7 * day, until };

let ids = 0;
/** A build of the job `shop` that ended in the middle of the week. */
const entry = (given: Partial<DigestEntry> = {}): DigestEntry => ({
  buildId: `b${++ids}`,
  at: week.since + 3.5 * day,
  jobId: "j1",
  jobName: "shop",
  outcome: "succeeded",
  lastedMillis: minute,
  ...given,
});
const entries = (count: number, given: Partial<DigestEntry>) =>
  Array.from({ length: count }, () => entry(given));
const lastWeek = { at: week.since - day };

const digest = (...given: DigestEntry[]) => digestOf(given, week, true)!;

describe("a digest", () => {
  test("counts the builds, and those that succeeded and failed", () => {
    const { builds, succeeded, failed } = digest(
      entry(),
      entry({ outcome: "failed" }),
      entry({ outcome: "timedOut" }),
      entry({ outcome: "cancelled" }),
      entry({ outcome: "ended" }),
    );
    expect({ builds, succeeded, failed }).toEqual({ builds: 5, succeeded: 1, failed: 2 });
  });

  test("is none without builds in the week", () => {
    expect(digestOf([], week, true)).toBeUndefined();
    expect(digestOf([entry(lastWeek), entry({ at: until })], week, true)).toBeUndefined();
  });

  test("leaves what ended in its last two minutes to the next one, since a note of it may still be on its way", () => {
    const [first, last] = [week.since - 2 * minute, until - 2 * minute];
    expect(
      digest(entry({ at: first - 1 }), entry({ at: first }), entry({ at: last - 1 }), entry({ at: last }))
        .builds,
    ).toBe(2);
    const next = { since: until, until: until + 7 * day };
    expect(digestOf([entry({ at: last - 1 }), entry({ at: last })], next, true)!.builds).toBe(1);
  });

  test("has the median time of the builds that succeeded, and of the week before", () => {
    const { medianMillis, beforeMillis } = digest(
      ...[1, 2, 9].map((minutes) => entry({ lastedMillis: minutes * minute })),
      entry({ lastedMillis: 500 * minute, outcome: "failed" }),
      ...[4, 5].map((minutes) => entry({ ...lastWeek, lastedMillis: minutes * minute })),
      entry({ at: week.since - 8 * day, lastedMillis: 77 * minute }),
    );
    expect([medianMillis, beforeMillis]).toEqual([2 * minute, 4.5 * minute]);
  });

  test("knows no median if no build has an exact duration", () => {
    const { lastedMillis: _unknown, ...unclear } = entry();
    expect(digest(unclear)).not.toHaveProperty("medianMillis");
  });

  test("shows on which of the seven days the builds ended, the oldest first", () => {
    const on = (days: number) => entry({ at: week.since + days * day });
    expect(digest(on(0), on(0.5), on(3), on(6.99)).days).toEqual([2, 0, 0, 1, 0, 0, 1]);
  });

  test("names the phase that fails most", () => {
    const failed = (failedPhase?: string) =>
      entry({ outcome: "failed", ...(failedPhase && { failedPhase }) });
    expect(digest(failed("Build"), failed("Download"), failed("Build"), failed()).failsMost).toEqual({
      phase: "Build",
      builds: 2,
    });
    expect(digest(entry(), failed())).not.toHaveProperty("failsMost");
    expect(digest(entry({ outcome: "cancelled", failedPhase: "Build" }))).not.toHaveProperty("failsMost");
  });

  test("takes names that objects have for names", () => {
    const { jobs, failsMost } = digest(
      entry({ jobId: "__proto__", jobName: "constructor", outcome: "failed", failedPhase: "__proto__" }),
    );
    expect([jobs[0]!.job, failsMost]).toEqual(["constructor", { phase: "__proto__", builds: 1 }]);
  });

  const job = (jobId: string, count: number, minutes: number, beforeCount: number, beforeMinutes: number) => [
    ...entries(count, { jobId, jobName: jobId, lastedMillis: minutes * minute }),
    ...entries(beforeCount, { ...lastWeek, jobId, jobName: jobId, lastedMillis: beforeMinutes * minute }),
  ];

  test.each([
    [
      "the one with the larger factor, not the longer one",
      [...job("a", 3, 40, 3, 30), ...job("b", 3, 4, 3, 2)],
      "b",
    ],
    ["none that became faster", job("a", 3, 1, 3, 2), undefined],
    ["none that became slower by less than a tenth", job("a", 3, 10.9, 3, 10), undefined],
    ["one that became slower by a tenth", job("a", 3, 11, 3, 10), "a"],
    ["none with two builds in this week", job("a", 2, 9, 3, 1), undefined],
    ["none with two builds in the week before", job("a", 3, 9, 2, 1), undefined],
  ])("names as the job that became slower %s", (_, given, expected) => {
    expect(digest(...given).slowed?.job).toBe(expected);
  });

  test("lists ten jobs, those with the most builds first, and counts the others", () => {
    const given = Array.from({ length: 12 }, (_, index) =>
      entries(index + 1, { jobId: `j${index + 1}`, jobName: `n${index + 1}` }),
    );
    const { jobs, moreJobs } = digest(...given.flat());
    expect(jobs.map(({ builds }) => builds)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
    expect(moreJobs).toBe(2);
  });

  test("calls a job that was renamed by its newest name, and keeps jobs of the same name apart", () => {
    const { jobs } = digest(
      entry({ at: week.since + 2 * day, jobName: "new" }),
      entry({ at: week.since + day, jobName: "old" }),
      entry({ jobId: "j2", jobName: "new" }),
    );
    expect(jobs.map(({ job, builds }) => [job, builds])).toEqual([
      ["new", 2],
      ["new", 1],
    ]);
  });

  test("counts builds of unknown jobs", () => {
    const { jobId: _none, jobName: _neither, ...unknown } = entry();
    expect(digest(unknown, { ...unknown, buildId: "other" }).jobs).toEqual([
      { builds: 2, succeeded: 2, failed: 0, medianMillis: minute },
    ]);
  });

  test("says that there may be more builds if not all were read", () => {
    expect(digestOf([entry()], week, false)).toMatchObject({ builds: 1, atLeast: true });
    expect(digest(entry())).not.toHaveProperty("atLeast");
  });

  test("stays small whatever the names are, with 10,000 builds of as many jobs", () => {
    const given = Array.from({ length: 10_000 }, (_, index) =>
      entry({
        jobId: `j${index}`,
        jobName: "工".repeat(100),
        outcome: "failed",
        failedPhase: "段".repeat(100),
      }),
    );
    expect(bytesOf(digest(...given))).toBeLessThan(8 * 1024);
  });
});

describe("what is noted of a build", () => {
  const retention = { keepMillis: day, abandonAfterMillis: day };
  const registered = registerBuild("b1", "r1", { channel: "C1", mention: [], thread: true }, 0);
  const details = { jobId: "j1", jobName: `${"n".repeat(99)}😀`, startedAt: 1_000, endedAt: 61_000 };
  const phases = [
    { id: "1", name: "Init", state: "Successful" },
    { id: "2", name: "Build", state: "Failed" },
    { id: "3", name: "Artifact", state: "Timeout" },
  ];

  test("is nothing before it ended", () => {
    const running = observe(
      registered,
      [{ id: "1", name: "Init", state: "Building" }],
      details,
      30_000,
      retention,
    );
    expect(entryOf({ ...running }, 30_000)).toBeUndefined();
  });

  test("is its job, its outcome, its duration and the first phase that failed; names are cut", () => {
    const ended = observe(registered, phases, details, 61_000, retention);
    expect(entryOf(ended, 70_000)).toEqual({
      buildId: "b1",
      at: 70_000,
      jobId: "j1",
      jobName: `${"n".repeat(99)}\uFFFD`,
      outcome: "failed",
      lastedMillis: 60_000,
      failedPhase: "Build",
    });
  });
});

describe("the notices of a channel", () => {
  const told = tellDigest(noNotices("C1", "n1"), digest(entry()), until);

  test("remember the last week that was told, and do not tell it or an earlier one again", () => {
    const [before, next] = [{ until: until - 7 * day }, { until: until + 7 * day }];
    expect([before, week, next].map((each) => isDigestTold(told, each))).toEqual([true, true, false]);
    expect(isDigestTold(noNotices("C1", "n1"), week)).toBe(false);
  });

  test("are kept until the week has passed, and longer if the setting says so", () => {
    const sent = {
      ...told,
      delivery: confirm(told.delivery, [{ message: told.delivery.outbox[0]!, how: "sent", at: until }]),
    };
    expect(expire(sent, until, { keepMillis: day, abandonAfterMillis: day }).expiresAt).toBe(until + 9 * day);
    expect(expire(sent, until, { keepMillis: 30 * day, abandonAfterMillis: day }).expiresAt).toBe(
      until + 30 * day,
    );
  });

  test("are active again with the next digest", () => {
    const next = tellDigest({ ...told, expiresAt: until + day }, digest(entry()), until);
    expect(next).not.toHaveProperty("expiresAt");
  });

  test("have no room for a digest while too many messages are pending", () => {
    let full = noNotices("C1", "n1");
    for (
      let next = told;
      next !== full;
      next = tellDigest(full, digest(entry({ jobName: "n".repeat(100) })), until)
    )
      full = next;
    expect(bytesOf(full.delivery.outbox)).toBeLessThan(64 * 1024);
  });
});

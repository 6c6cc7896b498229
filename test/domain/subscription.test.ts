import { describe, expect, test } from "@jest/globals";
import type { BuildDetails } from "../../lambda/domain/outcome.ts";
import { hasSeen, seenAtMost, seenHash } from "../../lambda/domain/seen.ts";
import {
  inOrderOfStart,
  isFoundLate,
  isListDue,
  judge,
  observeJob,
  observeJobTrouble,
  subscribe,
  unseenOf,
  type Judgement,
  type Subscription,
} from "../../lambda/domain/subscription.ts";

const minute = 60_000;
const hour = 60 * minute;
const began = 1_764_316_800_000;
const settings = { channel: "C1", mention: [], thread: true };
const job = { jobId: "j1", jobName: "webshop", lastBuildId: "b1" };
const nothing = { decided: [], later: [], isCutShort: false, isLate: false };

const fresh = subscribe("j1", "webshop", "s1", settings, began);
/** The first listing is complete, with b1 seen. */
const listed: Subscription = observeJob(
  fresh,
  job,
  { builds: [], pages: 1, whole: {} },
  { ...nothing, decided: ["b1"] },
  began,
);
const filtered = { ...listed, settings: { ...settings, branches: ["main"] } };

describe("a build that was not seen before", () => {
  const now = began + hour;
  const running: BuildDetails = { state: "Building", branch: "main", startedAt: now - minute };
  const endedAt = (millis: number): BuildDetails => ({
    state: "Successful",
    startedAt: millis - minute,
    endedAt: millis,
  });

  test.each<[string, Subscription, { state?: string }, BuildDetails | undefined, Judgement]>([
    ["runs by its details: it is new", listed, { state: "Building" }, running, "register"],
    [
      "has ended since the subscription began: it is new",
      listed,
      { state: "Successful" },
      endedAt(now),
      "register",
    ],
    ["ended long before the subscription began: it is old", listed, {}, endedAt(began - hour), "leave"],
    ["ended within what clocks may differ: it is new", listed, {}, endedAt(began - 14 * minute), "register"],
    [
      "ended before the subscription, at its first listing: it is old",
      fresh,
      {},
      endedAt(began - 1),
      "leave",
    ],
    [
      "ended after the subscription, before its first listing: it is new",
      fresh,
      {},
      endedAt(began + 1),
      "register",
    ],
    ["has ended, and nobody says when: it is new", listed, {}, { state: "Failed" }, "register"],
    ["is on another branch: it is not wanted", filtered, {}, { ...running, branch: "dev" }, "leave"],
    ["has no branch: it is wanted", filtered, {}, { state: "Building" }, "register"],
    [
      "has no details yet, but runs by the list: it is new",
      listed,
      { state: "Building" },
      undefined,
      "register",
    ],
    [
      "has no details yet, and a filter asks for its branch: later",
      filtered,
      { state: "Building" },
      undefined,
      "later",
    ],
    ["has no details yet, and has ended by the list: later", listed, { state: "Failed" }, undefined, "later"],
    [
      "has no details yet, and the list does not tell its state: later",
      listed,
      { state: "" },
      undefined,
      "later",
    ],
    ["has no details yet, and is named by last_build_id alone: later", listed, {}, undefined, "later"],
    [
      "has had no details for a quarter of an hour: it is registered without them",
      { ...listed, undecided: { b2: now - 15 * minute } },
      {},
      undefined,
      "register",
    ],
    [
      "started more than a day ago, and some were dropped from what was seen: it is old",
      { ...listed, dropped: true },
      {},
      { state: "Building", startedAt: now - 25 * hour },
      "leave",
    ],
    [
      "started within the day, and some were dropped: it is new",
      { ...listed, dropped: true },
      {},
      { state: "Building", startedAt: now - hour },
      "register",
    ],
  ])("%s", (_what, subscription, { state }, details, judgement) => {
    const unseen = { buildId: "b2", ...(state !== undefined && { state }) };
    expect(judge(subscription, unseen, details, now)).toBe(judgement);
  });

  test("is named once, whether last_build_id, the list or an earlier poll names it", () => {
    const builds = ["b1", "b2", "b2", "b3"].map((buildId) => ({ buildId, state: "Building" }));
    const subscription = { ...listed, undecided: { b3: began, b4: began } };
    const ids = unseenOf(subscription, { ...job, lastBuildId: "b2" }, builds).map(({ buildId }) => buildId);
    expect(ids.toSorted()).toEqual(["b2", "b3", "b4"]);
  });

  test("is registered after those that started before, and last when its start is not known", () => {
    const builds = [
      { buildId: "c" },
      { buildId: "b", details: { startedAt: 2 } },
      { buildId: "a", details: { startedAt: 1 } },
    ];
    expect(inOrderOfStart(builds).map(({ buildId }) => buildId)).toEqual(["a", "b", "c"]);
  });
});

describe("the list is read", () => {
  test.each<[string, Subscription, Partial<typeof job>, number, boolean]>([
    ["at first", fresh, {}, 0, true],
    ["when last_build_id is another one", listed, { lastBuildId: "b2" }, minute, true],
    ["not while last_build_id stays", listed, {}, minute, false],
    ["when it goes on in another pass", { ...listed, nextPage: 21 }, {}, minute, true],
    ["when builds are undecided", { ...listed, undecided: { b2: began } }, {}, minute, true],
    [
      "after a trouble",
      { ...listed, trouble: { reason: "unavailable", since: began, shown: false } },
      {},
      minute,
      true,
    ],
    ["an hour later, when it is short", listed, {}, hour, true],
    ["not an hour later, when it is long", { ...listed, pages: 6 }, {}, hour, false],
    ["a day later, when it is long", { ...listed, pages: 6 }, {}, 24 * hour, true],
    [
      "not a day later, when some were dropped from what was seen",
      { ...listed, dropped: true },
      {},
      24 * hour,
      false,
    ],
  ])("%s", (_what, subscription, known, afterMillis, isDue) => {
    expect(isListDue(subscription, { ...job, ...known }, began + afterMillis)).toBe(isDue);
  });

  test("and last_build_id may be absent, before the first build and after it", () => {
    const none = { jobId: "j1", jobName: "webshop" };
    const empty = observeJob(fresh, none, { builds: [], pages: 1, whole: {} }, nothing, began);
    expect(isListDue(empty, none, began + minute)).toBe(false);
    expect(isListDue(empty, job, began + minute)).toBe(true);
  });
});

describe("a poll of the job", () => {
  test("that finds nothing gives the very same subscription", () => {
    expect(observeJob(listed, job, undefined, nothing, began + minute)).toBe(listed);
  });

  test("promises to miss nothing from the end of the first listing on, and keeps that time", () => {
    const part = observeJob(
      fresh,
      job,
      { builds: [], pages: 40, whole: { nextPage: 21 } },
      nothing,
      began + minute,
    );
    expect(part).toMatchObject({ nextPage: 21 });
    expect(part.since).toBeUndefined();
    const whole = observeJob(part, job, { builds: [], pages: 40, whole: {} }, nothing, began + 2 * minute);
    expect(whole).toMatchObject({ since: began + 2 * minute, listedAt: began + 2 * minute, pages: 40 });
    const again = observeJob(whole, job, { builds: [], pages: 40, whole: {} }, nothing, began + 30 * hour);
    expect(again).toMatchObject({ since: began + 2 * minute, listedAt: began + 30 * hour });
  });

  test("that could not decide all there is reads the same again", () => {
    const cut = { decided: ["b2"], later: [], isCutShort: true, isLate: false };
    const next = observeJob(
      fresh,
      { ...job, lastBuildId: "b3" },
      { builds: [], pages: 1, whole: {} },
      cut,
      began,
    );
    expect(next).toMatchObject({ seen: [seenHash("b2")] });
    expect([next.listedAt, next.lastBuildId]).toEqual([undefined, undefined]);
  });

  test("keeps the time since when a build is undecided", () => {
    const later = { ...nothing, later: ["b2"] };
    const first = observeJob(listed, { ...job, lastBuildId: "b2" }, undefined, later, began + minute);
    const second = observeJob(first, { ...job, lastBuildId: "b2" }, undefined, later, began + 2 * minute);
    expect(second.undecided).toEqual({ b2: began + minute });
    expect(second).toBe(first);
  });

  test("that finds a build only after ten minutes, at its end, reads the list from then on", () => {
    const late = { startedAt: began + hour, endedAt: began + hour + 11 * minute };
    expect(isFoundLate(listed, late)).toBe(true);
    expect(isFoundLate(listed, { ...late, endedAt: began + hour + 9 * minute })).toBe(false);
    expect(
      isFoundLate({ ...listed, trouble: { reason: "unavailable", since: began, shown: false } }, late),
    ).toBe(false);
    expect(isFoundLate(listed, { startedAt: began - minute, endedAt: began + hour })).toBe(false);
    expect(isFoundLate(listed, { startedAt: began + hour })).toBe(false);
    const next = observeJob(listed, job, undefined, { ...nothing, decided: ["b2"], isLate: true }, began);
    expect(isListDue(next, job, began + minute)).toBe(true);
  });

  test("drops the oldest of what was seen when there are too many", () => {
    const seen = Array.from({ length: seenAtMost }, (_, index) => seenHash(`old${index}`));
    const next = observeJob({ ...listed, seen }, job, undefined, { ...nothing, decided: ["b2"] }, began);
    expect(next).toMatchObject({ dropped: true, seen: { length: seenAtMost } });
    expect([hasSeen(next.seen, "old0"), hasSeen(next.seen, "old1"), hasSeen(next.seen, "b2")]).toEqual([
      false,
      true,
      true,
    ]);
  });
});

describe("a job that can't be read", () => {
  const troubled = (reason: string, afterMillis: number, subscription: Subscription = listed) =>
    observeJobTrouble(subscription, reason, began + afterMillis);

  test("is told after an hour in which ServiceStage did not know it, and once", () => {
    const unknown = troubled("unknownJob", 0);
    expect(troubled("unknownJob", 59 * minute, unknown)).toBe(unknown);
    const told = troubled("unknownJob", hour, unknown);
    expect(told.delivery.outbox).toMatchObject([{ kind: "jobUnknown", job: "webshop", since: began }]);
    expect(troubled("unknownJob", 2 * hour, told)).toBe(told);
  });

  test("for another reason is not told, however long", () => {
    const first = troubled("unavailable", 0);
    expect(troubled("unavailable", 5 * hour, first)).toBe(first);
    expect(first.delivery.outbox).toEqual([]);
  });

  test("is unknown only since ServiceStage says so without a break", () => {
    const unknown = troubled("unknownJob", 0);
    const other = troubled("unavailable", 30 * minute, unknown);
    const again = troubled("unknownJob", 61 * minute, other);
    expect(again.delivery.outbox).toEqual([]);
    expect(again.trouble).toMatchObject({ since: began, unknownSince: began + 61 * minute });
  });

  test("without a name is told by its id", () => {
    const { jobName: _none, ...nameless } = listed;
    const told = troubled("unknownJob", hour, troubled("unknownJob", 0, nameless));
    expect(told.delivery.outbox).toMatchObject([{ job: "j1" }]);
  });
});

import { describe, expect, test } from "@jest/globals";
import type { BuildDetails } from "../../lambda/domain/outcome.ts";
import { hasSeen, seenAtMost, seenHash } from "../../lambda/domain/seen.ts";
import {
  inOrderOfStart,
  isFoundLate,
  isGone,
  isListDue,
  isWholeListDue,
  judge,
  observeJob,
  observeJobTrouble,
  subscribe,
  unknownJob,
  unseenOf,
  wake,
  type Judgement,
  type Subscription,
} from "../../lambda/domain/subscription.ts";

const minute = 60_000;
const hour = 60 * minute;
const began = 1_764_316_800_000;
const settings = { channel: "C1", mention: [], thread: true };
const job = { jobId: "j1", jobName: "webshop", lastBuildId: "b1" };
const nothing = { decided: [], later: [], isCutShort: false, isLate: false, isInTime: false };

const fresh = subscribe("j1", "webshop", "s1", settings, began);
/** The first listing is complete, with b1 seen. */
const listed: Subscription = observeJob(
  fresh,
  job,
  { builds: [], pages: 1, whole: {} },
  { ...nothing, decided: ["b1"] },
  began,
);
const trouble = { reason: "unavailable", since: began, shown: false };
const filtered = { ...listed, settings: { ...settings, branches: ["main"] } };

describe("a build that was not seen before", () => {
  const now = began + hour;
  const running: BuildDetails = { state: "Building", branch: "main", startedAt: now - minute };
  const endedAt = (millis: number): BuildDetails => ({
    state: "Successful",
    startedAt: millis - minute,
    endedAt: millis,
  });

  test.each<
    [
      string,
      Subscription,
      { state?: string; durationMillis?: number; since?: number; isRunning?: true },
      BuildDetails | undefined,
      Judgement,
    ]
  >([
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
    [
      "has ended, and nobody says when, at the first listing: it is old",
      fresh,
      { state: "Failed" },
      { state: "Failed" },
      "leave",
    ],
    [
      "has ended, and only its start before the subscription is known, at the first listing: it is old",
      fresh,
      { state: "Failed" },
      { state: "Failed", startedAt: began - 1 },
      "leave",
    ],
    [
      "started after the subscription and has ended, at the first listing: it is new",
      fresh,
      { state: "Failed" },
      { state: "Failed", startedAt: began },
      "register",
    ],
    [
      "has ended by its details alone, so that the list is behind, at the first listing: it is new",
      fresh,
      { state: "Building" },
      { state: "Failed", startedAt: began - hour },
      "register",
    ],
    [
      "runs by its details, although the list shows its end, at the first listing: it is new",
      fresh,
      { state: "Failed" },
      { state: "Building", startedAt: began - hour },
      "register",
    ],
    [
      "ended by its start and its duration before the subscription, at the first listing: it is old",
      fresh,
      { state: "Failed", durationMillis: hour },
      { state: "Failed", startedAt: began - hour - 1 },
      "leave",
    ],
    [
      "ended by its start and its duration after the subscription, at the first listing: it is new",
      fresh,
      { state: "Failed", durationMillis: hour },
      { state: "Failed", startedAt: began - hour },
      "register",
    ],
    [
      "ended by its start and its duration long before the subscription: it is old",
      listed,
      { state: "Failed", durationMillis: minute },
      { state: "Failed", startedAt: began - hour },
      "leave",
    ],
    [
      "started before the subscription and has ended, nobody says when: it is new",
      listed,
      { state: "Failed" },
      { state: "Failed", startedAt: began - hour },
      "register",
    ],
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
      listed,
      { since: now - 15 * minute },
      undefined,
      "register",
    ],
    [
      "has had no details for a little less: later",
      listed,
      { since: now - 15 * minute + 1 },
      undefined,
      "later",
    ],
    [
      "was found by the first listing, and has had no details for a quarter of an hour: it is old",
      listed,
      { since: began },
      undefined,
      "leave",
    ],
    [
      "was found before the first listing was complete, and has had no details: it is old",
      fresh,
      { since: began },
      undefined,
      "leave",
    ],
    [
      "was found by the first listing, which showed it as running: it is registered without details",
      filtered,
      { since: began, isRunning: true },
      undefined,
      "register",
    ],
    [
      "has had no details for a quarter of an hour, and some were dropped from what was seen: it is old",
      { ...listed, dropped: true },
      { since: now - 15 * minute },
      undefined,
      "leave",
    ],
    [
      "runs by the list, has no details, and some were dropped from what was seen: it is new",
      { ...listed, dropped: true },
      { state: "Building" },
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
      "waits to start by the list, and some were dropped: it is new",
      { ...listed, dropped: true },
      { state: "Queuing" },
      { state: "Queuing" },
      "register",
    ],
    [
      "started within the day, and some were dropped: it is new",
      { ...listed, dropped: true },
      {},
      { state: "Building", startedAt: now - hour },
      "register",
    ],
  ])("%s", (_what, subscription, { state, durationMillis, since, isRunning }, details, judgement) => {
    const undecided = since === undefined ? [] : [{ buildId: "b2", since, ...(isRunning && { isRunning }) }];
    const builds =
      state === undefined ? [] : [{ buildId: "b2", state, ...(durationMillis && { durationMillis }) }];
    const known = { ...job, lastBuildId: "b2" };
    const [unseen] = unseenOf({ ...subscription, undecided }, known, builds);
    expect(judge(subscription, unseen!, details, now)).toBe(judgement);
  });

  test("is named once, whether last_build_id, the list or an earlier poll names it", () => {
    const builds = ["b1", "b2", "b2", "b3"].map((buildId) => ({ buildId, state: "Building" }));
    const subscription = { ...listed, undecided: ["b4", "b3"].map((buildId) => ({ buildId, since: began })) };
    const ids = unseenOf(subscription, { ...job, lastBuildId: "b2" }, builds).map(({ buildId }) => buildId);
    expect(ids.toSorted()).toEqual(["b2", "b3", "b4"]);
  });

  test("is decided last if it is the newest, and before it those at the end of the list", () => {
    const builds = ["b9", "b8", "b7"].map((buildId) => ({ buildId, state: "Successful" }));
    const subscription = { ...listed, undecided: [{ buildId: "b6", since: began }] };
    const ids = unseenOf(subscription, { ...job, lastBuildId: "b9" }, builds).map(({ buildId }) => buildId);
    expect(ids).toEqual(["b6", "b7", "b8", "b9"]);
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
    [
      "when builds are undecided",
      { ...listed, undecided: [{ buildId: "b2", since: began }] },
      {},
      minute,
      true,
    ],
    ["after a trouble", { ...listed, trouble }, {}, minute, true],
    ["an hour later, when it is short", listed, {}, hour, true],
    ["not an hour later, when it is long", { ...listed, pages: 6 }, {}, hour, false],
    ["a day later, when it is long", { ...listed, pages: 6 }, {}, 24 * hour, true],
    [
      "an hour later, when some were dropped from what was seen",
      { ...listed, dropped: true },
      {},
      hour,
      true,
    ],
    ["not earlier, when some were dropped", { ...listed, dropped: true }, {}, hour - 1, false],
  ])("%s", (_what, subscription, known, afterMillis, isDue) => {
    expect(isListDue(subscription, { ...job, ...known }, began + afterMillis)).toBe(isDue);
  });

  test.each<[string, Subscription, boolean]>([
    ["as a whole after a trouble", { ...listed, trouble }, true],
    [
      "only at its newest end after a trouble, when some were dropped from what was seen",
      { ...listed, trouble, dropped: true },
      false,
    ],
    [
      "as a whole at first, also when so many are listed that some are dropped from what was seen",
      { ...fresh, dropped: true },
      true,
    ],
  ])("%s", (_what, subscription, isWhole) => {
    expect(isListDue(subscription, job, began + minute)).toBe(true);
    expect(isWholeListDue(subscription, began + minute)).toBe(isWhole);
  });

  test("only at its newest end an hour later, when some were dropped from what was seen, and then not for an hour", () => {
    const dropped = { ...listed, dropped: true as const };
    expect(isWholeListDue(dropped, began + 30 * hour)).toBe(false);
    const read = observeJob(dropped, job, { builds: [], pages: 9 }, nothing, began + hour);
    expect(read).toEqual({ ...dropped, listedAt: began + hour });
    expect(isListDue(read, job, began + 2 * hour - 1)).toBe(false);
    expect(observeJob(read, job, { builds: [], pages: 9 }, nothing, began + 90 * minute)).toBe(read);
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
    const cut = { decided: ["b2"], later: [], isCutShort: true, isLate: false, isInTime: false };
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
    const later = { ...nothing, later: unseenOf(listed, { ...job, lastBuildId: "b2" }, []) };
    const first = observeJob(listed, { ...job, lastBuildId: "b2" }, undefined, later, began + minute);
    const again = { ...nothing, later: unseenOf(first, { ...job, lastBuildId: "b2" }, []) };
    const second = observeJob(first, { ...job, lastBuildId: "b2" }, undefined, again, began + 2 * minute);
    expect(second.undecided).toEqual([{ buildId: "b2", since: began + minute }]);
    expect(second).toBe(first);
  });

  test("keeps the undecided builds in one order, in whatever order they are listed", () => {
    const ids = ["10", "b", "9", "a"];
    const later = ids.map((buildId) => ({ buildId, isRunning: buildId === "b" }));
    const next = observeJob(listed, job, undefined, { ...nothing, later }, began + minute);
    const since = began + minute;
    expect(next.undecided).toEqual([
      { buildId: "10", since },
      { buildId: "9", since },
      { buildId: "a", since },
      { buildId: "b", since, isRunning: true },
    ]);
    const builds = ids.toReversed().map((buildId) => ({ buildId, state: "" }));
    const again = unseenOf(next, job, builds);
    expect(observeJob(next, job, undefined, { ...nothing, later: again }, began + 2 * minute)).toBe(next);
  });

  describe("that finds a build of eleven minutes after its end", () => {
    const now = began + hour;
    const details = { startedAt: now - 11 * minute, endedAt: now };

    test.each<[string, Partial<Subscription>, BuildDetails, number | undefined, boolean]>([
      ["and polled a minute ago: last_build_id was late", {}, details, now - minute, true],
      ["and polled ten minutes ago: last_build_id was late", {}, details, now - 10 * minute, true],
      ["and did not poll while it ran: nobody knows", {}, details, now - 12 * minute, false],
      ["and does not know when it polled: nobody knows", {}, details, undefined, false],
      ["and the build runs: last_build_id is in time", {}, { startedAt: now - hour }, now - minute, false],
      [
        "and the build is shorter: the delay is not worth a read of the list",
        {},
        { ...details, startedAt: now - 9 * minute },
        now - minute,
        false,
      ],
      [
        "and the build ran before the first listing: nobody knows",
        { since: now - 11 * minute },
        details,
        now - minute,
        false,
      ],
      [
        "after a trouble, during which it did not read the job: nobody knows",
        { trouble },
        details,
        now - 20 * minute,
        false,
      ],
    ])("%s", (_what, known, itsDetails, polledAt, isLate) => {
      expect(isFoundLate({ ...listed, ...known }, itsDetails, polledAt, now)).toBe(isLate);
    });
  });

  test("reads the list in each poll once last_build_id was late, until last_build_id is in time", () => {
    const late = observeJob(listed, job, undefined, { ...nothing, decided: ["b2"], isLate: true }, began);
    expect(isListDue(late, job, began + minute)).toBe(true);
    expect(observeJob(late, job, undefined, nothing, began + minute)).toBe(late);
    const inTime = observeJob(late, job, undefined, { ...nothing, isInTime: true }, began + minute);
    expect(isListDue(inTime, job, began + minute)).toBe(false);
  });

  describe("that can't read the list", () => {
    const failure = { reason: "notUnderstood" };
    const named = { ...job, lastBuildId: "b2" };
    const found = { ...nothing, decided: ["b2"] };

    test("counts what it decided, notes the trouble, and will read the whole list", () => {
      const next = observeJob(listed, named, { builds: [], pages: 1, failure }, found, began + minute);
      expect(next).toMatchObject({
        seen: ["b1", "b2"].map(seenHash),
        lastBuildId: "b1",
        listedAt: began,
        trouble: { reason: "notUnderstood", since: began + minute, ownSince: began + minute, shown: false },
      });
      expect(isWholeListDue(next, began + 2 * minute)).toBe(true);
    });

    test("records nothing more while it fails in the same way, and tells the channel after an hour", () => {
      const failed = { builds: [], pages: 9, whole: { nextPage: 6 }, failure };
      const next = observeJob(listed, named, failed, found, began);
      expect(next).toMatchObject({ nextPage: 6 });
      expect(observeJob(next, named, failed, nothing, began + 59 * minute)).toBe(next);
      const told = observeJob(next, named, failed, nothing, began + hour);
      expect(told.delivery.outbox).toMatchObject([{ kind: "jobUnreadable", reason: "notUnderstood" }]);
      expect(observeJob(told, named, failed, nothing, began + 5 * hour)).toBe(told);
    });

    test("is not gone, even if the answer says that there is no such job: the job itself was read", () => {
      const denied = { builds: [], pages: 1, failure: { reason: unknownJob } };
      const first = observeJob(listed, named, denied, found, began);
      const told = observeJob(first, named, denied, nothing, began + hour);
      expect(told.trouble).toMatchObject({ reason: "notUnderstood", shown: true });
      expect(isGone(told, began + 5 * hour)).toBe(false);
    });

    test("forgets the trouble once the list is read", () => {
      const next = observeJob(listed, named, { builds: [], pages: 1, failure }, found, began);
      const read = observeJob(next, named, { builds: [], pages: 1, whole: {} }, nothing, began + minute);
      expect(read).toMatchObject({ lastBuildId: "b2", listedAt: began + minute });
      expect(read.trouble).toBeUndefined();
    });
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
  const troubled = (reason: string, afterMillis: number, subscription = listed, isOwn = true) =>
    observeJobTrouble(subscription, reason, isOwn, began + afterMillis);
  const toldOf = ({ delivery }: Subscription) => delivery.outbox;

  test.each(["unknownJob", "forbidden", "notUnderstood", "throttled", "unavailable"])(
    "%s: is told after an hour, and once",
    (reason) => {
      const first = troubled(reason, 0);
      expect(troubled(reason, 59 * minute, first)).toBe(first);
      const told = troubled(reason, hour, first);
      expect(toldOf(told)).toMatchObject([{ kind: "jobUnreadable", job: "webshop", reason, since: began }]);
      expect(troubled(reason, 9 * hour, told)).toBe(told);
    },
  );

  test("for other reasons in between is told once", () => {
    const first = troubled("unknownJob", 0);
    const other = troubled("unavailable", 30 * minute, first);
    const told = troubled("unknownJob", hour, other);
    expect(toldOf(told)).toMatchObject([{ reason: "unknownJob", since: began }]);
    const between = troubled("throttled", 2 * hour, told);
    expect(toldOf(troubled("unknownJob", 4 * hour, between))).toHaveLength(1);
  });

  test("is told again only after it was read in between", () => {
    const told = troubled("unknownJob", hour, troubled("unknownJob", 0));
    const read = observeJob(told, job, { builds: [], pages: 1, whole: {} }, nothing, began + 2 * hour);
    const again = troubled("unknownJob", 3 * hour, read);
    expect(toldOf(troubled("unknownJob", 4 * hour - 1, again))).toHaveLength(1);
    expect(toldOf(troubled("unknownJob", 4 * hour, again))).toMatchObject([
      { since: began },
      { since: began + 3 * hour },
    ]);
  });

  test("because ServiceStage as a whole does not answer is not told, but the whole list is read afterwards", () => {
    const outage = troubled("unavailable", 0, listed, false);
    expect(troubled("unavailable", 5 * hour, outage, false)).toBe(outage);
    expect(isWholeListDue(outage, began + minute)).toBe(true);
  });

  test("before, during and after an outage is told at its first poll after the outage, and not in it", () => {
    const first = troubled("forbidden", 0);
    const outage = troubled("unavailable", 2 * hour, first, false);
    expect(toldOf(outage)).toEqual([]);
    expect(toldOf(troubled("forbidden", 3 * hour, outage))).toMatchObject([{ since: began }]);
  });

  test("after an outage is told an hour after the outage", () => {
    const outage = troubled("unavailable", 0, listed, false);
    const own = troubled("forbidden", 3 * hour, outage);
    expect(troubled("forbidden", 4 * hour - 1, own)).toBe(own);
    expect(toldOf(troubled("forbidden", 4 * hour, own))).toMatchObject([{ since: began + 3 * hour }]);
  });

  test("is gone when ServiceStage has not known it for an hour, and the channel was told", () => {
    const first = troubled("unknownJob", 0);
    const told = troubled("unknownJob", hour, first);
    const other = troubled("forbidden", 2 * hour, told);
    const again = troubled("unknownJob", 3 * hour, other);
    const isGoneAt = (subscription: Subscription, afterMillis: number) =>
      isGone(subscription, began + afterMillis);
    expect([isGoneAt(first, hour), isGoneAt(told, hour), isGoneAt(other, 2 * hour)]).toEqual([
      false,
      true,
      false,
    ]);
    expect([isGoneAt(again, 4 * hour - 1), isGoneAt(again, 4 * hour)]).toEqual([false, true]);
  });

  test("and is subscribed again is not gone, and is told once more after an hour", () => {
    const told = troubled("unknownJob", hour, troubled("unknownJob", 0));
    const awake = wake(told);
    expect(isGone(awake, began + 9 * hour)).toBe(false);
    expect(isWholeListDue(awake, began + hour)).toBe(true);
    const again = troubled("unknownJob", 2 * hour, awake);
    expect(toldOf(again)).toHaveLength(1);
    expect(toldOf(troubled("unknownJob", 3 * hour, again))).toHaveLength(2);
    expect(wake(listed)).toBe(listed);
  });

  test("without a name is told by its id", () => {
    const { jobName: _none, ...nameless } = listed;
    const told = troubled("unknownJob", hour, troubled("unknownJob", 0, nameless));
    expect(toldOf(told)).toMatchObject([{ job: "j1" }]);
  });
});

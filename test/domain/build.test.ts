import { describe, expect, test } from "@jest/globals";
import {
  isMoving,
  needsDetails,
  observe,
  observeTrouble,
  registerBuild,
  stop,
  type Build,
} from "../../lambda/domain/build.ts";
import { hasPending, isCardPending, isFull, type Message } from "../../lambda/domain/delivery.ts";
import type { Notify } from "../../lambda/domain/notify.ts";
import type { BuildDetails } from "../../lambda/domain/outcome.ts";
import { phaseNames, type ListedPhase } from "../../lambda/domain/phase.ts";

const minute = 60_000;
const hour = 60 * minute;
const retention = { abandonAfterMillis: 24 * hour, keepMillis: 30 * 24 * hour };
const settings = { channel: "C0123456789", mention: [], thread: true };

/** "Init:Successful Build:Building": those phases; "all:Successful": all six. */
function list(text: string): ListedPhase[] {
  if (text.startsWith("all:"))
    return phaseNames.map((name, id) => ({ id: String(id), name, state: text.slice(4) }));
  return text
    .split(" ")
    .filter(Boolean)
    .map((entry, id) => ({ id: String(id), name: entry.split(":")[0]!, state: entry.split(":")[1]! }));
}

interface Poll {
  at: number;
  phases?: string;
  details?: BuildDetails;
  trouble?: string;
}

/** A build that was registered at time 0, after these polls. */
function buildAfter(...polls: Poll[]): Build {
  return polls.reduce(
    (build, { at, phases, details, trouble }) =>
      trouble === undefined
        ? observe(build, list(phases ?? ""), details, at, retention)
        : observeTrouble(build, trouble, at, retention),
    registerBuild("b1", "r1", settings, 0),
  );
}

function sentence(message: Message): string {
  if (message.kind === "caughtUp") {
    const list = message.transitions.map(({ phase, to }) => `${phase} ${to}`).join(", ");
    return `caught up: ${list}${message.outcome ? `, ${message.outcome}` : ""}`;
  }
  if (message.kind === "transition") {
    const { phase, to } = message.transition;
    return `${phase} ${to}${message.outcome ? `, ${message.outcome}` : ""}`;
  }
  if (message.kind === "ended") return `ended: ${message.outcome}`;
  return message.kind === "abandoned" ? `abandoned: ${message.reason}` : message.kind;
}

const outbox = (build: Build) => build.delivery.outbox.map(sentence);

describe("the pending messages of a build after a poll", () => {
  const running = { at: minute, phases: "Init:Building" };
  test.each<[string, Poll[], string[]]>([
    ["nothing has started: only the card", [{ at: minute, phases: "all:NotStarted" }], []],
    [
      "the first poll gives one message for everything that it finds",
      [{ at: minute, phases: "Init:Successful Download:Building" }],
      ["caught up: Init Successful, Download Building"],
    ],
    [
      "each later transition gives its own message",
      [running, { at: 2 * minute, phases: "Init:Successful Download:Building" }],
      ["caught up: Init Building", "Init Successful", "Download Building"],
    ],
    [
      "a build that had already ended gives one message",
      [{ at: minute, phases: "all:Successful" }],
      [
        "caught up: Init Successful, Download Successful, PreProcess Successful, Build Successful, Artifact Successful, PostProcess Successful, succeeded",
      ],
    ],
    [
      "the last transition contains the end",
      [running, { at: 2 * minute, phases: "Init:Failed" }],
      ["caught up: Init Building", "Init Failed, failed"],
    ],
    [
      "an end that only the details show gives its own message",
      [
        { at: minute, phases: "Init:Successful" },
        { at: 2 * minute, phases: "Init:Successful", details: { state: "Cancel" } },
      ],
      ["caught up: Init Successful", "ended: cancelled"],
    ],
    [
      "no change for a day: the build is abandoned",
      [running, { at: minute + 24 * hour, phases: "Init:Building" }],
      ["caught up: Init Building", "abandoned: unchanged"],
    ],
    [
      "a change after a day: the change is reported, and the build is not abandoned",
      [running, { at: minute + 24 * hour, phases: "Init:Pushing" }],
      ["caught up: Init Building", "Init Pushing"],
    ],
    [
      "unknown for an hour: the build is abandoned",
      [
        { at: minute, trouble: "unknownBuild" },
        { at: minute + hour, trouble: "unknownBuild" },
      ],
      ["abandoned: unknownBuild"],
    ],
    [
      "unknown, then unavailable, then unknown again: the hour starts again",
      [
        { at: minute, trouble: "unknownBuild" },
        { at: 30 * minute, trouble: "unavailable" },
        { at: 40 * minute, trouble: "unknownBuild" },
        { at: 70 * minute, trouble: "unknownBuild" },
      ],
      [],
    ],
  ])("%s", (_sentence, polls, expected) => {
    expect(outbox(buildAfter(...polls))).toEqual(expected);
  });
});

describe("how a build ends", () => {
  test.each<[string, Poll, string | undefined]>([
    ["all six phases are successful", { at: 1, phases: "all:Successful" }, "succeeded"],
    [
      "one failed and none runs, though the later ones never start",
      { at: 1, phases: "Init:Successful Build:Failed PostProcess:NotStarted" },
      "failed",
    ],
    ["one failed but another still runs", { at: 1, phases: "Build:Failed PostProcess:Building" }, undefined],
    [
      "one failed but another is in an undocumented state",
      { at: 1, phases: "Build:Failed PostProcess:Paused" },
      undefined,
    ],
    ["one timed out", { at: 1, phases: "Build:Timeout" }, "timedOut"],
    ["one was cancelled", { at: 1, phases: "Build:Cancel" }, "cancelled"],
    ["one was deleted", { at: 1, phases: "Build:Deleted" }, "deleted"],
    [
      "a failure counts before a cancelled phase",
      { at: 1, phases: "Build:Failed Artifact:Cancel" },
      "failed",
    ],
    [
      "all that is listed is successful, but phases are missing",
      { at: 1, phases: "Init:Successful" },
      undefined,
    ],
    [
      "the same, and the details say so",
      { at: 1, phases: "Init:Successful", details: { state: "Successful" } },
      "succeeded",
    ],
    [
      "the details name an undocumented end",
      { at: 1, phases: "Init:Successful", details: { state: "Odd", endedAt: 1 } },
      "ended",
    ],
    [
      "the details say so, but a phase still runs: its end is reported first",
      { at: 1, phases: "Init:Building", details: { state: "Failed" } },
      undefined,
    ],
    ["nothing is listed", { at: 1, phases: "" }, undefined],
  ])("%s", (_sentence, look, outcome) => {
    const build = buildAfter(look);
    expect([build.outcome, build.status]).toEqual([outcome, outcome ? "ended" : "tracking"]);
  });
});

describe("when there is nothing to record, the same object is returned", () => {
  test.each<[string, Poll[], Poll]>([
    ["nothing moved", [{ at: 1, phases: "Init:Building" }], { at: 2, phases: "Init:Building" }],
    [
      "a problem goes on and is not yet shown",
      [{ at: 1, trouble: "unavailable" }],
      { at: 2, trouble: "unavailable" },
    ],
    [
      "a problem goes on and is shown",
      [
        { at: 1, trouble: "unavailable" },
        { at: 4 * minute, trouble: "unavailable" },
      ],
      { at: 5 * minute, trouble: "unavailable" },
    ],
  ])("%s", (_sentence, before, { at, phases, trouble }) => {
    const build = buildAfter(...before);
    const after = trouble
      ? observeTrouble(build, trouble, at, retention)
      : observe(build, list(phases!), undefined, at, retention);
    expect(after).toBe(build);
  });
});

describe("the card is pending", () => {
  test.each<[string, Poll[], number]>([
    ["after the first poll, even if nothing has started", [{ at: 1, phases: "all:NotStarted" }], 1],
    [
      "after each change",
      [
        { at: 1, phases: "Init:Building" },
        { at: 2, phases: "Init:Successful" },
      ],
      2,
    ],
    [
      "not while a problem is short",
      [
        { at: 1, phases: "Init:Building" },
        { at: 2, trouble: "unavailable" },
        { at: 3, phases: "Init:Building" },
      ],
      1,
    ],
    [
      "when a problem lasts, and when it is over",
      [
        { at: 1, phases: "Init:Building" },
        { at: 2, trouble: "unavailable" },
        { at: 2 + 3 * minute, trouble: "unavailable" },
        { at: 4 * minute, phases: "Init:Building" },
      ],
      3,
    ],
  ])("%s", (_sentence, polls, revision) => {
    expect(buildAfter(...polls).delivery.card?.revision).toBe(revision);
  });

  test("when a user stops the tracking; what was pending stays pending", () => {
    const build = buildAfter({ at: 1, phases: "Init:Building" });
    const stopped = stop(build, 2);
    expect(stopped.status).toBe("stopped");
    expect(stopped.delivery.card?.revision).toBe(2);
    expect(outbox(stopped)).toEqual(["caught up: Init Building"]);
    expect(hasPending(stopped.delivery)).toBe(true);
  });
});

describe("a build is polled again within the minute", () => {
  test.each<[string, Build, number, boolean]>([
    ["when it was registered a moment ago", buildAfter(), minute, true],
    ["not when nothing started for long", buildAfter(), hour, false],
    ["while a phase runs, however long", buildAfter({ at: 1, phases: "Build:Building" }), hour, true],
    ["between two phases", buildAfter({ at: 1, phases: "Init:Successful Build:NotStarted" }), minute, true],
    ["not when it is over", buildAfter({ at: 1, phases: "all:Successful" }), 2, false],
  ])("%s", (_sentence, build, now, moving) => {
    expect(isMoving(build, now)).toBe(moving);
  });
});

describe("the details are read", () => {
  const named = { jobName: "shop", commitId: "abc" };
  test.each<[string, Poll[], string, boolean]>([
    ["at the first poll", [], "Init:Building", true],
    ["not again when nothing moved", [{ at: 1, phases: "Init:Building" }], "Init:Building", false],
    [
      "at a change, until they name the job and the commit",
      [{ at: 1, phases: "Init:Building" }],
      "Init:Successful Build:Building",
      true,
    ],
    [
      "not at a change after that",
      [{ at: 1, phases: "Init:Building", details: named }],
      "Init:Successful Build:Building",
      false,
    ],
    [
      "when all listed phases are successful: others may be missing",
      [{ at: 1, phases: "Init:Building", details: named }],
      "Init:Successful",
      true,
    ],
    ["at the end", [{ at: 1, phases: "Init:Building", details: named }], "Init:Failed", true],
  ])("%s", (_sentence, polls, listed, expected) => {
    expect(needsDetails(buildAfter(...polls), list(listed), 2, retention)).toBe(expected);
  });
});

describe("a build whose pending messages have no room for more", () => {
  /** With each poll the phase begins anew, a second later. */
  function restless(polls: number, notify: Notify = "all"): Build {
    let build = registerBuild("b1", "r1", { ...settings, notify }, 0);
    for (let poll = 0; poll < polls; poll++) {
      const phases = list(poll % 2 === 0 ? "Build:Building" : "Build:Queuing");
      build = observe(build, phases, undefined, poll * 1_000, retention);
    }
    return build;
  }
  const full = restless(1_000);
  const counted = full.omittedChanges!;
  const later = (build: Build, phases: string, at = 1_001_000, details?: BuildDetails) =>
    observe(build, list(phases), details, at, retention);
  const added = (build: Build, before = full) =>
    build.delivery.outbox.slice(before.delivery.outbox.length).map(sentence);
  const counts = (build: Build, before = full) =>
    build.delivery.outbox
      .slice(before.delivery.outbox.length)
      .map((each) => (each.kind === "omitted" ? each.count : undefined));

  test("counts its further changes, and its card shows them", () => {
    expect(isFull(full.delivery)).toBe(true);
    expect(full.delivery.outbox.length + counted).toBe(1_000);
    const next = later(full, "Build:Building");
    expect(next.omittedChanges).toBe(counted + 1);
    expect(next.delivery.card!.revision).toBe(full.delivery.card!.revision + 1);
    expect(isCardPending(next.delivery)).toBe(true);
  });

  test("is not changed by a poll without a change", () => {
    expect(later(full, "Build:Queuing")).toBe(full);
  });

  test.each<[string, Build, string[]]>([
    ["when it ends", later(full, "Build:Failed"), ["omitted", "Build Failed, failed"]],
    ["when it is stopped", stop(full, 1_001_000), ["omitted"]],
    [
      "when nothing changes for a day",
      later(full, "Build:Queuing", 1_000_000 + 24 * hour),
      ["omitted", "abandoned: unchanged"],
    ],
    [
      "when ServiceStage does not know it for an hour",
      observeTrouble(
        observeTrouble(full, "unknownBuild", 1_001_000, retention),
        "unknownBuild",
        1_001_000 + hour,
        retention,
      ),
      ["omitted", "abandoned: unknownBuild"],
    ],
  ])("adds a message with their number %s, and counts no more", (_sentence, build, expected) => {
    expect(added(build)).toEqual(expected);
    expect(counts(build)[0]).toBe(counted);
    expect(build.omittedChanges ?? 0).toBe(0);
  });

  test("adds a message with their number once there is room, without a change", () => {
    const emptied = { ...full, delivery: { ...full.delivery, outbox: [] } };
    const next = later(emptied, "Build:Queuing");
    expect(next.delivery.outbox).toMatchObject([{ kind: "omitted", count: counted }]);
    expect(next.omittedChanges).toBeUndefined();
  });

  test("messages that the settings leave out take no room from the others, and are not counted", () => {
    const quiet = restless(1_000, "failures");
    expect(isFull(quiet.delivery)).toBe(false);
    expect(quiet.omittedChanges).toBeUndefined();
    expect(quiet.snapshot[0]!.state).toBe("Queuing");
    const failed = later(quiet, "Build:Failed Init:Building");
    expect(added(failed, quiet)).toEqual(["Build Failed"]);
  });
});

test("one poll adds at most a hundred changes, and the number of the others", () => {
  const phases = (state: string) =>
    Array.from({ length: 150 }, (_, index) => ({ id: String(index), name: `phase-${1_000 + index}`, state }));
  const build = observe(registerBuild("b1", "r1", settings, 0), phases("Building"), undefined, 1, retention);
  const { outbox } = observe(build, phases("Queuing"), undefined, 2, retention).delivery;
  expect(outbox.slice(1)).toHaveLength(101);
  expect(outbox[1]).toMatchObject({ kind: "omitted", count: 50 });
});

import { describe, expect, test } from "@jest/globals";
import { translate } from "../../../lambda/slack/text.ts";
import { en } from "../../../lambda/slack/wording/en.ts";
import type { BuildSummary, BuildView } from "../../../lambda/builds-api/schemas.ts";
import { createTracker } from "../../../local/page/tracked.ts";
import { renderBuilds } from "../../../local/page/view/builds.ts";
import { renderCounts } from "../../../local/page/view/counts.ts";
import { renderStatus } from "../../../local/page/view/simulator.ts";
import { wordsOf } from "./markup.ts";

/** The page shows what was last read, and when; what it waits for, and until when. Nothing runs on unread. */

const at = Date.UTC(2026, 10, 23, 15);
const after = (seconds: number): string => new Date(at + seconds * 1_000).toISOString();
/** The word that a Slack message uses for the state. */
const building = translate(en.states, "Building", 40);
const clock = (seconds: number): string => new Date(at + seconds * 1_000).toLocaleTimeString("en-GB");

/** As the API tells it so many seconds after the build's first phase began: what runs goes on until now. */
const build = (seconds: number, fields: Partial<BuildView> = {}): BuildView => ({
  buildId: "b1",
  status: "tracking",
  settings: { channel: "C0BUILDS001", mention: [], thread: true, notify: "all", tellSlow: true },
  registeredAt: after(0),
  changedAt: after(2),
  phases: [{ name: "Init", state: "Building", since: after(2), durationSeconds: seconds }],
  pending: [],
  history: [],
  ...fields,
});

const pending = (why: BuildView["pending"][number]["why"], nextTryAt?: string): Partial<BuildView> => ({
  pending: [
    { kind: "transition", what: "a → b", why, detail: "", since: after(1), ...(nextTryAt && { nextTryAt }) },
  ],
});
const trouble = (nextTryAt?: string): Partial<BuildView> => ({
  trouble: { reason: "refused", detail: "The key is refused.", ...(nextTryAt && { nextTryAt }) },
});

type Look = [seconds: number, fields: Partial<BuildView>, reachable?: boolean];

/** @returns what the page shows at the last of these looks */
async function show(...looks: Look[]) {
  let [seconds, fields, reachable = true] = looks[0]!;
  const readTracked = createTracker(
    {
      list: async () => [{ buildId: "b1", registeredAt: after(0) } as BuildSummary],
      show: async () => build(seconds, fields),
    },
    () => reachable,
    () => at + seconds * 1_000,
  );
  let tracked = await readTracked();
  for ([seconds, fields, reachable = true] of looks.slice(1)) tracked = await readTracked();
  const now = at + seconds * 1_000;
  const builds = renderBuilds(tracked, { now });
  return {
    words: wordsOf(builds),
    isStill: builds.text.includes("is-unread"),
    status: wordsOf(renderStatus([], tracked.builds, now)),
  };
}

describe("the shown duration of a running phase", () => {
  test.each<[string, Look[], string, boolean]>([
    [
      "goes on while the build is read",
      [
        [10, {}],
        [40, {}],
      ],
      `${building} · 40 s`,
      false,
    ],
    [
      "ends at the last read if the build was stopped",
      [
        [10, {}],
        [40, { status: "stopped" }],
      ],
      `${building} · 10 s`,
      true,
    ],
    [
      "stays the same when the page is drawn again",
      [
        [10, {}],
        [40, { status: "stopped" }],
        [400, { status: "stopped" }],
      ],
      `${building} · 10 s`,
      true,
    ],
    [
      "ends at the last change if the page did not show the build before",
      [[40, { status: "abandoned" }]],
      `${building} · 2 s`,
      true,
    ],
    [
      "ends while a stop is asked for",
      [
        [10, {}],
        [40, { status: "stopping" }],
      ],
      `${building} · 10 s`,
      true,
    ],
    [
      "ends while ServiceStage can't be read",
      [
        [10, {}],
        [40, trouble()],
      ],
      `${building} · 10 s`,
      true,
    ],
    [
      "ends while the page's ServiceStage has a fault",
      [
        [10, {}],
        [40, {}, false],
      ],
      `${building} · 10 s`,
      true,
    ],
    [
      "goes on while a message is in doubt",
      [
        [10, {}],
        [40, pending("inDoubt")],
      ],
      `${building} · 40 s`,
      false,
    ],
    [
      "goes on while Slack's answer is missing",
      [
        [10, {}],
        [40, pending("sending")],
      ],
      `${building} · 40 s`,
      false,
    ],
    [
      "goes on afterwards",
      [
        [10, {}],
        [40, pending("sending")],
        [41, {}],
      ],
      `${building} · 41 s`,
      false,
    ],
    [
      "goes on while a channel refuses",
      [
        [10, {}],
        [40, pending("refused")],
      ],
      `${building} · 40 s`,
      false,
    ],
  ])("%s", async (_sentence, looks, words, isStill) => {
    const shown = await show(...looks);
    expect(shown.words).toContain(words);
    expect(shown.isStill).toBe(isStill);
    expect(shown.words.includes("last read at")).toBe(isStill);
  });

  test("the time of the last read", async () => {
    expect((await show([10, {}], [40, trouble()])).words).toContain(`last read at ${clock(10)}`);
  });

  test("a phase of a build that is over does not run on", async () => {
    const ended = { status: "ended", outcome: "cancelled" } as const;
    const { words } = await show([10, {}], [40, ended], [400, ended]);
    expect(words).toContain(`${building} · 10 s`);
    expect(words).not.toContain("last read at");
  });
});

test.each<[string, Look, string]>([
  ["is being sent for a moment", [3, pending("sending")], "Being sent 1 message pending"],
  ["and then is not confirmed yet", [40, pending("sending")], "Not confirmed yet 1 message pending"],
])("a message whose answer is awaited %s", async (_sentence, look, words) => {
  expect((await show(look)).words).toContain(words);
});

test("the head of the page counts what runs, failed and waits", () => {
  const told = (buildId: string, fields: Partial<BuildView>) => build(10, { buildId, ...fields });
  const builds = [
    told("b1", {}),
    told("b2", trouble()),
    told("b3", { status: "ended", outcome: "failed" }),
    told("b4", { status: "ended", outcome: "timedOut", ...pending("waiting") }),
    told("b5", { status: "ended", outcome: "succeeded" }),
    told("b6", { status: "stopped" }),
  ];
  expect(wordsOf(renderCounts(builds, []))).toBe("2 running 2 failed 1 waiting");
  // A build counts once in all its channels, and each message counts. A subscription has messages too.
  const twice = [...builds, ...builds];
  expect(wordsOf(renderCounts(twice, [{ pending: 3 }]))).toBe("2 running 2 failed 5 waiting");
});

describe("what the page waits for, and until when", () => {
  test.each<[string, Look, string]>([
    ["nothing", [10, {}], ""],
    [
      "a pause after refused credentials",
      [40, trouble(after(360))],
      `No build is read until ${clock(360)} .`,
    ],
    ["a build that can't be read", [40, trouble()], "1 build can’t be read."],
    ["a message in doubt", [40, pending("inDoubt")], "1 build with undelivered messages."],
    ["an answer that does not come", [40, pending("sending")], "1 build with undelivered messages."],
    ["a message on its way", [3, pending("sending")], ""],
    ["a channel that refuses", [40, pending("refused")], "1 build with undelivered messages."],
    ["a message that is only due", [40, pending("waiting")], ""],
  ])("stands at the head of the page: %s", async (_sentence, look, status) => {
    expect((await show(look)).status).toBe(status);
  });

  test.each<[string, Look, string]>([
    [
      "an answer",
      [3, pending("sending", after(60))],
      `If Slack’s answer is lost, a later pass checks in Slack before it sends again, after ${clock(60)}.`,
    ],
    ["a look", [40, pending("inDoubt", after(60))], `Next attempt at ${clock(60)}.`],
    ["ServiceStage", [40, trouble(after(360))], `Next attempt at ${clock(360)}.`],
  ])("stands with the build: %s", async (_sentence, look, words) => {
    expect((await show(look)).words.replaceAll(" .", ".").replaceAll(" ,", ",")).toContain(words);
  });
});

test("the page says what to try, until something is broken or waits", () => {
  const side = { choices: [], calls: () => [], active: () => undefined, toggle: async () => false };
  const sides = [{ name: "ServiceStage", id: "servicestage", side, real: "" }] as const;
  expect(wordsOf(renderStatus(sides, [], at))).toMatch(
    /^1. Start a sample build, .* 2. Press .* 3. Break something, /,
  );
  expect(wordsOf(renderStatus(sides, [build(40, trouble(after(360)))], at))).not.toContain("1.");
});

test("a card that was found after a lost answer is in the history", async () => {
  const card = { kind: "card", what: "the card", how: "found", at: after(70) } as const;
  expect((await show([80, { history: [card] }])).words).toContain(
    "1 sent · 1 found, not sent again · nothing pending the card found in Slack, after Slack’s answer was lost",
  );
});

import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { actions } from "../../lambda/domain/action.ts";
import type { Build } from "../../lambda/domain/build.ts";
import type { Message } from "../../lambda/domain/delivery.ts";
import type { Feed } from "../../lambda/domain/feed.ts";
import type { BuildDetails, Outcome } from "../../lambda/domain/outcome.ts";
import type { Row } from "../../lambda/domain/row.ts";
import type { Rendered } from "../../lambda/slack/blocks.ts";
import { renderCard } from "../../lambda/slack/card.ts";
import { isUrgent, renderMessage } from "../../lambda/slack/messages.ts";
import { findFaults } from "../../local/slack/limits.ts";
import { at, atMost, exact, message, movedTo, phase, someBuild, someNotices } from "./builds.ts";

const settings = { region: "eu-west-101" };
const linkOf = (build: Build, template?: string) =>
  /<https[^>]*>/.exec(JSON.stringify(renderCard(build, { ...settings, consoleUrlTemplate: template })))?.[0];
const cardOf = (build: Build) => JSON.stringify(renderCard(build, settings));

describe("a card", () => {
  test("shows all six phases of a build before its first poll", () => {
    expect(renderCard(someBuild(), settings).text).toBe(
      [
        "⚪ Not started: build 0f7fqckz",
        "Init: Not started",
        "Download: Not started",
        "PreProcess: Not started",
        "Build: Not started",
        "Artifact: Not started",
        "PostProcess: Not started",
        "<https://console.eu.huaweicloud.com/servicestage/?region=eu-west-101|ServiceStage console>",
      ].join("\n"),
    );
  });

  test("shows each phase with its symbol, and running and failed phases in bold with their states; the times stand below each other, along the coloured bar", () => {
    const build = someBuild({
      snapshot: [
        phase("Init", "Successful", { lasted: exact(12) }),
        phase("Download", "Failed", { lasted: exact(130) }),
        phase("Scan", "Napping"),
      ],
    });
    const { blocks = [] } = renderCard(build, settings).attachments?.[0] ?? {};
    const fields = blocks.flatMap((block) => (block.type === "section" ? (block.fields ?? []) : []));
    expect(fields.map(({ text }) => text)).toEqual(
      [
        ["✅ Init", "12 s"],
        ["❌ *Download*  Failed", "2 min 10 s"],
        ["⚪ PreProcess", "–"],
        ["⚪ Build", "–"],
        ["⚪ Artifact", "–"],
        ["⚪ PostProcess", "–"],
        ["❔ *Scan*  Napping", "since <!date^1795446000^{time_secs} ({ago})|2026-11-23 15:00:00 UTC>"],
      ].flat(),
    );
    expect(
      new Set(
        fields.map(({ type, verbatim }: { type: string; verbatim?: boolean }) => `${type} ${verbatim}`),
      ),
    ).toEqual(new Set(["mrkdwn true"]));
  });

  test.each<[string, Build, string]>([
    [
      "the job and its number",
      someBuild({ details: { jobName: "shop", index: "42" } }),
      "Not started: shop #42",
    ],
    ["the label while the job is unknown", someBuild({}, { label: "nightly" }), "Not started: nightly"],
    ["that it runs", someBuild({ snapshot: [phase("Init", "Building")] }), "🔵 Running"],
    ["how it ended", someBuild({ status: "ended", outcome: "timedOut" }), "⏰ Timed out"],
    ["branch", someBuild({ details: { branch: "main" } }), "Branch main"],
    ["short commit", someBuild({ details: { commitId: "0123456789abcdef" } }), "Commit 01234567 "],
    ["committer", someBuild({ details: { committer: "Ann <a@b>" } }), "by \u2009`Ann &lt;a@b&gt;`\u2009"],
    [
      "label beside the job",
      someBuild({ details: { jobName: "shop", branch: "main" } }, { label: "nightly" }),
      "nightly · Branch main",
    ],
    [
      "how long ServiceStage says it took",
      someBuild({ status: "ended", outcome: "succeeded", details: { startedAt: at - 65_000, endedAt: at } }),
      "1 min 5 s · Observed",
    ],
    ["that it was stopped", someBuild({ status: "stopped" }), "*Tracking stopped* by request."],
    [
      "why it was abandoned",
      someBuild({ status: "abandoned", abandoned: "unknownBuild" }),
      "ServiceStage can't find this build",
    ],
    [
      "how long it has been running, and Slack keeps it up to date",
      someBuild({ snapshot: [phase("Init", "Building", { startedAt: at - 60_000 })] }),
      "Started <!date^1795445940^{time_secs} ({ago})|",
    ],
    [
      "a trouble that lasts",
      someBuild({ trouble: { reason: "notUnderstood", since: at, shown: true } }),
      "ServiceStage sends a response that the notifier can't read (since <!date^",
    ],
    [
      "that it is out of sight",
      someBuild({ trouble: { reason: "notUnderstood", since: at, shown: true } }),
      "⚠️ Status unknown: build 0f7fqckz",
    ],
  ])("shows %s", (_, build, text) => {
    expect(cardOf(build)).toContain(text);
  });

  test.each<[Partial<Build>, string]>([
    [{ snapshot: [phase("Init", "Building")] }, "#2196f3"],
    [{ status: "ended", outcome: "succeeded" }, "#2eb67d"],
    [{ status: "ended", outcome: "failed" }, "#e01e5a"],
    [{ status: "ended", outcome: "cancelled" }, "#9e9e9e"],
    [{ status: "ended", outcome: "timedOut" }, "#e01e5a"],
    [{ status: "abandoned", abandoned: "unchanged" }, "#ecb22e"],
    [{ trouble: { reason: "unavailable", since: at, shown: true } }, "#ecb22e"],
  ])("of a build with %j has the colour %s", (build, colour) => {
    expect(renderCard(someBuild(build), settings).attachments?.[0]?.color).toBe(colour);
  });

  const commitUrl = "https://github.com/example/shop/commit/0123456789abcdef";
  const commit = { commitId: "0123456789abcdef", commitUrl };

  test.each<[string, BuildDetails, string]>([
    ["the commit with a link to its page", commit, `Commit <${commitUrl}|01234567> · `],
    [
      "the first line of the commit's comment",
      { ...commit, commitComment: "\n Round the *tax*\n\nSee TAX-17" },
      `Commit <${commitUrl}|01234567>: \u2009\`Round the *tax*\`\u2009 · `,
    ],
    ["the comment without a commit", { commitComment: "Round the tax" }, "\\nRound the tax · "],
    [
      "no secret of the comment",
      { commitId: "01234567", commitComment: "Use password=Hunter2pw for now" },
      "Commit 01234567: Use password=[masked] for now · ",
    ],
    ["who started the build", { creator: "amara", type: "user" }, "\\nstarted by amara · "],
    [
      "that a trigger started it",
      { creator: "deploy", type: "system" },
      "\\nstarted by a trigger (deploy) · ",
    ],
    ["who started it, if ServiceStage does not say how", { creator: "deploy" }, "\\nstarted by deploy · "],
  ])("shows %s", (_, details, text) => {
    expect(cardOf(someBuild({ status: "ended", details }))).toContain(text);
  });

  const usual = { medianMillis: 240_000, builds: 5 };
  const running = someBuild({
    details: { startedAt: at - 60_000 },
    snapshot: [phase("Build", "Building", { startedAt: at - 60_000 })],
    usual,
  });

  test.each<[string, Partial<Build>, string]>([
    [
      "its likely end",
      {},
      "Usually takes 4 min, until about <!date^1795446180^{time}|2026-11-23 15:03:00 UTC>",
    ],
    [
      "the likely end of a short one to the second",
      { usual: { ...usual, medianMillis: 90_000 } },
      "Usually takes 1 min 30 s, until about <!date^1795446030^{time_secs}|2026-11-23 15:00:30 UTC>",
    ],
    ["no likely end that is past", { usual: { ...usual, medianMillis: 60_000 } }, "Usually takes 1 min · "],
    ["that it takes longer than usual", { slowSince: at }, "🐢 *Taking longer than usual*: running since "],
  ])("of a running build shows %s", (_, more, text) => {
    expect(cardOf({ ...running, ...more })).toContain(text);
  });

  test.each<[string, Partial<Build>]>([
    ["is over", { status: "ended", outcome: "succeeded" }],
    ["has no usual time", { usual: undefined as never }],
  ])("of a build that %s shows no likely end", (_, more) => {
    expect(cardOf({ ...running, slowSince: at, ...more })).not.toMatch(/[Uu]sually|longer than usual/);
  });

  test("does not show a problem that may pass", () => {
    const trouble = { reason: "unavailable", since: at, shown: false };
    expect(cardOf(someBuild({ trouble }))).toBe(cardOf(someBuild()));
  });
});

describe("the card's link", () => {
  const consoleUrlTemplate = "https://console.example/{region}?job={jobName}&build={buildId}";
  const home = "<https://console.eu.huaweicloud.com/servicestage/?region=eu-west-101|ServiceStage console>";

  test.each<[string, Build, string | undefined, string]>([
    ["is the console's home by default", someBuild(), undefined, home],
    ["is the home while the job's name is unknown", someBuild(), consoleUrlTemplate, home],
    [
      "is the build's page, made from the template",
      someBuild({ details: { jobName: "a|b>&c" } }),
      consoleUrlTemplate,
      "<https://console.example/eu-west-101?job=a%7Cb%3E%26c&amp;build=0f7fqckz|Open build>",
    ],
  ])("%s", (_, build, template, link) => {
    expect(linkOf(build, template)).toBe(link);
  });

  test.each([
    ["eu-west-101", "console.eu.huaweicloud.com"],
    ["cn-north-4", "console.huaweicloud.com"],
    ["cn-southwest-2", "console.huaweicloud.com"],
    ["ap-southeast-3", "console-intl.huaweicloud.com"],
    ["sa-brazil-1", "console-intl.huaweicloud.com"],
  ])("of %s leads to %s", (region, host) => {
    expect(renderCard(someBuild(), { region }).text).toContain(
      `<https://${host}/servicestage/?region=${region}|`,
    );
  });
});

describe("a message", () => {
  const mention = ["U1", "W2", "S3", "!channel"];
  const build = someBuild({ details: { jobName: "shop", index: "42" } }, { mention });
  const textOf = (content: Message, feed: Feed = build) => renderMessage(feed, content, settings).text;

  test.each<[string, Message, string]>([
    ["a transition", message(movedTo("Building")), "shop #42\n🔵 *Build*: Not started → Running"],
    [
      "how long a phase took",
      message({
        kind: "transition",
        transition: { phase: "Build", from: "Building", to: "Successful", at, lasted: exact(61) },
      }),
      "shop #42\n✅ *Build*: Running → Succeeded after 1 min 1 s",
    ],
    [
      "a failure, and mentions people",
      message({ ...movedTo("Failed", "Building"), outcome: "failed" } as Message),
      "shop #42\n<@U1> <@W2> <!subteam^S3>\n❌ The build *failed*.\n❌ *Build*: Running → Failed",
    ],
    [
      "the state at the first poll",
      message({
        kind: "caughtUp",
        transitions: [
          { phase: "Init", from: "NotStarted", to: "Successful", at },
          { phase: "Build", from: "NotStarted", to: "Failed", at },
        ],
        outcome: "failed",
      }),
      "shop #42\n❌ The build *failed*.\nThis build has already ended:\n" +
        "✅ *Init*: Not started → Succeeded\n❌ *Build*: Not started → Failed",
    ],
    [
      "an end without a transition",
      message({ kind: "ended", outcome: "succeeded" }),
      "shop #42\n✅ The build *succeeded*.",
    ],
  ])("shows %s", (_, content, text) => {
    expect(textOf(content)).toBe(text);
  });

  test.each<[string, Message, string]>([
    [
      "is out of reach",
      message({ kind: "outOfReach", since: at, reason: "unavailable" }),
      "⚠️ *No build updates at the moment*: ServiceStage does not respond (since <!date^1795446000^",
    ],
    [
      "is back",
      message({ kind: "backInReach", since: at }),
      "✅ *Build updates are back*. They had been missing since <!date^1795446000^",
    ],
  ])("informs a channel that ServiceStage %s", (_, content, text) => {
    expect(textOf(content, someNotices())).toContain(text);
  });

  test.each<[string, boolean, Message]>([
    ["a failure", true, message({ ...movedTo("Failed"), outcome: "failed" } as Message)],
    ["a time-out", true, message({ ...movedTo("Timeout"), outcome: "timedOut" } as Message)],
    ["an end in failure without a transition", true, message({ kind: "ended", outcome: "failed" })],
    ["giving up", true, message({ kind: "abandoned", reason: "unchanged" })],
    ["success", false, message({ ...movedTo("Successful"), outcome: "succeeded" } as Message)],
    ["a cancelled build", false, message({ ...movedTo("Cancel"), outcome: "cancelled" } as Message)],
    [
      "a failure that the first poll found",
      false,
      message({ kind: "caughtUp", transitions: [], outcome: "failed" }),
    ],
  ])("%s is urgent: %s", (_, urgent, content) => {
    expect(isUrgent(build, content)).toBe(urgent);
    expect(textOf(content).includes("<@U1>")).toBe(urgent);
  });

  const isSmallPrint = ({ type }: Rendered["blocks"][number]) => type === "context";
  const smallPrintOf = (feed: Build, sentAt?: number) =>
    textsIn(renderMessage(feed, message(movedTo("Building")), settings, sentAt).blocks.filter(isSmallPrint));

  test.each<[string, Build, number | undefined, string[]]>([
    ["in the card's thread, says nothing that stands there already", build, undefined, []],
    [
      "in the channel itself, says which build it is about",
      someBuild({ details: { jobName: "shop", index: "42" } }, { thread: false }),
      undefined,
      ["shop #42"],
    ],
    ["that is sent within a minute, has the time that Slack shows", build, at + 59_000, []],
    [
      "that is sent later, also says when its news was observed",
      build,
      at + 60_000,
      ["Observed <!date^1795446000^{date_short_pretty}, {time_secs}|2026-11-23 15:00:00 UTC>"],
    ],
  ])("%s", (_, feed, sentAt, said) => {
    expect(smallPrintOf(feed, sentAt)).toEqual(said);
  });

  test("an end that the first poll found mentions nobody", () => {
    expect(isUrgent({ ...build, observedAt: at }, message({ kind: "ended", outcome: "failed" }))).toBe(false);
  });
});

describe("an end", () => {
  const details = { jobName: "shop", startedAt: at - 100_000, endedAt: at };
  const closing = { logTail: ["npm test", "  1 failed <b>", "npm error `code` 1"] };
  const usual = { medianMillis: 80_000, builds: 5 };
  const snapshot = [
    phase("Init", "Successful", { startedAt: at - 4_000, lasted: exact(4) }),
    phase("Build", "Failed", { startedAt: at - 61_000, lasted: exact(61) }),
    phase("Artifact", "NotStarted"),
  ];
  const ended = (build: Partial<Build> = {}) =>
    someBuild({ status: "ended", outcome: "succeeded", details, closing, usual, snapshot, ...build });
  const { usual: _usual, ...withoutUsual } = ended();
  const failed = message({ kind: "ended", outcome: "failed" });
  const succeeded = message({ kind: "ended", outcome: "succeeded" });

  test.each<[string, Build, string]>([
    ["how long it took", withoutUsual, "\n1 min 40 s\n"],
    [
      "the observed duration, if ServiceStage gives none",
      ended({ details: { jobName: "shop" }, changedAt: at, lasted: exact(61) }),
      "\n1 min 1 s as observed · usual 1 min 20 s\n",
    ],
    [
      "the longest possible duration, if the notifier did not poll for a while",
      ended({ details: { jobName: "shop" }, changedAt: at, lasted: atMost(61) }),
      "\nat most 1 min 1 s as observed · usual 1 min 20 s\n",
    ],
    ["how long its job's builds usually take", ended(), "\n1 min 40 s · usual 1 min 20 s\n"],
  ])("shows %s", (_, build, text) => {
    expect(renderMessage(build, succeeded, settings).text).toContain(text);
    expect(renderCard(build, settings).text).not.toContain("undefined");
  });

  test.each<[Outcome, Row, string]>([
    ["failed", { of: "successes", builds: 12 }, "First failure after 12 successes."],
    ["failed", { of: "successes", builds: 1 }, "First failure: the build before succeeded."],
    ["timedOut", { of: "successes", builds: 99, orMore: true }, "First failure after at least 99 successes."],
    ["failed", { of: "failures", builds: 1 }, "Failed for the 2nd time in a row."],
    ["failed", { of: "failures", builds: 2 }, "Failed for the 3rd time in a row."],
    ["failed", { of: "failures", builds: 11 }, "Failed for the 12th time in a row."],
    ["failed", { of: "failures", builds: 20 }, "Failed for the 21st time in a row."],
    ["failed", { of: "failures", builds: 4, orMore: true }, "Failed at least 5 times in a row."],
    ["succeeded", { of: "failures", builds: 1 }, "Fixed: the build before failed."],
    ["succeeded", { of: "failures", builds: 3 }, "Fixed: the 3 builds before failed."],
    ["succeeded", { of: "failures", builds: 3, orMore: true }, "Fixed: at least 3 builds before failed."],
  ])("that %s after %j shows how it stands in the row", (outcome, row, text) => {
    const build = ended({ outcome, row });
    expect(renderMessage(build, message({ kind: "ended", outcome }), settings).text).toContain(`\n${text}\n`);
    expect(renderCard(build, settings).text).toContain(`\n${text}\n`);
  });

  test("does not speak of the row after a success that follows a success, and after a cancelled build", () => {
    for (const outcome of ["succeeded", "cancelled"] as const) {
      const build = ended({ outcome, row: { of: "successes", builds: 3 } });
      expect(renderMessage(build, message({ kind: "ended", outcome }), settings).text).not.toMatch(
        /First failure|Fixed|in a row/,
      );
    }
  });

  test("has a table with the time of each phase that was observed running", () => {
    expect(renderMessage(ended(), succeeded, settings).blocks).toContainEqual({
      type: "table",
      rows: [
        ["Phase", "State", "Time"],
        ["✅ Init", "Succeeded", "4 s"],
        ["❌ Build", "Failed", "1 min 1 s"],
      ].map((cells) => cells.map((text) => ({ type: "raw_text", text }))),
      column_settings: [{ align: "left" }, { align: "left" }, { align: "right" }],
    });
  });

  test("has the times in its text too, for a workspace that refuses the table", () => {
    expect(renderMessage(ended(), succeeded, settings).text).toContain(
      "✅ Init Succeeded 4 s\n❌ Build Failed 1 min 1 s",
    );
  });

  const rowsOf = (build: Build) =>
    renderMessage(build, failed, settings).blocks.flatMap((block) =>
      block.type === "table" ? block.rows.slice(1).map((cells) => cells.flatMap(textsIn)) : [],
    );

  test("says 'at most' for times with few polls, and has no number for an unknown time", () => {
    const phases = [
      phase("Init", "Successful", { startedAt: at - 160_000, lasted: atMost(160) }),
      phase("Build", "Failed"),
      phase("Artifact", "NotStarted"),
    ];
    expect(rowsOf(ended({ outcome: "failed", snapshot: phases }))).toEqual([
      ["✅ Init", "Succeeded", "at most 1 min 40 s"],
      ["❌ Build", "Failed", "–"],
    ]);
  });

  test("always has the failed phase in its table, also with many phases", () => {
    const many = Array.from({ length: 30 }, (_, index) => phase(`Step ${index}`, "Successful"));
    const rows = rowsOf(ended({ outcome: "failed", snapshot: [...many, phase("Last", "Failed")] }));
    expect(rows).toHaveLength(10);
    expect(rows.at(-1)).toEqual(["❌ Last", "Failed", "–"]);
  });

  test.each(["abandoned", "stopped"] as const)(
    "of a build that is %s does not say that a phase still runs",
    (status) => {
      const build = someBuild({ status, snapshot: [phase("Build", "Building", { startedAt: at - 5_000 })] });
      expect(renderCard(build, settings).text).toContain("Build: Running\n");
    },
  );

  test("in failure contains the last lines of the log, escaped, before its times", () => {
    const log = "End of the log:\n```\nnpm test\n  1 failed &lt;b&gt;\nnpm error 'code' 1\n```";
    const { text, blocks } = renderMessage(ended(), failed, settings);
    expect(text).toContain(`\n${log}\n1 min 40 s · usual 1 min 20 s\n`);
    expect(blocks.slice(1)).toEqual([
      { type: "section", text: { type: "mrkdwn", text: log, verbatim: true } },
      {
        type: "context",
        elements: [{ type: "mrkdwn", text: "1 min 40 s · usual 1 min 20 s", verbatim: true }],
      },
      expect.objectContaining({ type: "table" }),
    ]);
  });

  test("in success contains no log", () => {
    expect(renderMessage(ended(), succeeded, settings).text).not.toContain("```");
  });

  test("that the first poll found has no table, because no phase was observed running", () => {
    const found = message({ kind: "caughtUp", transitions: [], outcome: "failed" });
    expect(renderMessage(ended(), found, settings).blocks.map(({ type }) => type)).not.toContain("table");
  });

  test("is in the language of the setting", () => {
    const words = JSON.stringify([
      renderCard(ended(), { ...settings, language: "zh" }),
      renderMessage(ended(), failed, { ...settings, language: "zh" }),
    ]);
    expect(words).toContain("❌ 构建失败。");
    expect(words).toContain("1分40秒 · 通常 1分20秒");
    expect(words).not.toMatch(/Succeeded|Not started|Phase|usual|log:/);
  });
});

describe("with any text from outside", () => {
  const hostile = fc.oneof(
    fc.string({ unit: "binary", maxLength: 100 }),
    fc.constantFrom(
      "&".repeat(100),
      '"'.repeat(100),
      "\\".repeat(100),
      "<!channel>",
      "👍".repeat(50),
      "\uD83D",
    ),
  );
  const phases = fc.array(
    fc.record({
      id: hostile,
      name: hostile,
      state: fc.oneof(hostile, fc.constantFrom("Successful", "Building", "NotStarted")),
      since: fc.constant(at),
      startedAt: fc.constant(at - 61_000),
    }),
    { maxLength: 100, size: "max" },
  );
  const details = fc.record(
    {
      jobId: hostile,
      jobName: hostile,
      index: hostile,
      branch: hostile,
      commitId: hostile,
      commitComment: hostile,
      committer: hostile,
      creator: hostile,
    },
    { requiredKeys: [] },
  );
  const builds = fc
    .record({
      buildId: hostile,
      snapshot: phases,
      details,
      label: hostile,
      reason: hostile,
      logTail: fc.array(hostile, { maxLength: 12 }),
      committer: hostile,
    })
    .map(({ label, reason, logTail, committer, ...build }) =>
      someBuild(
        {
          ...build,
          closing: { logTail, committer: { name: committer, hint: true } },
          usual: { medianMillis: 1, builds: 20 },
          row: { of: "failures", builds: 1_000_000, orMore: true },
          slowSince: at,
          trouble: { reason, since: at, shown: true },
        },
        { label, mention: Array.from({ length: 100 }, () => "U0123456789") },
      ),
    );

  test("a card keeps Slack's limits and is safe", () => {
    const link = { region: "r", consoleUrlTemplate: "https://c.example/{jobId}?n={jobName}" };
    fc.assert(
      fc.property(builds, (build) => expect(problemsOf(renderCard(build, { ...link, actions }))).toEqual([])),
    );
  });

  test("a message keeps Slack's limits and is safe", () => {
    fc.assert(
      fc.property(builds, (build) => {
        const transitions = build.snapshot.map(({ name, state }) => ({
          phase: name,
          from: state,
          to: state,
          at,
        }));
        const messages = [
          message({ kind: "caughtUp", transitions, outcome: "failed" }),
          ...transitions
            .slice(0, 1)
            .map((transition) => message({ kind: "transition", transition, outcome: "failed" })),
        ];
        const ended = { ...build, details: { ...build.details, startedAt: at - 61_000, endedAt: at } };
        expect(messages.flatMap((content) => problemsOf(renderMessage(ended, content, settings)))).toEqual(
          [],
        );
      }),
    );
  });
});

/** The parts that Slack would refuse, or would not take for text. */
function problemsOf(rendered: Rendered): unknown[] {
  const { length } = JSON.stringify(rendered);
  return [
    ...findFaults(rendered),
    ...(length < 12_000 ? [] : [`${length} characters`]),
    ...textsOf(rendered).filter((text) => /[<>]|&(?!amp;|lt;|gt;)/.test(withoutOurOwn(text))),
  ];
}

const textsOf = ({ text, blocks, attachments = [] }: Rendered): string[] => [
  text,
  ...textsIn(blocks),
  ...textsIn(attachments),
];

/** All texts in blocks, at any depth. */
function textsIn(part: unknown): string[] {
  if (typeof part !== "object" || part === null) return [];
  return Object.entries(part).flatMap(([name, value]) =>
    name === "text" && typeof value === "string" ? [value] : textsIn(value),
  );
}

/** The text without the product's own tokens. */
const withoutOurOwn = (text: string): string =>
  text.replaceAll(/<(@U0123456789|!date\^\d+\^[^<>|]*\|[\d: -]+UTC|https:[^<>|]+\|[\w ]+)>/g, "");

test("the longest possible card keeps the limits too", () => {
  const worst = '"'.repeat(100);
  const build = someBuild(
    {
      status: "ended",
      outcome: "failed",
      snapshot: Array.from({ length: 100 }, (_, index) => phase(`${index}${worst}`, worst)),
      details: {
        jobId: "j".repeat(200),
        jobName: "n".repeat(200),
        index: worst,
        branch: worst,
        commitId: "0123456789abcdef",
        commitUrl: `https://github.com/${"a".repeat(280)}`,
        commitComment: worst,
        committer: worst,
        creator: worst,
        startedAt: at,
        endedAt: at,
      },
      trouble: { reason: worst.repeat(3), since: at, shown: true },
    },
    { label: worst },
  );
  const link = { region: "r", consoleUrlTemplate: "https://c.example/{jobId}?n={jobName}" };
  expect(problemsOf(renderCard(build, link))).toEqual([]);
  const longest: Build = {
    ...build,
    buildId: "b".repeat(128),
    status: "tracking",
    registration: { ...build.registration, id: "r".repeat(40) },
  };
  expect(problemsOf(renderCard(longest, { ...link, actions }))).toEqual([]);
});

test("the six documented phases are always shown, also with many others", () => {
  const others = Array.from({ length: 100 }, (_, index) => phase(`${index}`.padEnd(100, "&"), "Building"));
  const text = cardOf(someBuild({ snapshot: others }));
  for (const name of ["Init", "Download", "PreProcess", "Build", "Artifact", "PostProcess"]) {
    expect(text).toContain(`⚪ ${name}`);
  }
  expect(text).toMatch(/… and \d+ more/);
});

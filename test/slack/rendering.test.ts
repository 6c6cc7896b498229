import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { actions } from "../../lambda/domain/action.ts";
import type { Build } from "../../lambda/domain/build.ts";
import type { Message } from "../../lambda/domain/delivery.ts";
import type { Feed } from "../../lambda/domain/feed.ts";
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

  test("shows each phase with its symbol and duration, and running and failed phases in bold with their states", () => {
    const build = someBuild({
      snapshot: [
        phase("Init", "Successful", { lasted: exact(12) }),
        phase("Download", "Failed", { lasted: exact(130) }),
        phase("Scan", "Napping"),
      ],
    });
    expect(renderCard(build, settings).blocks[1]).toEqual({
      type: "section",
      text: {
        type: "mrkdwn",
        verbatim: true,
        text: [
          "✅ Init  12 s",
          "❌ *Download*  Failed  2 min 10 s",
          "⚪ PreProcess",
          "⚪ Build",
          "⚪ Artifact",
          "⚪ PostProcess",
          "❔ *Scan*  Napping  since <!date^1795446000^{time_secs} ({ago})|2026-11-23 15:00:00 UTC>",
        ].join("\n"),
      },
    });
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
      "Duration: 1 min 5 s (by ServiceStage's clock)",
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

  test("an end that the first poll found mentions nobody", () => {
    expect(isUrgent({ ...build, observedAt: at }, message({ kind: "ended", outcome: "failed" }))).toBe(false);
  });
});

describe("an end", () => {
  const details = { jobName: "shop", startedAt: at - 100_000, endedAt: at };
  const closing = {
    logTail: ["npm test", "  1 failed <b>", "npm error `code` 1"],
    usual: { medianMillis: 80_000, builds: 5 },
  };
  const snapshot = [
    phase("Init", "Successful", { startedAt: at - 4_000, lasted: exact(4) }),
    phase("Build", "Failed", { startedAt: at - 61_000, lasted: exact(61) }),
    phase("Artifact", "NotStarted"),
  ];
  const ended = (build: Partial<Build> = {}) =>
    someBuild({ status: "ended", outcome: "succeeded", details, closing, snapshot, ...build });
  const failed = message({ kind: "ended", outcome: "failed" });
  const succeeded = message({ kind: "ended", outcome: "succeeded" });

  test.each<[string, Build, string]>([
    ["how long it took", ended({ closing: {} }), "Duration: 1 min 40 s (by ServiceStage's clock)."],
    [
      "the observed duration, if ServiceStage gives none",
      ended({ details: { jobName: "shop" }, changedAt: at, lasted: exact(61) }),
      "Duration: 1 min 1 s (as observed).",
    ],
    [
      "the longest possible duration, if the notifier did not poll for a while",
      ended({ details: { jobName: "shop" }, changedAt: at, lasted: atMost(61) }),
      "Duration: at most 1 min 1 s (as observed).",
    ],
    [
      "that it took longer than usual",
      ended(),
      "25% longer than usual. The median of the job's last 5 successful builds is 1 min 20 s.",
    ],
    [
      "that it took less than usual",
      ended({ closing: { usual: { medianMillis: 200_000, builds: 1 } } }),
      "50% shorter than usual. The job's last successful build took 3 min 20 s.",
    ],
    [
      "that it took about as long as usual",
      ended({ closing: { usual: { medianMillis: 96_000, builds: 2 } } }),
      "As long as usual. The median of the job's last 2 successful builds is 1 min 36 s.",
    ],
  ])("shows %s", (_, build, text) => {
    expect(renderMessage(build, succeeded, settings).text).toContain(text);
    expect(renderCard(build, settings).text).not.toContain("undefined");
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

  test("in failure is not compared with the usual time, which is that of successful builds", () => {
    const build = ended({ outcome: "failed" });
    const words = JSON.stringify([renderMessage(build, failed, settings), renderCard(build, settings)]);
    expect(words).toContain("Duration: 1 min 40 s (by ServiceStage's clock).");
    expect(words).not.toContain("usual");
  });

  test.each(["abandoned", "stopped"] as const)(
    "of a build that is %s does not say that a phase still runs",
    (status) => {
      const build = someBuild({ status, snapshot: [phase("Build", "Building", { startedAt: at - 5_000 })] });
      expect(renderCard(build, settings).text).toContain("Build: Running\n");
    },
  );

  test("in failure contains the last lines of the log, escaped", () => {
    const log = "End of the log:\n```\nnpm test\n  1 failed &lt;b&gt;\nnpm error 'code' 1\n```";
    const { text, blocks } = renderMessage(ended(), failed, settings);
    expect(text.endsWith(`\n${log}`)).toBe(true);
    expect(blocks).toContainEqual({ type: "section", text: { type: "mrkdwn", text: log, verbatim: true } });
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
    expect(words).toContain("用时：1分40秒（以 ServiceStage 的时钟为准）。");
    expect(words).toContain("比平时长 25%。该任务最近 5 次成功构建用时的中位数为 1分20秒。");
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
      committer: hostile,
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
    })
    .map(({ label, reason, logTail, ...build }) =>
      someBuild(
        {
          ...build,
          closing: { logTail, usual: { medianMillis: 1, builds: 20 } },
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
        commitId: worst,
        committer: worst,
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

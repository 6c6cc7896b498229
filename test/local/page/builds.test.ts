import { describe, expect, test } from "@jest/globals";
import type { BuildView } from "../../../lambda/builds-api/schemas.ts";
import { renderBuilds, type BuildsContext } from "../../../local/page/view/builds.ts";
import { wordsOf } from "./markup.ts";

const at = Date.UTC(2026, 10, 23, 15);
const time = new Date(at).toISOString();
const channels = new Map([["C0BUILDS001", "builds"]]);

const build = (fields: Partial<BuildView> = {}): BuildView => ({
  buildId: "fails-1",
  status: "tracking",
  settings: { channel: "C0BUILDS001", mention: [], thread: true } as unknown as BuildView["settings"],
  registeredAt: time,
  changedAt: time,
  phases: [],
  pending: [],
  history: [],
  ...fields,
});

const render = (fields: Partial<BuildView>, context: BuildsContext = { now: at, channels }) =>
  renderBuilds({ builds: [build(fields)], more: 0 }, context);

const pending = (what: string, why: BuildView["pending"][number]["why"], detail: string) => ({
  kind: "transition" as const,
  what,
  why,
  detail,
});
const told = (what: string, how: BuildView["history"][number]["how"], reason?: string) => ({
  kind: "transition" as const,
  what,
  how,
  recordedAt: time,
  at: time,
  ...(reason && { reason }),
});

describe("a build in words", () => {
  const running = [{ name: "Init", state: "Building", since: time, durationSeconds: 1 }];

  test.each<[string, Partial<BuildView>, string]>([
    ["its job's name and number", { job: { name: "shop", index: "7" } }, "shop #7 Not started fails-1"],
    [
      "without a job its label",
      { settings: { ...build().settings, label: "nightly" } },
      "nightly Not started fails-1",
    ],
    [
      "beside its job's name its label",
      { job: { name: "shop" }, settings: { ...build().settings, label: "nightly" } },
      "shop Not started nightly fails-1",
    ],
    ["without both its id", {}, "fails-1 Not started fails-1"],
    ["a phase moves", { phases: running }, "fails-1 Running fails-1"],
    [
      "it is between two phases",
      { phases: [{ name: "Init", state: "Successful", since: time }] },
      "fails-1 Running fails-1",
    ],
    [
      "it is over, with its duration",
      { status: "ended", outcome: "failed", durationAtMostSeconds: 22 },
      "fails-1 Failed fails-1 at most 22 s",
    ],
    ["it is over", { status: "ended", outcome: "timedOut" }, "fails-1 Timed out fails-1"],
    ["a person asked to stop it", { status: "stopping" }, "fails-1 Stopping fails-1"],
    ["it is not tracked any more", { status: "abandoned" }, "fails-1 Tracking stopped fails-1"],
    [
      "it can't be read",
      { trouble: { reason: "refused", detail: "The key is refused.", nextTryAt: time } },
      `The key is refused. Next attempt at ${new Date(at).toLocaleTimeString("en-GB")} .`,
    ],
    ["nothing is pending any more", { history: [told("a → b", "sent")] }, "1 sent · nothing pending"],
    [
      "a message that was found after a lost answer is counted once",
      {
        history: [told("a → b", "found"), told("b → c", "sent")],
        pending: [pending("c → d", "waiting", "Soon.")],
      },
      "2 sent · 1 found, not sent again a → b found in Slack, after Slack’s answer was lost at",
    ],
    [
      "a message that the setting leaves out is counted as left out",
      { history: [told("a → b", "leftOut"), told("b → c", "sent")] },
      "1 sent · 1 left out · nothing pending a → b not sent, because of the setting “notify” at",
    ],
    [
      "an undeliverable message has its reason",
      { history: [told("a → b", "undeliverable", "msg_too_long")] },
      `0 sent · 1 undeliverable · nothing pending a → b undeliverable at ${new Date(at).toLocaleTimeString("en-GB")} : msg_too_long`,
    ],
  ])("%s", (_sentence, fields, words) => {
    expect(wordsOf(render(fields))).toContain(words);
  });
});

describe("a build that is told in two channels is one build", () => {
  const [inBuilds, inSearch] = ["C0BUILDS001", "C0SEARCH001"].map((channel) => ({
    ...build().settings,
    channel,
  })) as [BuildView["settings"], BuildView["settings"]];
  const names = new Map([...channels, ["C0SEARCH001", "search-team"]]);
  const card = (channel: string) => ({ upToDate: true, link: `https://slack.com/archives/${channel}/p1` });
  const renderBoth = (first: Partial<BuildView>, second: Partial<BuildView>) =>
    renderBuilds(
      {
        builds: [build({ settings: inBuilds, ...first }), build({ settings: inSearch, ...second })],
        more: 0,
      },
      { now: at, channels: names },
    );

  test.each<[string, Partial<BuildView>, Partial<BuildView>, string]>([
    [
      "it runs",
      { card: card("C0BUILDS001"), usualSeconds: 30, history: [told("a → b", "sent")] },
      { card: card("C0SEARCH001"), settings: { ...inSearch, label: "nightly" } },
      `fails-1 Not started fails-1 usual 30 s Thread in #builds Thread in #search-team #builds · 1 sent · nothing pending a → b sent at ${new Date(at).toLocaleTimeString("en-GB")} Stop tracking in #builds Stop tracking in #search-team`,
    ],
    [
      "one of them waits",
      {},
      { pending: [pending("a → b", "waiting", "Soon.")] },
      "fails-1 Not started fails-1 #search-team: Waiting 1 message pending a → b Soon.",
    ],
    [
      "one of them refuses",
      {},
      { channelProblem: { detail: "Invite the app.", since: time } },
      "fails-1 Not started fails-1 #search-team Invite the app. Stop tracking in #builds",
    ],
    [
      "it is followed in one of them alone",
      { status: "stopped", history: [told("a → b", "sent")] },
      { phases: [{ name: "Init", state: "Building", since: time, durationSeconds: 1 }] },
      "fails-1 Running fails-1 1 s Init Running · 1 s #builds: tracking stopped · 1 sent · nothing pending",
    ],
    [
      "it is over",
      { status: "ended", outcome: "failed", durationSeconds: 22, usualSeconds: 30 },
      { status: "ended", outcome: "failed", history: [told("a → b", "sent")] },
      "fails-1 Failed fails-1 22 s · usual 30 s #builds #search-team · 1 sent · nothing pending #builds #search-team a → b",
    ],
  ])("%s", (_sentence, first, second, words) => {
    const both = renderBoth(first, second);
    expect(both.text.match(/<article/g)).toHaveLength(1);
    expect(wordsOf(both)).toContain(words);
  });
});

describe("the pending messages are grouped by their reason", () => {
  test.each<[string, BuildView["pending"], string]>([
    [
      "in doubt",
      [pending("a → b", "inDoubt", "It may have arrived.")],
      "In doubt: the notifier checks in Slack before it sends 1 message pending a → b It may have arrived.",
    ],
    [
      "refused, with a way to try again",
      [
        pending("a → b", "refused", "Slack refused the channel."),
        pending("b → c", "refused", "Slack refused the channel."),
      ],
      "Refused 2 messages pending a → b b → c Slack refused the channel. Try again now",
    ],
    [
      "being sent",
      [pending("a → b", "sending", "The message is being sent now.")],
      "Being sent 1 message pending a → b The message is being sent now. If Slack’s answer is lost, a later pass checks in Slack",
    ],
    [
      "two reasons",
      [pending("the card", "refused", "No."), pending("a → b", "waiting", "Soon.")],
      "Refused 1 message pending the card No. Try again now Waiting 1 message pending a → b Soon.",
    ],
  ])("%s", (_sentence, pending, words) => {
    expect(wordsOf(render({ pending }))).toContain(words);
  });
});

describe("the link to the messages", () => {
  const card = { upToDate: true, link: "https://slack.com/archives/C0BUILDS001/p1795446000000001" };

  test("leads to the thread on this page", () => {
    expect(render({ card }).text).toContain('<a href="#thread-1795446000000001">Thread in #builds</a>');
  });
  test("leads to the card if the messages are in the channel itself", () => {
    const settings = { ...build().settings, thread: false };
    expect(render({ card, settings }).text).toContain('<a href="#channel-C0BUILDS001">Card in #builds</a>');
  });
  test("is missing after a person deleted the card", () => {
    const { text } = render({ card }, { now: at, channels, holds: () => false });
    expect(text).toContain("<span>The card in #builds was deleted</span>");
    expect(text).not.toContain("<a ");
  });
  test("leads to Slack if it is the real Slack", () => {
    expect(render({ card }, { now: at }).text).toContain(`<a href="${card.link}" target="_blank"`);
  });
});

test("the phases of a build that is over are one bar, until a person opens it", () => {
  const phases = [
    { name: "Init", state: "Successful", since: time, durationSeconds: 5 },
    { name: "Build", state: "Failed", since: new Date(at + 10_000).toISOString(), durationSeconds: 10 },
  ];
  expect(render({ phases }).text).not.toContain("<details");
  const { text } = render({ phases, status: "ended", outcome: "failed" });
  const bar = /<details class="over" [^>]*>\s*<summary>(.*?)<\/summary>/s.exec(text)?.[1] ?? "";
  expect([...bar.matchAll(/<rect\s+class="([\w-]+)"/g)].map(([, kind]) => kind)).toEqual([
    "is-good",
    "is-bad",
  ]);
  expect(text.indexOf("</summary>")).toBeLessThan(text.indexOf('class="timeline"'));
});

test("only a build that is tracked can be stopped", () => {
  expect(wordsOf(render({}))).toContain("Stop tracking");
  expect(wordsOf(render({ status: "ended", outcome: "failed" }))).not.toContain("Stop tracking");
});

test("names from outside are shown as text", () => {
  const text = render({ job: { name: "<b>", index: '"' }, phases: [{ name: "<i>", state: "<u>" }] }).text;
  expect(text).not.toMatch(/<[biu]>/);
});

test("without builds, or with too many, the page says so", () => {
  expect(wordsOf(renderBuilds({ builds: [], more: 0 }, { now: at }))).toBe(
    "No build is tracked yet. Start a sample build.",
  );
  expect(wordsOf(renderBuilds({ builds: [], more: 3 }, { now: at }))).toContain("and 3 older builds");
});

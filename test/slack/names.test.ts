import { describe, expect, test } from "@jest/globals";
import type { Build } from "../../lambda/domain/build.ts";
import type { MessageContent } from "../../lambda/domain/delivery.ts";
import { languages } from "../../lambda/names.ts";
import type { Rendered } from "../../lambda/slack/blocks.ts";
import { renderCard } from "../../lambda/slack/card.ts";
import { renderMessage } from "../../lambda/slack/messages.ts";
import { renderMessage as draw } from "../../local/slack/html.ts";
import { at, exact, message, phase, someBuild } from "./builds.ts";

/** Names from outside stand in every message as they are: the local Slack finds no markup in them. */

const names = [
  "__init__",
  "_init",
  "*release*",
  "＊release＊",
  "~old~",
  "`code`",
  ":100:",
  "app:100:2",
  "a:tada",
  "> quoted",
  ">>> quoted",
  "＞ quoted",
  "@here",
  "@channel",
  "#general",
  "general",
  "https://a.example",
  "www.evil.com",
  "ann@mail.example",
  "<!channel>",
  "<@U0123456789>",
  "a & b",
  "&lt;b&gt;",
  "*_~all~_*",
  "a_ and _b",
  "构_建_x",
  "x* y*",
];
const harmless = "checkout";

/** Where a name stands, and what makes a build that has it there. */
const places: Record<string, (name: string) => Build> = {
  job: (name) => failing({ details: { jobName: name, index: "7" } }),
  "build's number": (name) => failing({ details: { jobName: "shop", index: name } }),
  label: (name) => failing({ details: { jobName: "shop" } }, name),
  "label in place of the job": (name) => failing({}, name),
  branch: (name) => failing({ details: { jobName: "shop", branch: name } }),
  commit: (name) => failing({ details: { jobName: "shop", commitId: name.slice(0, 8) } }),
  committer: (name) => failing({ details: { jobName: "shop", committer: name } }),
  phase: (name) => failing({ snapshot: [phase(name, "Failed", { lasted: exact(5) })] }),
  "phase that runs": (name) => failing({ snapshot: [phase(name, "Building"), phase("Build", "Failed")] }),
  state: (name) => failing({ snapshot: [phase("Build", name), phase("Init", "Failed")] }),
};

/** Without a card yet, so that its messages say what was built, too. */
function failing(build: Partial<Build>, label?: string): Build {
  const settings = { thread: false, ...(label !== undefined && { label }) };
  const { delivery, ...some } = someBuild({ status: "ended", outcome: "failed", ...build }, settings);
  return { ...some, delivery: { outbox: delivery.outbox, nextNumber: 1, history: [] } };
}

/** The card, and a message of each kind, with blocks and without. */
function messagesOf(build: Build, language: (typeof languages)[number]): Record<string, Rendered> {
  const settings = { region: "eu-west-101", language };
  const transitions = build.snapshot.map(({ name, state }) => ({ phase: name, from: state, to: state, at }));
  const contents: MessageContent[] = [
    { kind: "ended", outcome: "failed" },
    { kind: "caughtUp", transitions },
    ...transitions.map((transition) => ({ kind: "transition" as const, transition })),
  ];
  const all: Record<string, Rendered> = { card: renderCard(build, settings) };
  for (const content of contents) all[content.kind] = renderMessage(build, message(content), settings);
  for (const [kind, { text }] of Object.entries(all)) all[`${kind}, plain`] = { text, blocks: [] };
  return all;
}

const visible = (html: string): string =>
  html
    .replaceAll(/<[^>]*>/g, "")
    .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replaceAll("\u2009", "");

const marksIn = (html: string) => ({
  em: html.split("<em>").length,
  struck: html.split("<s>").length,
  quotes: html.split("<blockquote").length,
  emoji: html.split("slack-emoji").length,
  mentions: html.split("slack-mention").length,
  links: html.split("<a ").length,
});

describe.each(Object.keys(places))("the name of a %s", (place) => {
  const [build, shownOf] = [places[place]!, (name: string) => (place === "commit" ? name.slice(0, 8) : name)];

  test.each(names)("%s is shown as it is, in every message and language", (name) => {
    for (const language of languages) {
      const plain = messagesOf(build(harmless), language);
      for (const [kind, rendered] of Object.entries(messagesOf(build(name), language))) {
        const [drawn, other] = [draw(rendered), draw(plain[kind]!)];
        const about = `${kind} in ${language}`;
        expect([about, marksIn(drawn)]).toEqual([about, marksIn(other)]);
        if (!visible(other).includes(shownOf(harmless))) continue;
        // Nothing holds a backtick: it would end the code.
        expect(visible(drawn).replaceAll("'", "`")).toContain(shownOf(name).trim());
      }
    }
  });
});

test("a notice shows an unheard reason as it is", () => {
  const build = someBuild({ trouble: { reason: "*odd* :100:", since: at, shown: true } });
  const drawn = draw(renderCard(build, { region: "r" }));
  expect(visible(drawn)).toContain("*odd* :100:");
  expect(drawn).toContain("<code>*odd* :100:</code>");
});

test("a name that needs no code is shown without", () => {
  for (const name of [
    "snake_case_name",
    "feature/tax-per-line",
    "v1.2.3",
    "nightly build",
    "构建",
    "a-b_c",
    "it's 50%",
  ]) {
    expect(renderCard(someBuild({ details: { branch: name } }), { region: "r" }).text).toContain(
      `Branch ${name} ·`,
    );
  }
});

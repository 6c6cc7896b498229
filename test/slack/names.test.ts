import { describe, expect, test } from "@jest/globals";
import { languages } from "../../lambda/names.ts";
import { renderCard } from "../../lambda/slack/card.ts";
import { renderMessage as draw } from "../../local/slack/html.ts";
import { at, someBuild } from "./builds.ts";
import { marksIn, messagesOf, places, visible } from "./places.ts";

/** Every message shows names from outside unchanged, and the local Slack finds no markup in them. */

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

describe.each(Object.keys(places))("the name of a %s", (place) => {
  const [build, shownOf] = [places[place]!, (name: string) => (place === "commit" ? name.slice(0, 8) : name)];

  test.each(names)("%s is shown unchanged, in every message and language", (name) => {
    for (const language of languages) {
      const plain = messagesOf(build(harmless), language);
      for (const [kind, rendered] of Object.entries(messagesOf(build(name), language))) {
        const [drawn, other] = [draw(rendered), draw(plain[kind]!)];
        const about = `${kind} in ${language}`;
        expect([about, marksIn(drawn)]).toEqual([about, marksIn(other)]);
        if (!visible(other).includes(shownOf(harmless))) continue;
        // No text contains a backtick, because it would end the code.
        expect(visible(drawn).replaceAll("'", "`")).toContain(shownOf(name).trim());
      }
    }
  });
});

test("a notice shows an unknown reason unchanged", () => {
  const build = someBuild({ trouble: { reason: "*odd* :100:", since: at, shown: true } });
  const drawn = draw(renderCard(build, { region: "r" }));
  expect(visible(drawn)).toContain("*odd* :100:");
  expect(drawn).toContain("<code>*odd* :100:</code>");
});

test("a name that needs no code is shown without code", () => {
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

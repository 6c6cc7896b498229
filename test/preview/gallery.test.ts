import { describe, expect, test } from "@jest/globals";
import { languages } from "../../lambda/names.ts";
import { findFaults } from "../../local/slack/limits.ts";
import { captions } from "../../preview/captions.ts";
import { createGallery, type Entry } from "../../preview/gallery.ts";
import { renderPage } from "../../preview/page.ts";

/** The golden messages are in `__snapshots__`. `npm test -- test/preview -u` writes them again. Read the differences. */
describe.each(languages)("every message, in %s,", (language) => {
  const gallery = createGallery(language);

  test.each(gallery)("$name, is as it was", ({ message }) => {
    expect(message).toMatchSnapshot();
  });

  test.each(gallery)("$name, is one that Slack takes, and its text alone too", ({ message }) => {
    expect(findFaults(message)).toEqual([]);
    expect(findFaults({ text: message.text, blocks: [], attachments: [] })).toEqual([]);
  });

  test("has a name of its own", () => {
    expect(new Set(gallery.map(({ name }) => name)).size).toBe(gallery.length);
  });
});

test("no word of English is left in a Chinese message, but ServiceStage's own name and what came from outside", () => {
  const known =
    /ServiceStage|ReadOnlyAccess|UTC|ID|\/builds me|webshop-checkout|Round the tax per line, as the invoices do|feature|tax|per-line|Mei Lin|nightly|Scan|Napping|build|deploy|0f7fqckz|__init__|\*release\* :100: @here/g;
  const told = createGallery("zh")
    .map(({ message }) => message.text)
    .join("\n")
    .replaceAll(/```[^]*?```|<[^>|]*\||<[@!][^>]*>|4f1c9a27/g, "")
    .replaceAll(known, "");
  expect(told.match(/[A-Za-z]{2,}/g)).toBeNull();
});

test("the Chinese page says nothing in English but the names of products", () => {
  const entries = createGallery("zh");
  const page = renderPage(entries, { language: "zh", locale: "zh-CN", styles: "", links: [], now: 0 });
  const said = [
    ...page.matchAll(/<(title|h1|h2|a [^>]*)>([^<]*)</g),
    ...Object.values(captions.zh.sections).map(({ about }) => ["", "", about]),
  ].map(([, , words]) => words!.replaceAll(/ServiceStage|ReadOnlyAccess|4f1c9a27|Block Kit Builder/g, ""));
  expect(said.length).toBeGreaterThan(entries.length);
  expect(said.filter((words) => /[A-Za-z]/.test(words))).toEqual([]);
});

test("the languages have the same messages", () => {
  const [en, zh] = languages.map((language) => createGallery(language).map(({ name }) => name));
  expect(zh).toEqual(en);
});

test("the page shows each message with its JSON, and nothing of it as markup", () => {
  const entry: Entry = {
    name: "card: <b>",
    section: "card",
    caption: "<b>",
    message: {
      text: "<script>",
      blocks: [{ type: "section", text: { type: "mrkdwn", text: "</pre><script>", verbatim: true } }],
    },
  };
  const page = renderPage([entry], { language: "en", locale: "en", styles: "", links: [], now: 0 });
  expect(page).not.toContain("<script>");
  expect(page).toContain("Open in Block Kit Builder");
  expect(page).toContain('<h3><a href="#card-b-">&#60;b&#62;</a></h3>');
});

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { beginCommand } from "../command/command.ts";
import { languages, type Language } from "../lambda/names.ts";
import { assets } from "../local/page/assets.ts";
import { createGallery, endedAt } from "./gallery.ts";
import { renderPage } from "./page.ts";

/** `npm run preview`: a page and a JSON file for each language, in `preview/out`. */

beginCommand({
  name: "npm run preview",
  does: "Writes every message, in each language, into preview/out: pages, and JSON files for Slack's Block Kit Builder.",
  flags: {},
});

const out = new URL("out/", import.meta.url);
const locales: Record<Language, string> = { en: "en-GB", zh: "zh-CN" };
const names: Record<Language, string> = { en: "English", zh: "简体中文" };
const links = languages.map((language) => ({ href: `${language}.html`, name: names[language] }));
const styles = ["./page.css", "../local/slack/message.css"]
  .map((file) => readFileSync(new URL(file, import.meta.url), "utf8"))
  .join("\n");

mkdirSync(out, { recursive: true });
copyFileSync(assets["emoji.woff2"]!, new URL("emoji.woff2", out));
for (const language of languages) {
  const entries = createGallery(language);
  const page = renderPage(entries, { language, locale: locales[language], styles, links, now: endedAt });
  writeFileSync(new URL(`${language}.html`, out), page);
  writeFileSync(new URL(`${language}.json`, out), JSON.stringify(entries, undefined, 2));
  console.log(`preview/out/${language}.html and .json: ${entries.length} messages`);
}

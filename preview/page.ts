import type { Language } from "../lambda/names.ts";
import { html, Html } from "../local/html.ts";
import type { Reader } from "../local/slack/date.ts";
import { renderMessage } from "../local/slack/html.ts";
import { captions } from "./captions.ts";
import type { Entry, SectionName } from "./gallery.ts";

/** The page of a gallery. It shows each message as in Slack, its notification and its JSON. */
export interface PageSettings {
  language: Language;
  /** The document's language, such as `zh-CN`. */
  locale: string;
  styles: string;
  /** Links to the pages of all languages, including this page. */
  links: { href: string; name: string }[];
  /** The reader's time, in epoch milliseconds. */
  now: number;
}

export function renderPage(entries: readonly Entry[], settings: PageSettings): string {
  const { language, locale, styles, links, now } = settings;
  const reader = { locale, now, timeZone: "UTC" };
  const { title, heading } = captions[language];
  const groups = [...Map.groupBy(entries, ({ section }) => section)];
  return html`<!doctype html>
    <html lang="${locale}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${new Html(styles)}
        </style>
      </head>
      <body>
        <header>
          <h1>${heading}</h1>
          <nav>${links.map(({ href, name }) => html`<a href="${href}">${name}</a>`)}</nav>
        </header>
        ${groups.map(([section, group]) => renderContents(section, group, language))}
        <main>${groups.map(([section, group]) => renderSection(section, group, reader, language))}</main>
      </body>
    </html>`.text;
}

/** The address of a message on its page, such as `#card-failed`. */
const anchorOf = ({ name }: Entry): string => name.replaceAll(/\W+/g, "-");

const renderContents = (section: SectionName, entries: readonly Entry[], language: Language): Html =>
  html`<nav class="contents">
    <a href="#${section}">${captions[language].sections[section].heading}</a>
    ${entries.map((entry) => html`<a href="#${anchorOf(entry)}">${captions[language].say(entry.caption)}</a>`)}
  </nav>`;

function renderSection(
  section: SectionName,
  entries: readonly Entry[],
  reader: Reader,
  language: Language,
): Html {
  const { heading, about } = captions[language].sections[section];
  return html`<section id="${section}">
    <h2>${heading}</h2>
    <p>${about}</p>
    <div class="entries">${entries.map((entry) => renderEntry(entry, reader, language))}</div>
  </section>`;
}

function renderEntry(entry: Entry, reader: Reader, language: Language): Html {
  const { caption, message } = entry;
  const json = JSON.stringify(message, undefined, 2);
  const { say, openInBuilder } = captions[language];
  return html`<article id="${anchorOf(entry)}">
    <h3><a href="#${anchorOf(entry)}">${say(caption)}</a></h3>
    ${new Html(renderMessage(message, reader))}
    <details>
      <summary>JSON</summary>
      <a href="${builderLink(message)}">${openInBuilder}</a>
      <pre>${json}</pre>
    </details>
  </article>`;
}

/** A link that opens a message in Slack's Block Kit Builder: https://app.slack.com/block-kit-builder */
const builderLink = ({ blocks, attachments = [] }: Entry["message"]): string =>
  `https://app.slack.com/block-kit-builder/#${encodeURIComponent(JSON.stringify({ blocks, attachments }))}`;

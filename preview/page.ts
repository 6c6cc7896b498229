import type { Language } from "../lambda/names.ts";
import { html, Html } from "../local/html.ts";
import type { Reader } from "../local/slack/date.ts";
import { renderMessage } from "../local/slack/html.ts";
import { captions } from "./captions.ts";
import type { Entry } from "./gallery.ts";

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
        <main>${entries.map((entry) => renderEntry(entry, reader, language))}</main>
      </body>
    </html>`.text;
}

function renderEntry({ name, message }: Entry, reader: Reader, language: Language): Html {
  const json = JSON.stringify(message, undefined, 2);
  const { captionOf, openInBuilder } = captions[language];
  return html`<article>
    <h2>${captionOf(name)}</h2>
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

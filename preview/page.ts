import type { Language } from "../lambda/names.ts";
import { html, Html } from "../local/html.ts";
import type { Reader } from "../local/slack/date.ts";
import { renderMessage } from "../local/slack/html.ts";
import { captions } from "./captions.ts";
import type { Entry } from "./gallery.ts";

/** A gallery's page: each message as Slack would show it, its notification, and its JSON. */
export interface PageSettings {
  language: Language;
  /** Of the document, such as `zh-CN`. */
  locale: string;
  styles: string;
  /** To all languages' pages, this one's included. */
  links: { href: string; name: string }[];
  /** Epoch milliseconds: when the messages are looked at. */
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

/** Slack's Block Kit Builder takes a message in its address: https://app.slack.com/block-kit-builder */
const builderLink = ({ blocks, attachments = [] }: Entry["message"]): string =>
  `https://app.slack.com/block-kit-builder/#${encodeURIComponent(JSON.stringify({ blocks, attachments }))}`;

import { html, Html } from "../local/html.ts";
import type { Reader } from "../local/slack/date.ts";
import { renderMessage } from "../local/slack/html.ts";
import type { Entry } from "./gallery.ts";

/** A gallery's page: each message as Slack would show it, its notification, and its JSON. */
export interface PageSettings {
  /** Of the document, such as `zh-CN`. */
  locale: string;
  styles: string;
  /** To all languages' pages, this one's included. */
  links: { href: string; name: string }[];
  /** Epoch milliseconds: when the messages are looked at. */
  now: number;
}

export function renderPage(entries: readonly Entry[], { locale, styles, links, now }: PageSettings): string {
  const reader = { locale, now, timeZone: "UTC" };
  return html`<!doctype html>
    <html lang="${locale}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Every message of the build notifier</title>
        <style>
          ${new Html(styles)}
        </style>
      </head>
      <body>
        <header>
          <h1>Every message</h1>
          <nav>${links.map(({ href, name }) => html`<a href="${href}">${name}</a>`)}</nav>
        </header>
        <main>${entries.map((entry) => renderEntry(entry, reader))}</main>
      </body>
    </html>`.text;
}

function renderEntry({ name, message }: Entry, reader: Reader): Html {
  const json = JSON.stringify(message, undefined, 2);
  return html`<article>
    <h2>${name}</h2>
    ${new Html(renderMessage(message, reader))}
    <details>
      <summary>JSON</summary>
      <a href="${builderLink(message)}">Open in Block Kit Builder</a>
      <pre>${json}</pre>
    </details>
  </article>`;
}

/** Slack's Block Kit Builder takes a message in its address: https://app.slack.com/block-kit-builder */
const builderLink = ({ blocks, attachments = [] }: Entry["message"]): string =>
  `https://app.slack.com/block-kit-builder/#${encodeURIComponent(JSON.stringify({ blocks, attachments }))}`;

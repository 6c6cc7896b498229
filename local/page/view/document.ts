import { html, type Content } from "../../html.ts";
import { styles } from "../assets.ts";

export interface Regions {
  counts: Content;
  start: Content;
  simulator: Content;
  /** The channels, or a text about the real Slack. */
  slack: Content;
  jobs: Content;
  registration: Content;
  subscription: Content;
  builds: Content;
}

/** On a narrow screen one of the two is in sight. */
const views = html`<fieldset class="views">
  <legend>Show</legend>
  <label><input type="radio" name="view" id="view-slack" checked /> <span>Slack</span></label>
  <label><input type="radio" name="view" id="view-builds" /> <span>Builds</span></label>
</fieldset>`;

/** The whole page for the first load. Later its regions are pushed when they change. */
export const renderDocument = ({
  counts,
  start,
  simulator,
  slack,
  jobs,
  registration,
  subscription,
  builds,
}: Regions): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>Build Notifier</title>
        <link rel="icon" href="/page/logo.svg" />
        ${styles.map((name) => html`<link rel="stylesheet" href="/page/${name}" />`)}
        <script type="module" src="/page/page.js"></script>
      </head>
      <body>
        <a class="skip" href="#tracked">Skip to the builds</a>
        <header class="top">
          <img src="/page/logo.svg" alt="" width="28" height="28" />
          <h1>Build Notifier <span>on this machine</span></h1>
          ${counts} ${start}
          <p id="notice" class="notice" role="alert" hidden></p>
        </header>
        ${views} ${simulator}
        <main>
          <section class="slack" id="slack" data-view="slack" aria-label="Slack">${slack}</section>
          <section
            class="tracked"
            id="tracked"
            data-view="builds"
            aria-labelledby="tracked-title"
            tabindex="-1"
          >
            <h2 id="tracked-title">Builds</h2>
            ${jobs} ${registration} ${builds}
          </section>
        </main>
        ${subscription}
      </body>
    </html>`.text;

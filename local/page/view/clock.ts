import { html, type Html } from "../../html.ts";

/** The time of day in this machine's time zone. @param time ISO 8601, or epoch milliseconds */
export function renderClock(time: string | number): Html {
  const at = new Date(time);
  return html`<time datetime="${at.toISOString()}">${at.toLocaleTimeString("en-GB")}</time>`;
}

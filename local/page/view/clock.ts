import { html, type Html } from "../../html.ts";
import { renderTimeOfDay } from "../../slack/date.ts";

/** The time of day in this machine's time zone. @param time ISO 8601, or epoch milliseconds */
export function renderClock(time: string | number): Html {
  const at = new Date(time);
  return html`<time datetime="${at.toISOString()}">${renderTimeOfDay(at.getTime(), {})}</time>`;
}

import { html, type Html } from "../../html.ts";

/** The form that starts a sample build: the page's main action. */

/** What a sample build of each kind does. */
const kindLabels: Record<string, string> = {
  succeeds: "that succeeds",
  fails: "that fails",
  cancelled: "that is cancelled",
  timesout: "that times out",
};

export interface Started {
  /** The kind that was started last. */
  kind?: string;
  /** What the API answered. */
  answer?: string;
}

/** @param kinds empty with the real ServiceStage: then there is nothing to start */
export const renderStart = ({ kind, answer }: Started, kinds: readonly string[]): Html =>
  html`<form id="start" class="start" method="post" action="/page/start" ${kinds.length === 0 && "hidden"}>
    <span id="started" class="started" role="status">${answer}</span>
    <button class="primary">Start a sample build</button>
    <select name="kind" aria-label="What the sample build does">
      ${kinds.map(
        (each) =>
          html`<option value="${each}" ${each === kind && "selected"}>${kindLabels[each] ?? each}</option>`,
      )}
    </select>
  </form>`;

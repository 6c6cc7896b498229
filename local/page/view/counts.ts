import { isFailure } from "../../../lambda/domain/outcome.ts";
import { html, type Html } from "../../html.ts";
import { byBuild, type SeenBuild } from "../seen.ts";
import type { Subscribed } from "../subscribed.ts";

/** What the head of the page counts: builds that run, builds that failed, and messages that wait. */
export function renderCounts(
  registrations: readonly SeenBuild[],
  subscriptions: readonly Pick<Subscribed, "pending">[],
): Html {
  const builds = byBuild(registrations).map(([build]) => build);
  const running = builds.filter(({ status }) => status === "tracking").length;
  const failed = builds.filter(({ outcome }) => isFailure(outcome)).length;
  const waiting = [
    ...registrations.map(({ pending }) => pending.length),
    ...subscriptions.map(({ pending }) => pending),
  ].reduce((sum, each) => sum + each, 0);
  return html`<p id="counts" class="counts">
    ${renderCount(running, "running", "is-moving")} ${renderCount(failed, "failed", "is-bad")}
    ${renderCount(waiting, "waiting", "is-warning", "Messages that are not in Slack yet")}
  </p>`;
}

const renderCount = (count: number, what: string, kind: string, title = ""): Html =>
  html`<span class="count ${count > 0 ? kind : "is-off"}" ${title && html`title="${title}"`}>
    <strong>${count}</strong> ${what}
  </span>`;

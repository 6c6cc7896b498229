import { html, type Html } from "../../html.ts";
import type { ActiveFault, Side } from "../faults.ts";
import { isUnconfirmed, type SeenBuild } from "../seen.ts";
import { renderClock } from "./clock.ts";

/** The simulated servers' calls, and the buttons that switch faults on and off. */

export interface SideView {
  name: "ServiceStage" | "Slack";
  /** Part of the forms' addresses. */
  id: string;
  /** Absent when the real one is used. */
  side?: Side | undefined;
  /** The text about the real service. */
  real: string;
}

export const renderSimulator = (sides: readonly SideView[]): Html =>
  html`<section id="simulator" class="simulator" aria-label="Simulator">${sides.map(renderSide)}</section>`;

function renderSide({ name, id, side, real }: SideView): Html {
  const active = side?.active();
  return html`<section class="side ${active && "is-faulty"}" id="side-${id}" aria-label="${name}">
    <header>
      <h2>${name}</h2>
      <p class="side-state">${side ? renderState(side, active) : real}</p>
    </header>
    ${side && renderSwitches(id, side, active)}
    ${active && html`<p class="side-consequence">${active.consequence}</p>`}
  </section>`;
}

function renderState(side: Side, active: ActiveFault | undefined): Html {
  if (active) return html`<strong>${active.does}</strong> · ${countCalls(active.calls)} since`;
  const calls = side.calls();
  return html`answers ·
  ${countCalls(calls.length)}${calls.length > 0 && html`, the last one <code>${calls.at(-1)}</code>`}`;
}

const countCalls = (count: number): string => (count === 1 ? "1 call" : `${count} calls`);

const renderSwitches = (id: string, { choices }: Side, active: ActiveFault | undefined): Html =>
  html`<form class="switches" method="post" action="/page/faults/${id}">
    ${choices.map(
      (choice) =>
        html`<button
          id="fault-${id}-${choice.id}"
          name="fault"
          value="${choice.id}"
          aria-pressed="${choice.id === active?.id ? "true" : "false"}"
          title="${choice.consequence}"
        >
          ${choice.label}
        </button>`,
    )}
  </form>`;

/** The status at the top of the page. It always shows an active fault and what still waits after it. */
export function renderStatus(sides: readonly SideView[], builds: readonly SeenBuild[], now: number): Html {
  const faulty = sides.flatMap(({ name, side }) => {
    const active = side?.active();
    return active ? [html`<span class="pill is-bad">${name} ${active.does}</span>`] : [];
  });
  const waiting = [waitForReading(builds), waitForSlack(builds, now)].flatMap((wait) =>
    wait ? [html`<span class="pill is-warning">${wait}</span>`] : [],
  );
  const none =
    sides.some(({ side }) => side) && html`<span class="pill is-good">No fault is switched on</span>`;
  const pills = [...faulty, ...waiting];
  return html`<p id="status" class="status" role="status">${pills.length > 0 ? pills : none}</p>`;
}

function waitForReading(builds: readonly SeenBuild[]): Html | undefined {
  const troubled = builds.filter(({ trouble }) => trouble);
  const until = troubled
    .map(({ trouble }) => trouble?.nextTryAt ?? "")
    .toSorted()
    .at(-1);
  if (until) return html`No build is read until ${renderClock(until)}`;
  return troubled.length > 0 ? html`${countBuilds(troubled.length)} can’t be read` : undefined;
}

function waitForSlack(builds: readonly SeenBuild[], now: number): Html | undefined {
  const stuck = builds.filter((build) =>
    build.pending.some(
      (each) => each.why === "inDoubt" || each.why === "refused" || isUnconfirmed(each, now),
    ),
  );
  return stuck.length > 0 ? html`${countBuilds(stuck.length)} with undelivered messages` : undefined;
}

const countBuilds = (count: number): string => (count === 1 ? "1 build" : `${count} builds`);

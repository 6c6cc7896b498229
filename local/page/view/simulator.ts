import { html, type Html } from "../../html.ts";
import type { ActiveFault, Side } from "../faults.ts";
import { byBuild, isUnconfirmed, type SeenBuild } from "../seen.ts";
import { renderClock } from "./clock.ts";

/** The buttons that switch the simulated servers' faults on and off, and what follows from a fault. */

export interface SideView {
  name: "ServiceStage" | "Slack";
  /** Part of the forms' addresses. */
  id: string;
  /** Absent when the real one is used. */
  side?: Side | undefined;
  /** The text about the real service. */
  real: string;
}

/** On a narrow screen a button opens the faults. They cover the page then, so that nothing on the page moves. */
export function renderSimulator(sides: readonly SideView[], builds: readonly SeenBuild[], now: number): Html {
  const count = sides.filter(({ side }) => side?.active()).length;
  return html`<section id="simulator" class="simulator" aria-label="Faults">
    <button type="button" class="break ${count > 0 && "is-on"}" popovertarget="faults">
      ${count === 0 ? "Break something" : countFaults(count)}
    </button>
    <div id="faults" class="faults" popover>
      <h2>Break something:</h2>
      <button type="button" class="done small" popovertarget="faults">Close</button>
      ${sides.map(renderSide)} ${renderStatus(sides, builds, now)}
    </div>
  </section>`;
}

const countFaults = (count: number): string => (count === 1 ? "1 fault is on" : `${count} faults are on`);

const renderSide = ({ name, id, side, real }: SideView): Html =>
  side
    ? html`<form
        class="side ${side.active() && "is-faulty"}"
        id="side-${id}"
        method="post"
        action="/page/faults/${id}"
        aria-labelledby="name-${id}"
      >
        <h3 id="name-${id}">${name}</h3>
        ${side.choices.map((choice) => renderSwitch(id, choice, side.active()))}
      </form>`
    : html`<p class="side"><strong>${name}</strong> ${real}</p>`;

const renderSwitch = (
  side: string,
  { id, label, consequence }: Side["choices"][number],
  active?: ActiveFault,
) =>
  html`<button
    id="fault-${side}-${id}"
    class="small"
    name="fault"
    value="${id}"
    aria-pressed="${id === active?.id ? "true" : "false"}"
    title="${consequence}"
  >
    ${label}
  </button>`;

/** What is broken and what follows from it; then what still waits; and if there is nothing of that, what to try. */
export function renderStatus(sides: readonly SideView[], builds: readonly SeenBuild[], now: number): Html {
  const faults = sides.flatMap(({ name, side }) => {
    const active = side?.active();
    return active ? [renderFault(name, active)] : [];
  });
  const waits = [waitForReading(builds), waitForSlack(builds, now)].flatMap((wait) =>
    wait ? [html`<span class="is-warning">${wait}.</span>`] : [],
  );
  const said = [...faults, ...waits];
  const isSimulated = sides.some(({ side }) => side);
  return html`<p id="status" class="status" role="status">
    ${said.length > 0 ? said.map((each) => html`${each} `) : isSimulated && steps}
  </p>`;
}

const renderFault = (name: string, { does, consequence, calls }: ActiveFault): Html =>
  html`<span
    ><strong class="is-bad">${name} ${does}</strong> (${countCalls(calls)} since). ${consequence}</span
  >`;

const countCalls = (count: number): string => (count === 1 ? "1 call" : `${count} calls`);

const steps = html`<span><strong>1.</strong> Start a sample build, or type a command in a channel.</span>
  <span><strong>2.</strong> Press the buttons on its card.</span>
  <span
    ><strong>3.</strong> Break something, then press the same button again: what waited arrives, once and in
    order.</span
  >`;

function waitForReading(builds: readonly SeenBuild[]): Html | undefined {
  const troubled = builds.filter(({ trouble }) => trouble);
  const until = troubled
    .map(({ trouble }) => trouble?.nextTryAt ?? "")
    .toSorted()
    .at(-1);
  if (until) return html`No build is read until ${renderClock(until)}`;
  return troubled.length > 0 ? html`${countBuilds(troubled)} can’t be read` : undefined;
}

function waitForSlack(builds: readonly SeenBuild[], now: number): Html | undefined {
  const stuck = builds.filter((build) =>
    build.pending.some(
      (each) => each.why === "inDoubt" || each.why === "refused" || isUnconfirmed(each, now),
    ),
  );
  return stuck.length > 0 ? html`${countBuilds(stuck)} with undelivered messages` : undefined;
}

function countBuilds(registrations: readonly SeenBuild[]): string {
  const count = byBuild(registrations).length;
  return count === 1 ? "1 build" : `${count} builds`;
}

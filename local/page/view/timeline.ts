import type { BuildView } from "../../../lambda/builds-api/schemas.ts";
import { hasEnded, isRunning, isSuccessful } from "../../../lambda/domain/phase.ts";
import { renderDuration, translate } from "../../../lambda/slack/text.ts";
import { en } from "../../../lambda/slack/wording/en.ts";
import { html, type Html } from "../../html.ts";

/** A build's phases as bars over one axis of time. */

type PhaseView = BuildView["phases"][number];

interface Bar {
  /** Percent of the axis. */
  start: number;
  width: number;
}

export interface Timeline {
  /** From the start of the first phase to the end of the last phase, or to now. */
  lastsMillis: number;
  rows: { phase: PhaseView; bar?: Bar }[];
}

/** The axis of a running build grows in steps of this length, so that a reader can see the bars grow. */
const stepMillis = 15_000;
/** In percent. A shorter bar would not be visible. */
const minWidth = 1.5;

/** @param now epoch milliseconds: the end of a phase that still runs */
export function layOut(phases: readonly PhaseView[], now: number): Timeline {
  const spans = phases.map((phase) => spanOf(phase, now));
  const known = spans.filter((span) => span !== undefined);
  const from = Math.min(...known.map(({ start }) => start));
  const lastsMillis = Math.max(0, Math.max(...known.map(({ end }) => end)) - from);
  const moves = phases.some(({ state }) => isRunning(state));
  const axis = moves ? Math.ceil((lastsMillis + 1) / stepMillis) * stepMillis : Math.max(lastsMillis, 1);
  const percent = (millis: number) => (millis / axis) * 100;
  return {
    lastsMillis,
    rows: phases.map((phase, index) => {
      const span = spans[index];
      if (!span) return { phase };
      const start = Math.min(percent(span.start - from), 100 - minWidth);
      return { phase, bar: { start, width: Math.max(minWidth, percent(span.end - span.start)) } };
    }),
  };
}

/** Epoch milliseconds. Undefined for a phase that was never observed running. */
function spanOf({ state, since, ...lasted }: PhaseView, now: number) {
  const seconds = lasted.durationSeconds ?? lasted.durationAtMostSeconds;
  if (since === undefined || seconds === undefined) return undefined;
  const end = hasEnded(state) ? Date.parse(since) : now;
  return { start: end - seconds * 1_000, end };
}

export const renderTimeline = ({ rows }: Timeline): Html =>
  html`<ol class="timeline">
    ${rows.map(
      ({ phase, bar }) =>
        html`<li class="phase ${kindOf(phase.state)}">
          <span class="phase-name">${phase.name}</span>
          <svg class="phase-track" aria-hidden="true">
            ${bar && html`<rect x="${percent(bar.start)}" width="${percent(bar.width)}" height="100%" rx="3" />`}
          </svg>
          <span class="phase-state">${describe(phase)}</span>
        </li>`,
    )}
  </ol>`;

/** All phases in one bar. */
export const renderSegments = ({ rows }: Timeline): Html =>
  html`<svg class="phase-track segments" aria-hidden="true">
    ${rows.map(
      ({ phase, bar }) =>
        bar &&
        html`<rect
          class="${kindOf(phase.state)}"
          x="${percent(bar.start)}"
          width="${percent(bar.width)}"
          height="100%"
        />`,
    )}
  </svg>`;

const percent = (value: number): string => `${value.toFixed(2)}%`;

const kinds: Record<string, string> = {
  NotStarted: "is-waiting",
  Successful: "is-good",
  Failed: "is-bad",
  Timeout: "is-bad",
  Cancel: "is-off",
  Deleted: "is-off",
};

const kindOf = (state: string): string => (Object.hasOwn(kinds, state) ? kinds[state]! : "is-moving");

/** A successful phase shows its duration, if it is known. Any other phase shows its state, as Slack's messages name it. */
function describe({ state, ...phase }: PhaseView): string {
  const lasted = describeLasted(phase);
  if (isSuccessful(state) && lasted !== undefined) return lasted;
  // HTML needs none of the escapes that Slack needs.
  const name = translate(en.states, state, 40, (text) => text);
  return lasted === undefined ? name : `${name} · ${lasted}`;
}

type Lasted = Pick<BuildView, "durationSeconds" | "durationAtMostSeconds">;

/** Explains "at most" where a build or one of its phases shows it. */
export function renderExplanation(lasted: readonly Lasted[]): Html | undefined {
  if (lasted.every(({ durationAtMostSeconds }) => durationAtMostSeconds === undefined)) return undefined;
  return html`<p class="explanation">
    “At most”: the exact duration is not known, because the notifier did not poll at the start or at the end.
  </p>`;
}

/** The duration in the card's words. Undefined when it is not known. */
export function describeLasted({ durationSeconds, durationAtMostSeconds }: Lasted): string | undefined {
  if (durationSeconds !== undefined) return renderDuration(durationSeconds * 1_000, en);
  return durationAtMostSeconds === undefined
    ? undefined
    : en.atMost(renderDuration(durationAtMostSeconds * 1_000, en));
}

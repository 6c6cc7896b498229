import type { Build } from "../domain/build.ts";
import { inPhaseOrder, isRunning, notStarted, phaseNames, type Phase } from "../domain/phase.ts";
import { durationMillis } from "../domain/transition.ts";
import { context, header, listChars, section, type Rendered } from "./blocks.ts";
import { renderLink, type LinkSettings } from "./link.ts";
import { escapeText, fitLines, renderDuration, renderTime, symbolOf } from "./text.ts";
import { headlines, wording, type CardState } from "./wording.ts";

/** The one message of a build that is edited as it goes, as the build now is. */
export function renderCard(build: Build, settings: LinkSettings): Rendered {
  const state = stateOf(build);
  const headline = `${headlines[state]}: ${renderTitle(build)}`;
  const phases = allPhases(build);
  const notes = renderNotes(build);
  const facts = [...renderFacts(build), renderLink(build, settings)].join(" · ");
  const spoken = phases.map((phase) =>
    [wording.phase(nameOf(phase), stateNameOf(phase)), ...timing(phase)].join(" "),
  );
  return {
    text: `${fitLines([headline, ...notes, ...spoken], listChars, wording.more)}\n${facts}`,
    blocks: [
      header(headline),
      section(fitLines(phases.map(renderPhase), listChars, wording.more)),
      ...notes.map(section),
    ],
    attachments: [
      {
        color: colours[state],
        blocks: [context(facts), context(wording.observed(renderTime(observedAt(build))))],
      },
    ],
  };
}

/** What a build is called: its job and number, else its label, else its id. */
export function renderTitle({ buildId, details, registration }: Build): string {
  if (details?.jobName === undefined) {
    return registration.label === undefined
      ? wording.build(escapeText(buildId, 80))
      : escapeText(registration.label, 80);
  }
  const job = escapeText(details.jobName, 80);
  return details.index === undefined ? job : `${job} #${escapeText(details.index, 20)}`;
}

const [grey, blue, green, red, amber] = ["#9e9e9e", "#2196f3", "#2eb67d", "#e01e5a", "#ecb22e"];

const colours: Record<CardState, string> = {
  notStarted: grey,
  running: blue,
  succeeded: green,
  failed: red,
  timedOut: red,
  cancelled: grey,
  deleted: grey,
  ended: grey,
  abandoned: amber,
  stopped: grey,
};

function stateOf({ status, outcome, snapshot }: Build): CardState {
  if (status === "abandoned" || status === "stopped") return status;
  if (outcome) return outcome;
  return snapshot.some((phase) => phase.state !== notStarted) ? "running" : "notStarted";
}

type ShownPhase = Pick<Phase, "id" | "name" | "state"> & Partial<Phase>;

/** All six, whether ServiceStage lists them or not, and whatever else it lists. */
function allPhases({ snapshot }: Build): ShownPhase[] {
  const listed = new Set(snapshot.map((phase) => phase.name));
  const unlisted = phaseNames.filter((name) => !listed.has(name));
  return inPhaseOrder<ShownPhase>([
    ...snapshot,
    ...unlisted.map((name) => ({ id: "", name, state: notStarted })),
  ]);
}

function renderPhase(phase: ShownPhase): string {
  const obvious = phase.state === "Successful" || phase.state === notStarted;
  const parts = [...(obvious ? [] : [stateNameOf(phase)]), ...timing(phase)];
  return [`${symbolOf(phase.state)} *${nameOf(phase)}*`, ...parts].join("  ");
}

const nameOf = ({ name }: ShownPhase): string => escapeText(name, 100);
const stateNameOf = ({ state }: ShownPhase): string => escapeText(state, 40);

function timing({ since, ...phase }: ShownPhase): string[] {
  if (since === undefined) return [];
  if (isRunning(phase.state)) return [wording.since(renderTime(since))];
  const took = durationMillis({ ...phase, since });
  return took === undefined ? [] : [renderDuration(took)];
}

/** What is to be said beside the phases. */
function renderNotes({ abandoned, details, outcome, status, trouble }: Build): string[] {
  const notes: string[] = [];
  if (abandoned) notes.push(wording.abandoned(abandoned));
  if (status === "stopped") notes.push(wording.stopped);
  if (outcome && details?.startedAt !== undefined && details.endedAt !== undefined) {
    notes.push(wording.took(renderDuration(details.endedAt - details.startedAt)));
  }
  if (trouble?.shown) notes.push(wording.trouble(renderFailure(trouble.reason), renderTime(trouble.since)));
  return notes;
}

/** Why ServiceStage can't be read, in plain words where there are some. */
export const renderFailure = (reason: string): string => wording.failure(reason) ?? escapeText(reason, 200);

function renderFacts({ details = {}, registration: { label } }: Build): string[] {
  const facts: string[] = [];
  if (label !== undefined) facts.push(escapeText(label));
  if (details.branch) facts.push(wording.branch(escapeText(details.branch)));
  if (details.commitId) facts.push(wording.commit(escapeText(details.commitId.slice(0, 8), 50)));
  if (details.committer) facts.push(wording.committer(escapeText(details.committer)));
  return facts;
}

const observedAt = ({ changedAt, observedAt, snapshot }: Build): number =>
  Math.max(observedAt ?? changedAt, ...snapshot.map((phase) => phase.since));

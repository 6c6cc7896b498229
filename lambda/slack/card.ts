import { lookedForUntil, type Build } from "../domain/build.ts";
import { durationOfPhase, startOfBuild } from "../domain/duration.ts";
import {
  inPhaseOrder,
  isRunning,
  isSuccessful,
  notStarted,
  phaseNames,
  type Phase,
} from "../domain/phase.ts";
import type { Language } from "../names.ts";
import { context, header, pairs, section, type Block, type Rendered } from "./blocks.ts";
import { renderButtons, type ButtonSettings } from "./buttons.ts";
import { renderChange } from "./change.ts";
import { renderLink, type LinkSettings } from "./link.ts";
import { noTime, renderTook } from "./summary.ts";
import {
  bold,
  countFitting,
  escapeText,
  fitLines,
  literal,
  renderLasted,
  renderSince,
  renderTime,
  symbolOf,
  translate,
  type Show,
} from "./text.ts";
import type { CardState } from "./wording/en.ts";
import { renderExpected, renderRow, renderSlow } from "./usual.ts";
import { wordingIn, type Wording } from "./wording/wording.ts";

export interface RenderSettings extends LinkSettings, ButtonSettings {
  /** Default: English. */
  language?: Language;
}

/** A card contains the phases twice, and JSON may double their length. With this limit a card stays under 12,000 characters. */
const listChars = 1_600;
/** A row costs a hundred characters besides its text. */
const rowsAtMost = 12;

/** Renders a build's card, with the build's current state. The card is the message that is edited while the build runs. */
export function renderCard(build: Build, settings: RenderSettings): Rendered {
  const words = wordingIn(settings.language);
  const state = stateOf(build);
  const headline = (show: Show) => renderHeadline(build, words, show);
  const phases = allPhases(build);
  const notes = renderNotes(build, words);
  const facts = renderFacts(build, words).join(" · ");
  const link = renderLink(build, settings, words);
  const spoken = phases.map((phase) =>
    [words.phase(nameOf(phase, words), stateNameOf(phase, words)), ...timing(phase, build, words)].join(" "),
  );
  const span = build.outcome
    ? renderTook(build, words)
    : [...renderStart(build, words), ...renderExpected(build, observedAt(build), words)];
  const times = [...span, words.observed(renderTime(observedAt(build)))];
  return {
    text: [
      fitLines([headline(literal), ...notes, ...spoken], listChars, words.more),
      [...span, facts, link].filter(Boolean).join(" · "),
    ].join("\n"),
    blocks: [
      header(headline(escapeText)),
      ...(facts ? [context(facts)] : []),
      ...notes.map(section),
      ...renderButtons(build, settings, words),
    ],
    attachments: [
      {
        color: colours[state],
        blocks: [...renderPhases(phases, build, words), context([...times, link].join(" · "))],
      },
    ],
  };
}

/** Such as `🔵 Running: checkout #7`. */
export const renderHeadline = (build: Build, words: Wording, show: Show = literal): string =>
  words.headline(words.headlines[stateOf(build)], renderTitle(build, words, show));

/** The build's title: its job and number; without a job, its label; without both, its id. */
export function renderTitle(
  { buildId, details, registration }: Build,
  words: Wording,
  show: Show = literal,
): string {
  if (details?.jobName === undefined) {
    return registration.label === undefined ? words.build(show(buildId, 80)) : show(registration.label, 80);
  }
  const job = show(details.jobName, 80);
  return details.index === undefined ? job : `${job} ${show(`#${details.index}`, 40)}`;
}

const [grey, blue, green, red, amber] = ["#9e9e9e", "#2196f3", "#2eb67d", "#e01e5a", "#ecb22e"];

const colours: Record<CardState, string> = {
  notStarted: grey,
  running: blue,
  outOfSight: amber,
  succeeded: green,
  failed: red,
  timedOut: red,
  cancelled: grey,
  deleted: grey,
  ended: grey,
  abandoned: amber,
  stopped: grey,
};

function stateOf({ status, outcome, snapshot, trouble }: Build): CardState {
  if (status === "abandoned" || status === "stopped") return status;
  if (outcome) return outcome;
  if (trouble?.shown) return "outOfSight";
  return snapshot.some((phase) => phase.state !== notStarted) ? "running" : "notStarted";
}

type ShownPhase = Pick<Phase, "id" | "name" | "state"> & Partial<Phase>;

/** The six documented phases, listed by ServiceStage or not, and all others that it lists. */
function allPhases({ snapshot }: Build): ShownPhase[] {
  const listed = new Set(snapshot.map((phase) => phase.name));
  const unlisted = phaseNames.filter((name) => !listed.has(name));
  return inPhaseOrder<ShownPhase>([
    ...snapshot,
    ...unlisted.map((name) => ({ id: "", name, state: notStarted })),
  ]);
}

/** A row for each phase, with its time. */
function renderPhases(phases: readonly ShownPhase[], build: Build, words: Wording): Block[] {
  const rows = phases.map((phase): [string, string] => [
    renderPhase(phase, words),
    timing(phase, build, words)[0] ?? noTime,
  ]);
  const texts = rows.slice(0, rowsAtMost).map((row) => row.join(""));
  const fitting = countFitting(texts, listChars);
  const left = rows.length - fitting;
  return [...pairs(rows.slice(0, fitting)), ...(left > 0 ? [section(words.more(left))] : [])];
}

/** Only a running or failed phase is bold and shows its state, so that it stands out. */
function renderPhase(phase: ShownPhase, words: Wording): string {
  const name = nameOf(phase, words);
  const isQuiet = isSuccessful(phase.state) || phase.state === notStarted;
  const shown = isQuiet ? [name] : [bold(name), stateNameOf(phase, words)];
  return `${symbolOf(phase.state)} ${shown.join("  ")}`;
}

const nameOf = ({ name }: ShownPhase, words: Wording): string => translate(words.phases, name, 100);
const stateNameOf = ({ state }: ShownPhase, words: Wording): string => translate(words.states, state, 40);

/** The time of a phase. When a build is not tracked any more, it is not known whether a phase still runs. */
function timing({ since, startedAt = since, ...phase }: ShownPhase, build: Build, words: Wording): string[] {
  if (startedAt === undefined) return [];
  if (isRunning(phase.state)) {
    return build.status === "tracking" ? [words.since(renderSince(startedAt))] : [];
  }
  const lasted = renderLasted(durationOfPhase(phase, build), words);
  return lasted === undefined ? [] : [lasted];
}

/** The notes above the phases. */
function renderNotes(build: Build, words: Wording): string[] {
  const { abandoned, outcome, status, trouble } = build;
  const notes: string[] = [];
  if (abandoned) notes.push(words.abandonments[abandoned]);
  if (status === "stopped") notes.push(words.stopped);
  if (outcome) notes.push(...renderRow(build, words));
  const startedAt = startOfBuild(build);
  if (status === "tracking" && build.slowSince !== undefined && build.usual && startedAt !== undefined)
    notes.push(renderSlow(startedAt, build.usual.medianMillis, words));
  const until = lookedForUntil(build);
  if (trouble?.shown && until !== undefined) {
    notes.push(words.lookedFor(renderTime(trouble.unknownSince ?? trouble.since), renderTime(until)));
  } else if (trouble?.shown) {
    notes.push(words.trouble(renderFailure(trouble.reason, words), renderTime(trouble.since)));
  }
  return notes;
}

/** The start, which also shows how long ago it was. Only for a build that is tracked. */
function renderStart(build: Build, words: Wording): string[] {
  if (build.status !== "tracking") return [];
  const startedAt = startOfBuild(build);
  return startedAt === undefined ? [] : [words.startedAt(renderSince(startedAt))];
}

/** The reason why ServiceStage can't be read. An unknown reason is shown as it is. */
export const renderFailure = (reason: string, { failures }: Wording): string =>
  translate(failures, reason, 200);

/** What was built: the facts for the line below the title. */
export function renderFacts({ details = {}, registration: { label } }: Build, words: Wording): string[] {
  const facts: string[] = [];
  if (label !== undefined) facts.push(literal(label));
  if (details.branch) facts.push(words.branch(literal(details.branch)));
  return [...facts, ...renderChange(details, words)];
}

const observedAt = ({ changedAt, observedAt, snapshot }: Build): number =>
  Math.max(observedAt ?? changedAt, ...snapshot.map((phase) => phase.since));

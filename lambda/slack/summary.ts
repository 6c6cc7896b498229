import type { Build } from "../domain/build.ts";
import { clockedMillis, durationOfBuild, durationOfPhase } from "../domain/duration.ts";
import { notStarted, wentWrong, type Phase } from "../domain/phase.ts";
import { usualMillisOf } from "../domain/usual.ts";
import { table, type Block } from "./blocks.ts";
import { escapeText, renderDuration, renderLasted, symbolOf, translate, type Show } from "./text.ts";
import type { Wording } from "./wording/wording.ts";

/** The summary of an ended build: the end of its log, its duration beside the usual one, and its phases' times. */

/** The build's duration, by ServiceStage's clock if it gives both ends, otherwise as observed; then the usual duration. */
export function renderTook(build: Build, words: Wording): string[] {
  const took = renderLasted(durationOfBuild(build), words);
  if (took === undefined) return [];
  const usual = usualMillisOf(build);
  return [
    clockedMillis(build) === undefined ? words.observedDuration(took) : took,
    ...(usual === undefined ? [] : [words.usual(renderDuration(usual, words))]),
  ];
}

/** Enough rows for any usual build, and few enough for Slack's limits. */
const rowsAtMost = 10;
/** For a phase with an unknown time, because Slack accepts no empty cell. */
export const noTime = "–";

/** A row for each phase that began: its name, state and time. With too many phases, failed phases have priority. */
export function renderPhaseTimes(build: Build, words: Wording, show: Show): string[][] {
  const begun = build.snapshot.filter(({ state }) => state !== notStarted);
  const isWrong = ({ state }: Phase): boolean => wentWrong(state);
  const kept = new Set(
    [...begun.filter(isWrong), ...begun.filter((each) => !isWrong(each))].slice(0, rowsAtMost),
  );
  return begun
    .filter((phase) => kept.has(phase))
    .map((phase) => [
      `${symbolOf(phase.state)} ${translate(words.phases, phase.name, 40, show)}`,
      translate(words.states, phase.state, 30, show),
      renderLasted(durationOfPhase(phase, build), words) ?? noTime,
    ]);
}

/** A table of the rows; nothing without rows. */
export const renderTable = (rows: string[][], { columns }: Wording): Block[] =>
  rows.length === 0 ? [] : [table([columns, ...rows])];

/** A message contains the log twice, and JSON may double its length. */
const logChars = 1_000;

/** The log's last lines in a code block, as many as fit. Empty without a log. */
export function renderLogTail({ closing }: Build, words: Wording): string {
  const lines: string[] = [];
  let length = 0;
  for (const line of (closing?.logTail ?? []).toReversed()) {
    const rendered = renderLogLine(line);
    length += rendered.length + 1;
    if (length > logChars) break;
    lines.unshift(rendered);
  }
  return lines.length === 0 ? "" : `${words.logTail}\n\`\`\`\n${lines.join("\n")}\n\`\`\``;
}

const indentAtMost = 12;

function renderLogLine(line: string): string {
  const indent = Math.min(line.length - line.trimStart().length, indentAtMost);
  return " ".repeat(indent) + escapeText(line, 200);
}

import type { Build } from "../domain/build.ts";
import { percentMoreThanUsual } from "../domain/closing.ts";
import { clockedMillis, durationOfBuild, durationOfPhase } from "../domain/duration.ts";
import { notStarted, wentWrong, type Phase } from "../domain/phase.ts";
import { table, type Block } from "./blocks.ts";
import { escapeText, renderDuration, renderLasted, symbolOf, translate, type Show } from "./text.ts";
import type { Wording } from "./wording/wording.ts";

/** What an ended build is summed up to: how long it took, against what is usual, its phases' times, its log's end. */

/** How long, by ServiceStage's clock where it tells both ends, otherwise as it was observed; in one line, or in none. */
export function renderTook(build: Build, words: Wording): string[] {
  const took = renderLasted(durationOfBuild(build), words);
  if (took === undefined) return [];
  const isClocked = clockedMillis(build) !== undefined;
  return [[isClocked ? words.took(took) : words.tookObserved(took), ...renderUsual(build, words)].join(" ")];
}

function renderUsual(build: Build, words: Wording): string[] {
  const percent = percentMoreThanUsual(build);
  if (percent === undefined || !build.closing?.usual) return [];
  const { medianMillis, builds } = build.closing.usual;
  return [words.usual(percent, renderDuration(medianMillis, words), builds)];
}

/** So many phases are enough for any build, and few enough for Slack's limits. */
const rowsAtMost = 10;
/** For a phase whose time is not known: Slack takes no empty cell. */
const noTime = "–";

/** The phase, its state and its time, of each phase that began; where they are too many, those that went wrong stay. */
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

/** None without rows. */
export const renderTable = (rows: string[][], { columns }: Wording): Block[] =>
  rows.length === 0 ? [] : [table([columns, ...rows])];

/** Twice in a message, and doubled by JSON. */
const logChars = 1_000;

/** The log's last lines in a code block, the older ones left out where they don't fit; empty without a log. */
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

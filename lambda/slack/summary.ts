import type { Build } from "../domain/build.ts";
import type { Usual } from "../domain/closing.ts";
import { durationMillis } from "../domain/transition.ts";
import { table, type Block } from "./blocks.ts";
import { escapeText, renderDuration, symbolOf, translate } from "./text.ts";
import type { Wording } from "./wording/wording.ts";

/** What an ended build is summed up to: how long it took, against what is usual, its phases' times, its log's end. */

/** How long, by ServiceStage's clock where it tells both ends, otherwise what was seen of it; in one line, or in none. */
export function renderTook(build: Build, words: Wording): string[] {
  const { startedAt, endedAt } = build.details ?? {};
  if (startedAt !== undefined && endedAt !== undefined) {
    const tookMillis = endedAt - startedAt;
    const took = words.took(renderDuration(tookMillis, words));
    return [[took, ...renderUsual(tookMillis, build, words)].join(" ")];
  }
  const starts = build.snapshot.flatMap((phase) => phase.startedAt ?? []);
  if (starts.length === 0) return [];
  return [words.tookAtLeast(renderDuration(build.changedAt - Math.min(...starts), words))];
}

function renderUsual(tookMillis: number, { closing }: Build, words: Wording): string[] {
  if (!closing?.usual) return [];
  const { medianMillis, builds } = closing.usual;
  const percent = percentMore(tookMillis, closing.usual);
  return [words.usual(percent, renderDuration(medianMillis, words), builds)];
}

/** Less than this is no difference: durations are whole seconds, and no two builds are alike. */
const leastPercent = 5;

function percentMore(tookMillis: number, { medianMillis }: Usual): number {
  const percent = Math.round((tookMillis / medianMillis - 1) * 100);
  return Math.abs(percent) < leastPercent ? 0 : percent;
}

/** So many phases are enough for any build, and few enough for Slack's limits. */
const rowsAtMost = 10;

/** The phase, its state and its time, of each phase that was seen to run. */
export function renderPhaseTimes({ snapshot }: Build, words: Wording): string[][] {
  const timed = snapshot.flatMap((phase) => {
    const millis = durationMillis(phase);
    return millis === undefined ? [] : [{ ...phase, millis }];
  });
  return timed
    .slice(0, rowsAtMost)
    .map(({ name, state, millis }) => [
      `${symbolOf(state)} ${translate(words.phases, name, 40)}`,
      translate(words.states, state, 30),
      renderDuration(millis, words),
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

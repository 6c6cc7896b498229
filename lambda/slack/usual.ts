import type { Build } from "../domain/build.ts";
import { turnOf } from "../domain/row.ts";
import { expectedEndOf } from "../domain/usual.ts";
import { renderDuration, renderSince, renderTimeOfDay, renderTimeToTheSecond } from "./text.ts";
import type { Wording } from "./wording/wording.ts";

/** What is usual for the build's job, and how the build stands in the job's row. */

/** For the end of a shorter build, a minute says too little. */
const shortMillis = 2 * 60_000;

/**
 * How long a running build usually takes. Its likely end is shown until it is past. It is a time, so it needs no edit.
 * @param shownAt when the card's state was observed
 */
export function renderExpected(build: Build, shownAt: number, words: Wording): string[] {
  // Of a slow build, a note says it.
  if (build.status !== "tracking" || !build.usual || build.slowSince !== undefined) return [];
  const usual = renderDuration(build.usual.medianMillis, words);
  const expectedEnd = expectedEndOf(build);
  const renderEnd = build.usual.medianMillis < shortMillis ? renderTimeToTheSecond : renderTimeOfDay;
  return expectedEnd !== undefined && expectedEnd > shownAt
    ? [words.expected(usual, renderEnd(expectedEnd))]
    : [words.usually(usual)];
}

/** The build takes longer than usual: on its card, and in the message about it. */
export const renderSlow = (startedAt: number, medianMillis: number, words: Wording): string =>
  words.slow(renderSince(startedAt), renderDuration(medianMillis, words));

/** How the end stands in the job's row. One line or none. */
export function renderRow(build: Build, words: Wording): string[] {
  const turn = turnOf(build);
  if (!turn || !build.row) return [];
  const { builds, orMore = false } = build.row;
  return [words.turns[turn](builds, orMore)];
}

import type { Build } from "./build.ts";
import { clockedMillis, isPlausible } from "./duration.ts";
import type { JobBuild } from "./job.ts";
import { maskSecrets } from "./mask.ts";
import { isSuccessful } from "./phase.ts";

/** What is told with a build's end beside its phases; each part is there when ServiceStage gave it. */
export interface Closing {
  /** The last lines of a failed build's log, masked and cut. */
  logTail?: string[];
  /** How long the job's builds take as a rule. */
  usual?: Usual;
}

export interface Usual {
  medianMillis: number;
  /** How many builds it is the median of. */
  builds: number;
}

/** The median of the job's other builds that succeeded; undefined when there are none. */
export function usualOf(builds: readonly JobBuild[], buildId: string): Usual | undefined {
  const durations = builds
    .filter((build) => build.buildId !== buildId && isSuccessful(build.state))
    .flatMap(({ durationMillis = 0 }) => (isPlausible(durationMillis) ? [durationMillis] : []))
    .toSorted((a, b) => a - b);
  const middle = durations.slice((durations.length - 1) >> 1, (durations.length >> 1) + 1);
  if (middle.length === 0) return undefined;
  return {
    medianMillis: Math.round(middle.reduce((sum, each) => sum + each, 0) / middle.length),
    builds: durations.length,
  };
}

/** Less than this is no difference: durations are whole seconds, and no two builds are alike. */
const leastPercent = 5;

/**
 * How much longer than usual a build took, in percent; 0 for as long, below 0 for shorter. Undefined for one that did not
 * succeed, since the usual time is that of builds which did, and where ServiceStage does not tell both times.
 */
export function percentMoreThanUsual(build: Build): number | undefined {
  const tookMillis = clockedMillis(build);
  const medianMillis = build.closing?.usual?.medianMillis;
  if (build.outcome !== "succeeded" || tookMillis === undefined) return undefined;
  if (medianMillis === undefined || !isPlausible(medianMillis)) return undefined;
  const percent = Math.round((tookMillis / medianMillis - 1) * 100);
  return Math.abs(percent) < leastPercent ? 0 : percent;
}

const shownLines = 12;
const shownChars = 160;
/** Less than is kept of a log, so that its length tells whether more came before. */
const readChars = 60_000;

/**
 * The last lines of a log that say something: without colours, each cut, with what looks like a secret masked. All that
 * is read is masked before anything is cut: what tells a secret may stand far behind it, or lines before it.
 */
export function tailOf(log: string): string[] {
  const lines = log
    .slice(-readChars)
    .replaceAll(unprintable, "")
    .split("\n")
    .map((line) => line.trimEnd());
  const text = lines.filter((line, index) => index === 0 || line !== "").join("\n");
  // First with what a terminal writes over: a secret's name may be there. Then without: a value may be alone on its line.
  const shown = maskSecrets(text).split("\n").map(asShown).join("\n");
  const masked = maskSecrets(shown).split("\n");
  // Nobody knows what the rest of a line is, whose beginning is out of sight: it may be a secret's.
  const whole = log.length > readChars ? masked.slice(1) : masked;
  return whole.filter(Boolean).slice(-shownLines).map(cut);
}

/** As a terminal shows it: a progress bar writes its line anew after each carriage return. */
const asShown = (line: string): string => line.slice(line.lastIndexOf("\r") + 1);

const cut = (line: string): string =>
  (line.length > shownChars ? `${line.slice(0, shownChars - 1)}…` : line).toWellFormed();

/** A terminal's commands, such as colours, and control characters but for those between words and lines. */
const unprintable =
  // oxlint-disable-next-line no-control-regex -- That is what a colour in a log begins with.
  /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)|[ -/]+[0-~]|[@-Z\\-_])|[^\P{Cc}\t\n\r]/gu;

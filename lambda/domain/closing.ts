import type { NamedCommitter } from "./committer.ts";
import { maskSecrets } from "./mask.ts";

/** What the message about a build's end shows beside the phases. It is recorded with the message, and never changes. */
export interface Closing {
  /** The last lines of a failed build's log, masked and cut; absent if ServiceStage gave none. */
  logTail?: string[];
  /** Whose commit failed, if the settings want the committer mentioned. */
  committer?: NamedCommitter;
}

const shownLines = 12;
const shownChars = 160;
/** The log that is passed in may be longer than this. So its length shows whether something was cut off before. */
const readChars = 60_000;

/**
 * The last lines of a log that are not empty: without colours, each line cut, and with secrets masked. Everything is
 * masked before anything is cut, because the text that shows a secret to be one may stand far away from it.
 */
export function tailOf(log: string): string[] {
  const lines = log
    .slice(-readChars)
    .replaceAll(unprintable, "")
    .split("\n")
    .map((line) => line.trimEnd());
  const text = lines.filter((line, index) => index === 0 || line !== "").join("\n");
  // The log is masked twice. First with the text before each carriage return, because a secret's name may be there; then
  // without it, because a value may then be alone on its line.
  const shown = maskSecrets(text).split("\n").map(asShown).join("\n");
  const masked = maskSecrets(shown).split("\n");
  // The first line may lack its beginning, so the rest of it may be part of a secret.
  const whole = log.length > readChars ? masked.slice(1) : masked;
  return whole.filter(Boolean).slice(-shownLines).map(cut);
}

/** A line as a terminal shows it: a progress bar writes its line again after each carriage return. */
const asShown = (line: string): string => line.slice(line.lastIndexOf("\r") + 1);

const cut = (line: string): string =>
  (line.length > shownChars ? `${line.slice(0, shownChars - 1)}…` : line).toWellFormed();

/** A terminal's commands, such as colours, and control characters except tab, line feed and carriage return. */
const unprintable =
  // oxlint-disable-next-line no-control-regex -- That is what a colour in a log begins with.
  /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)|[ -/]+[0-~]|[@-Z\\-_])|[^\P{Cc}\t\n\r]/gu;

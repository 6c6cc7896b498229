import { faultOfGlob, globsAtMost } from "../domain/branches.ts";
import { committerName, committerWord } from "../domain/committer.ts";
import { idPattern } from "../domain/id.ts";
import { isVisible } from "../domain/visible.ts";
import { mentionsAtMost, notifications, slackIds } from "../names.ts";
import type { Command, SubscribeOptions } from "../slack-app/command.ts";

/** What is wrong with the text of a command. A text in it comes from a user. */
export type CommandFault =
  | { kind: "unknownCommand" | "unknownOption" | "wrongGlob" | "unneeded"; text: string }
  | { kind: "wrongJob" | "wrongBuildId" | "wrongCommitter"; text: string }
  | { kind: "noJob" | "noBuildId" | "noGlob" | "groupMention" | "severalLevels" }
  | { kind: "tooLong" | "tooManyGlobs" | "tooManyMentions" };

export type ParsedCommand = Command | { kind: "notUnderstood"; faults: CommandFault[] };

/** Slack's own limit for what somebody types is higher. */
const charsAtMost = 2_000;
const jobChars = 128;
/** Many faults are one: somebody pasted something else. */
const faultsAtMost = 10;

/** Nothing follows these. */
const standingAlone = ["help", "list", "status"] as const;

/** Parses what follows the command, such as `subscribe checkout failures branch:main,release/* <@U0123456789|ann>`. */
export function parseCommand(text: string): ParsedCommand {
  if (text.length > charsAtMost) return notUnderstood([{ kind: "tooLong" }]);
  const [verb = { text: "help" }, ...words] = wordsOf(text);
  const alone = standingAlone.find((kind) => kind === verb.text.toLowerCase());
  if (alone) return words.length === 0 ? { kind: alone } : notUnderstood(words.map(unneeded));
  switch (verb.text.toLowerCase()) {
    case "subscribe":
      return parseSubscribe(words);
    case "unsubscribe":
      return parseUnsubscribe(words);
    case "follow":
      return parseFollow(words);
    case "me":
      return parseMe(words);
    default:
      return notUnderstood([{ kind: "unknownCommand", text: verb.text }]);
  }
}

/** A word, or several in quotation marks. */
interface Word {
  text: string;
  /** Slack's form of a mention, a channel or a link: what stands between `<` and `>`. */
  marked?: string;
}

/** Slack sends `&`, `<` and `>` of a text as entities, and puts what it recognizes between `<` and `>`. */
function wordsOf(text: string): Word[] {
  const withoutLinks = text
    .replaceAll(/<(?:https?:|mailto:)[^<>|]*\|([^<>|]*)>/g, "$1")
    .replaceAll(/<((?:https?:|mailto:)[^<>|]*)>/g, "$1");
  return [...withoutLinks.matchAll(/<([^<>]*)>|"([^"]*)"|“([^”]*)”|([^\s<]+|<)/g)].map(
    ([whole, marked, quoted, curly, plain]) =>
      marked === undefined
        ? { text: unescape(quoted ?? curly ?? plain ?? "") }
        : { text: unescape(whole), marked },
  );
}

const unescape = (text: string): string =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

function parseSubscribe([job, ...words]: Word[]): ParsedCommand {
  if (!job) return { kind: "chooseJob" };
  const options: SubscribeOptions = {};
  const faults = [...faultsOfJob(job)];
  const mention = new Set<string>();
  const branches = new Set<string>();
  for (const word of words) {
    const level = notifications.find((each) => each === word.text.toLowerCase());
    const globs = /^branch(?:es)?:(.*)$/is.exec(word.text)?.[1];
    if (/^@?committer$/i.test(word.text)) mention.add(committerWord);
    else if (word.marked !== undefined) faults.push(...addMention(word, mention));
    else if (globs !== undefined) faults.push(...addGlobs(globs, branches));
    else if (level === undefined) faults.push({ kind: "unknownOption", text: word.text });
    else if ((options.notify ?? level) !== level) faults.push({ kind: "severalLevels" });
    else options.notify = level;
  }
  if (mention.size > mentionsAtMost) faults.push({ kind: "tooManyMentions" });
  if (branches.size > globsAtMost) faults.push({ kind: "tooManyGlobs" });
  if (faults.length > 0) return notUnderstood(faults);
  if (mention.size > 0) options.mention = [...mention];
  if (branches.size > 0) options.branches = [...branches];
  return { kind: "subscribe", job: job.text, options };
}

/** A mention of a user or a user group, as `<@U…|name>` or `<!subteam^S…|@name>`. */
function addMention({ text, marked = "" }: Word, mention: Set<string>): CommandFault[] {
  const id = /^(?:@|!subteam\^)([A-Z0-9]+)(?:\|.*)?$/s.exec(marked)?.[1];
  if (id !== undefined && slackIds.mention.test(id)) {
    mention.add(id);
    return [];
  }
  return /^[!#]/.test(marked) ? [{ kind: "groupMention" }] : [{ kind: "unknownOption", text }];
}

function addGlobs(text: string, branches: Set<string>): CommandFault[] {
  const globs = text.split(",").filter(Boolean);
  if (globs.length === 0) return [{ kind: "noGlob" }];
  for (const glob of globs) branches.add(glob);
  return globs
    .filter((glob) => faultOfGlob(glob) !== undefined)
    .map((glob) => ({ kind: "wrongGlob", text: glob }));
}

function parseUnsubscribe([job, ...words]: Word[]): ParsedCommand {
  if (!job) return notUnderstood([{ kind: "noJob" }]);
  const faults = [...faultsOfJob(job), ...words.map(unneeded)];
  return faults.length > 0 ? notUnderstood(faults) : { kind: "unsubscribe", job: job.text };
}

function parseFollow([build, ...words]: Word[]): ParsedCommand {
  if (!build) return notUnderstood([{ kind: "noBuildId" }]);
  const faults: CommandFault[] = words.map(unneeded);
  if (!idPattern.test(build.text)) faults.unshift({ kind: "wrongBuildId", text: build.text });
  return faults.length > 0 ? notUnderstood(faults) : { kind: "follow", buildId: build.text };
}

/** A name may have several words, with or without quotation marks. */
function parseMe(words: Word[]): ParsedCommand {
  if (words.length === 0) return { kind: "me" };
  const off = words.length > 1 && words.at(-1)!.text.toLowerCase() === "off";
  const typed = words
    .slice(0, off ? -1 : undefined)
    .map(({ text }) => text)
    .join(" ");
  const name = words.some(({ marked }) => marked !== undefined) ? undefined : committerName(typed);
  if (name === undefined) return notUnderstood([{ kind: "wrongCommitter", text: typed }]);
  return { kind: "me", committer: { typed, name }, ...(off && { off }) };
}

function faultsOfJob({ text, marked }: Word): CommandFault[] {
  const isName =
    marked === undefined && text.length <= jobChars && !/[\p{Cc}\p{Cs}]/u.test(text) && isVisible(text);
  return isName ? [] : [{ kind: "wrongJob", text }];
}

const unneeded = ({ text }: Word): CommandFault => ({ kind: "unneeded", text });

const notUnderstood = (faults: CommandFault[]): ParsedCommand => ({
  kind: "notUnderstood",
  faults: faults.slice(0, faultsAtMost),
});

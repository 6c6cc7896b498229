import { notifications } from "../../lambda/names.ts";
import type { Command } from "../../lambda/slack-app/command.ts";
import { commandName } from "../slack/person.ts";
import { people } from "../slack/people.ts";

/** What may follow the text of a composer, word by word. */

export interface Completion {
  /** The word that it adds or completes. */
  word: string;
  /** The whole text with this word. */
  text: string;
}

/** What follows each verb. */
const verbs: Record<Exclude<Command["kind"], "chooseJob">, "job" | "buildId" | "committer" | "nothing"> = {
  subscribe: "job",
  unsubscribe: "job",
  list: "nothing",
  status: "nothing",
  follow: "buildId",
  me: "committer",
  help: "nothing",
};

const [branch, mention] = ["branch:", "@"];

/** The local ServiceStage has commits of these people. */
const committers = people.filter(({ id }) => !id.startsWith("S")).map(({ name }) => name);

/** @param jobs the names of the jobs */
export function completionsOf(typed: string, jobs: readonly string[]): Completion[] {
  const words = typed.trimStart().split(/\s+/);
  const last = words.pop() ?? "";
  const before = typed.slice(0, typed.length - last.length);
  return nextWords(words, last, jobs)
    .filter((word) => word.startsWith(last) && word !== last)
    .map((word) => ({ word, text: `${before}${word}${word === branch || word === mention ? "" : " "}` }));
}

function nextWords(words: readonly string[], last: string, jobs: readonly string[]): readonly string[] {
  const [command, verb, job, ...options] = words;
  if (command === undefined) return [commandName];
  if (command !== commandName) return [];
  if (verb === undefined) return Object.keys(verbs);
  const follows = Object.hasOwn(verbs, verb) ? verbs[verb as keyof typeof verbs] : "nothing";
  if (follows === "committer" && job === undefined) return committers;
  if (follows !== "job") return [];
  if (job === undefined) return jobs;
  if (verb !== "subscribe") return [];
  if (last.startsWith(mention))
    return ["committer", ...people.map(({ name }) => name)].map((name) => mention + name);
  const hasLevel = notifications.some((level) => options.includes(level));
  return [...(hasLevel ? [] : notifications), branch, mention];
}

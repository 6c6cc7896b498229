import type { Build } from "../domain/build.ts";
import { committerWord, type Committer } from "../domain/committer.ts";
import type { ListedJob } from "../domain/job.ts";
import { messageLink } from "../domain/message-link.ts";
import type { Subscription } from "../domain/subscription.ts";
import type { Language } from "../names.ts";
import type { Answer } from "../slack-app/answer.ts";
import { renderFailure, renderHeadline } from "../slack/card.ts";
import { bold, escapeText, fitLines, literal } from "../slack/text.ts";
import { commandWordingIn, type CommandWording } from "../slack/wording/commands.ts";
import { wordingIn } from "../slack/wording/wording.ts";
import type { CommandFault } from "./parse-command.ts";

/** What Slack shows as the answer to a command. Everything from outside is escaped and bounded. */
export interface Reply {
  /** `ephemeral`: only the caller sees it. */
  response_type: "ephemeral" | "in_channel";
  /** For the answer to a click: the message with the button stays. */
  replace_original?: false;
  text: string;
}

export interface ReplySettings {
  /** Such as `/builds`. */
  command: string;
  language: Language;
}

export interface AnswerSettings extends ReplySettings {
  /** For links to messages. */
  slackApiUrl: string;
}

/** Slack cuts longer texts. */
const textChars = 3_000;
/** Of a name or an id. */
const nameChars = 130;

const toCaller = (lines: readonly string[], words: CommandWording): Reply => ({
  response_type: "ephemeral",
  text: fitLines(lines, textChars, words.more),
});
const toChannel = (text: string): Reply => ({ response_type: "in_channel", text });

export function renderHelp({ command, language }: ReplySettings): Reply {
  const words = commandWordingIn(language);
  return toCaller(words.help(command), words);
}

export function renderFaults(faults: readonly CommandFault[], { command, language }: ReplySettings): Reply {
  const words = commandWordingIn(language);
  const lines = faults.map((fault) => `• ${renderFault(fault, words)}`);
  return toCaller([words.notUnderstood(command), ...lines], words);
}

function renderFault(fault: CommandFault, { faults }: CommandWording): string {
  return "text" in fault ? faults[fault.kind](literal(fault.text)) : faults[fault.kind];
}

export function renderDirectMessage({ command, language }: ReplySettings): Reply {
  const words = commandWordingIn(language);
  return toCaller([words.directMessage(command)], words);
}

/** The command could not be carried out, and the log says why. */
export function renderFailed({ language }: Pick<ReplySettings, "language">): Reply {
  const words = commandWordingIn(language);
  return toCaller([words.failed], words);
}

export function renderAnswer(answer: Answer, { command, language, slackApiUrl }: AnswerSettings): Reply {
  const words = commandWordingIn(language);
  const say = (...lines: string[]): Reply => toCaller(lines, words);
  switch (answer.kind) {
    case "subscribed": {
      const { subscription, as, by } = answer;
      const text = words.subscribed[as](mentionOf(by), bold(nameOf(subscription)));
      const settings = settingsOf(subscription, words);
      return as === "same" ? say(text, ...settings) : toChannel([text, settings.join(" · ")].join("\n"));
    }
    case "unsubscribed":
      return toChannel(words.unsubscribed(mentionOf(answer.by), bold(literal(answer.job, nameChars))));
    case "subscriptions":
      return answer.subscriptions.length === 0
        ? say(words.noSubscriptions(command))
        : say(
            words.subscriptions,
            ...answer.subscriptions.map((each) => subscriptionLine(each, words, language)),
          );
    case "builds":
      return answer.builds.length === 0
        ? say(words.noBuilds)
        : say(
            words.builds,
            ...answer.builds.map((build) => buildLine(build, words, { language, slackApiUrl })),
          );
    case "following": {
      const build = literal(answer.build.buildId, nameChars);
      const { notify = "all" } = answer.build.registration;
      return say(answer.isNew ? words.following(build, words.levels[notify]) : words.followingAlready(build));
    }
    case "notFollowed":
      return say(words.notFollowed[answer.because](literal(answer.build.buildId, nameChars)));
    case "jobs": {
      const { jobs, subscribed, complete } = answer;
      if (jobs.length === 0) return say(words.noJobs);
      const lines = jobs.map(
        ({ jobId, jobName }) =>
          `• ${literal(jobName, nameChars)}${subscribed.has(jobId) ? ` (${words.isSubscribed})` : ""}`,
      );
      return say(words.jobs(command), ...(complete ? [] : [words.furtherJobs]), ...lines);
    }
    case "severalJobs": {
      const { typed, jobs, of } = answer;
      const lines = jobs.map(({ jobId }) => `• \`${command} ${of} ${escapeText(jobId, nameChars)}\``);
      return say(words.severalJobs(literal(typed, nameChars), jobs.length), ...lines);
    }
    case "unknownJob": {
      const { typed, nearest, complete } = answer;
      const missing = complete ? [] : [words.furtherJobs];
      return say(words.unknownJob(literal(typed, nameChars)), ...missing, ...nearestLines(nearest, words));
    }
    case "notSubscribed": {
      const jobs = answer.subscriptions.map(({ jobId, jobName = jobId }) => ({ jobId, jobName }));
      return say(words.notSubscribed(literal(answer.typed, nameChars)), ...nearestLines(jobs, words));
    }
    case "committers":
      return answer.committers.length === 0
        ? say(words.noCommitters(command))
        : say(words.committers, ...answer.committers.map((each) => committerLine(each, command, words)));
    case "committer":
      return say(words.committer[answer.as](literal(answer.typed, nameChars)));
    case "channelRefused":
      return say(words.channelRefused(literal(answer.code, nameChars)));
    case "channelNotChecked":
      return say(words.channelNotChecked);
    case "serviceStageFailed":
      return say(words.serviceStageFailed(wordingIn(language).failures[answer.reason]));
    case "contended":
      return say(words.contended);
  }
}

const mentionOf = (id: string): string => (id.startsWith("S") ? `<!subteam^${id}>` : `<@${id}>`);

const mentioned = (id: string, words: CommandWording): string =>
  id === committerWord ? words.theCommitter : mentionOf(id);

const committerLine = ({ name, link }: Committer, command: string, words: CommandWording): string =>
  link?.linkedAt === undefined
    ? `• ${literal(name)} · ${words.asked(`${command} me ${escapeText(name)}`)}`
    : `• ${literal(name)}`;

const nameOf = ({ jobId, jobName = jobId }: Subscription): string => literal(jobName, nameChars);

/** The public message does not list whom a failure mentions: Slack would notify all of them. */
function settingsOf({ settings }: Subscription, words: CommandWording): string[] {
  const { notify = "all", branches = [] } = settings;
  const globs = branches.map((glob) => literal(glob)).join(", ");
  return [words.levels[notify], ...(globs ? [words.branches(globs)] : [])];
}

/** With a link to the build's card, once it is posted. */
function buildLine(
  build: Build,
  words: CommandWording,
  { language, slackApiUrl }: Pick<AnswerSettings, "language" | "slackApiUrl">,
): string {
  const link = messageLink(build.delivery.card?.receipt, slackApiUrl);
  const headline = `• ${renderHeadline(build, wordingIn(language))}`;
  return link === undefined ? headline : `${headline} · <${link}|${words.card}>`;
}

/** With the trouble that the channel was told about. */
function subscriptionLine(subscription: Subscription, words: CommandWording, language: Language): string {
  const { settings, trouble } = subscription;
  const { mention } = settings;
  return [
    `• ${bold(nameOf(subscription))}`,
    ...settingsOf(subscription, words),
    ...(mention.length > 0 ? [words.mentions(mention.map((id) => mentioned(id, words)).join(" "))] : []),
    ...(trouble?.shown ? [`⚠️ ${renderFailure(trouble.reason, wordingIn(language))}`] : []),
  ].join(" · ");
}

const nearestLines = (jobs: readonly ListedJob[], words: CommandWording): string[] =>
  jobs.length === 0 ? [] : [words.nearest, ...jobs.map(({ jobName }) => `• ${literal(jobName, nameChars)}`)];

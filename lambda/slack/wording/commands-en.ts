import type { Action } from "../../domain/action.ts";
import { branchLength, globsAtMost, starsAtMost } from "../../domain/branches.ts";
import type { Notify } from "../../domain/notify.ts";
import { mentionsAtMost } from "../../names.ts";

const levels: Record<Notify, string> = {
  all: "every change",
  progress: "every change, but nothing about queued phases",
  changes: "a failure after a success, and a success after a failure",
  failures: "failures only",
  end: "only how a build ended",
};

const named = Object.entries(levels).map(([level, says]) => `\`${level}\` (${says})`);

/** Somebody was faster. */
const alreadyDone: Record<Action, (who: string) => string> = {
  mute: (who) => `${who} has muted this build already.`,
  stop: (who) => `${who} has stopped following this build already.`,
  cancel: (who) => `${who} has cancelled this build already.`,
  start: (who) =>
    `${who} has started a new build already. To build once more, use the card of the new build.`,
};

/** The answers to a click on a button of a card. */
const clicks = {
  done: {
    mute: "This build is muted: from here on only its end is shown. The thread says so within a minute.",
    stop: "This build is no longer followed here. The thread says so within a minute.",
    cancel:
      "ServiceStage accepted the request to cancel this build. The card shows when the build is cancelled.",
  },
  started: (build: string) => `A new build began: ${build}. It is followed here.`,
  begun: (build: string) =>
    `Build ${build} began after an earlier request, so no other build was started. It is followed here.`,
  noAnswer: {
    cancel:
      "ServiceStage gave no answer. The card shows whether the build was cancelled. If it runs on, you can try again.",
    start:
      "ServiceStage gave no answer, and lists no new build so far. Nothing is repeated by itself. If no build begins in the next minutes, press the button again: it first checks whether a build began.",
  },
  failed: (reason: string) => `Nothing was done: ${reason}. Try again later.`,
  forbidden:
    "Nothing was done: the notifier's credentials may not do this. Whoever runs the app can give their user the policy ServiceStage Development.",
  alreadyDone,
  underWay: {
    mute: alreadyDone.mute,
    stop: alreadyDone.stop,
    cancel: (who: string) => `${who} is cancelling this build at the moment.`,
    start: (who: string) => `${who} is starting a new build at the moment.`,
  },
  refused: {
    over: "This build is over, or is no longer followed here, so nothing was done.",
    stopping: "This build is about to be no longer followed here, so nothing was done.",
    running: "This build still runs. It can be built again when it is over.",
    quiet: "Only the end of this build is shown here already.",
    jobUnknown: "Nothing was done: ServiceStage did not say to which job this build belongs.",
  },
  notAllowed:
    "Nothing was done: the setting slackActions does not allow this. Whoever runs the app can change it.",
  unknownBuild:
    "Nothing was done: this card is old, and the notifier no longer knows its build. The command `follow` shows a build again.",
  contended: "Nothing was done: this build is changing at the moment. Try again.",
  otherChannel: "Nothing was done: this card belongs to another channel. Use its button there.",
  unknownButton: "Nothing was done: this button belongs to another version of the app. Use a newer card.",
};

/** The texts of the answers to commands. `command` is such as `/builds`. */
export const en = {
  levels,
  help: (command: string) => [
    "*What this channel can hear about ServiceStage builds:*",
    `• \`${command} subscribe JOB\` shows every new build of a job here. What may follow:`,
    `    how much: ${named.join(", ")}`,
    "    `branch:main,release/*` (only these branches, separated by commas without spaces)",
    "    `@ann @backend @committer` (whom a failure mentions; `@committer` is whoever made the commit)",
    `• \`${command} subscribe\` lists the jobs to choose from`,
    `• \`${command} unsubscribe JOB\` ends a subscription`,
    `• \`${command} list\` lists the subscriptions of this channel`,
    `• \`${command} status\` lists the builds that run and are shown here`,
    `• \`${command} follow BUILD_ID\` shows a single build here`,
    `• \`${command} me NAME\` has a failure mention you as this committer; \`${command} me NAME off\` ends it, and \`${command} me\` lists your names`,
    "JOB is the name of a job, or its ID. A name with spaces needs quotation marks.",
  ],
  notUnderstood: (command: string) =>
    `This command was not carried out. \`${command} help\` lists what is possible.`,
  faults: {
    unknownCommand: (text: string) => `${text} is not a command.`,
    unknownOption: (text: string) => `${text} is not an option. A name with spaces needs quotation marks.`,
    wrongGlob: (text: string) =>
      `${text} is not a pattern of a branch: it may have ${branchLength} characters and ${starsAtMost} stars, two stars only ` +
      "between slashes, and no brackets or braces.",
    unneeded: (text: string) => `${text} is not needed here. A name with spaces needs quotation marks.`,
    wrongJob: (text: string) => `${text} is not the name or the ID of a job. The job comes first.`,
    wrongBuildId: (text: string) =>
      `${text} is not the ID of a build. ServiceStage shows the ID in the list of a job's builds.`,
    wrongCommitter: (text: string) =>
      `${text} is not the name of a committer. Type the name as the card shows it. You can link only yourself.`,
    noJob: "The name of the job is missing.",
    noBuildId: "The ID of the build is missing.",
    noGlob: "`branch:` needs a branch, such as `branch:main`.",
    groupMention: "A failure can mention people and user groups, but no channel and not everybody.",
    severalLevels: `Choose only one of these: ${Object.keys(levels).join(", ")}.`,
    tooLong: "The text is too long.",
    tooManyGlobs: `There are more than ${globsAtMost} patterns of branches.`,
    tooManyMentions: `There are more than ${mentionsAtMost} mentions.`,
  },
  directMessage: (command: string) =>
    `\`${command}\` works in channels, and not in direct messages: builds are shown to a whole channel.`,
  subscribed: {
    new: (who: string, job: string) =>
      `🔔 ${who} subscribed this channel to ${job}: new builds are shown here.`,
    changed: (who: string, job: string) =>
      `🔔 ${who} changed this channel's subscription to ${job}. It applies to builds that come.`,
    same: (_who: string, job: string) => `This channel is subscribed to ${job} already, with these settings.`,
  },
  unsubscribed: (who: string, job: string) =>
    `🔕 ${who} ended this channel's subscription to ${job}. Builds that run are shown to their ends.`,
  branches: (globs: string) => `branches ${globs}`,
  mentions: (who: string) => `a failure mentions ${who}`,
  theCommitter: "whoever made the commit",
  committers: "*Your names as a committer:*",
  noCommitters: (command: string) =>
    `You are not linked with a committer. \`${command} me NAME\` links you with a name, such as a card shows it after “by”.`,
  asked: (confirm: string) => `proposed: \`${confirm}\` confirms it, with \`off\` you decline`,
  committer: {
    linked: (name: string) =>
      `You are linked with ${name}: a failure with this committer mentions you, in channels that mention committers.`,
    linkedBefore: (name: string) => `You are linked with ${name} already.`,
    taken: (name: string) =>
      `${name} is linked with somebody else, so nothing was changed. That person, or whoever runs the app, can end the link.`,
    unlinked: (name: string) => `You are no longer linked with ${name}.`,
    notYours: (name: string) => `You are not linked with ${name}.`,
  },
  subscriptions: "*This channel's subscriptions:*",
  noSubscriptions: (command: string) =>
    `This channel has no subscriptions. \`${command} subscribe\` lists the jobs to choose from.`,
  builds: "*Builds that are followed here:*",
  card: "card",
  noBuilds: "No build is followed here at the moment.",
  following: (build: string, level: string) => `Build ${build} is followed here: ${level}.`,
  followingAlready: (build: string) => `Build ${build} is followed here already.`,
  notFollowed: {
    settingsDiffer: (build: string) => `Build ${build} is followed here already, with other settings.`,
    stopping: (build: string) =>
      `Build ${build} is about to be stopped here. Try again in two minutes to follow it again.`,
    stillPending: (build: string) =>
      `Some messages about build ${build} still wait to be sent here. Try again when they have arrived.`,
  },
  jobs: (command: string) =>
    `*The jobs to choose from.* \`${command} subscribe\` with a name subscribes this channel:`,
  noJobs: "ServiceStage lists no jobs.",
  isSubscribed: "subscribed",
  furtherJobs: "There are more jobs than ServiceStage could list in time.",
  more: (count: number) => `… and ${count} more`,
  severalJobs: (job: string, count: number) =>
    `There are ${count} jobs with the name ${job}. Choose one by its ID:`,
  unknownJob: (job: string) => `ServiceStage has no job ${job}.`,
  nearest: "Did you mean one of these?",
  notSubscribed: (job: string) => `This channel is not subscribed to ${job}.`,
  channelRefused: (code: string) =>
    `Nothing was stored: the app can't write to this channel. Invite it with \`/invite\` and its name, and try again. (Slack: ${code})`,
  channelNotChecked:
    "Nothing was stored: Slack could not be asked about this channel. Try again in a moment. If this stays, tell whoever runs the app.",
  serviceStageFailed: (reason: string) => `ServiceStage could not be asked: ${reason}. Try again later.`,
  contended: "Somebody else is changing the same at the moment. Try again.",
  clicks,
  failed: "This could not be carried out. Try again in a moment. If this stays, tell whoever runs the app.",
};

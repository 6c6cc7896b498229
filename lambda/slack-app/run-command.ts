import type { Build, Retention, Settings } from "../domain/build.ts";
import { nearestJobs } from "../domain/job-names.ts";
import type { Subscription, SubscriptionSettings } from "../domain/subscription.ts";
import { askServiceStage, type AskParts } from "../tracking/ask-service-stage.ts";
import { chooseJob } from "../tracking/choose-job.ts";
import { linkCommitter, unlinkCommitter } from "../tracking/committers.ts";
import { listJobs } from "../tracking/find-jobs.ts";
import {
  ServiceStageError,
  type ApiStore,
  type Clock,
  type Log,
  type SlackChannels,
} from "../tracking/ports.ts";
import { register } from "../tracking/register.ts";
import { subscribeJob, unsubscribeJob } from "../tracking/subscribe.ts";
import type { Answer } from "./answer.ts";
import type { Caller, Command, SubscribeOptions } from "./command.ts";

export interface CommandParts extends AskParts {
  store: AskParts["store"] & ApiStore;
  clock: Pick<Clock, "now">;
  channels: SlackChannels;
  newId: () => string;
  retention: Retention;
  /** The stack's settings for what a command leaves out. */
  defaults: { [K in "notify" | "thread" | "mention"]?: Settings[K] | undefined };
  log: Log;
}

/** Carries out a command, with the API's use cases. Nothing is stored unless the bot can write to the channel. */
export async function runCommand(
  command: Exclude<Command, { kind: "help" }>,
  caller: Caller,
  parts: CommandParts,
): Promise<Answer> {
  try {
    switch (command.kind) {
      case "subscribe":
        return await subscribe(command.job, command.options, caller, parts);
      case "unsubscribe":
        return await unsubscribe(command.job, caller, parts);
      case "follow":
        return await follow(command.buildId, caller, parts);
      case "list":
        return { kind: "subscriptions", subscriptions: await subscriptionsIn(caller.channel, parts) };
      case "status":
        return { kind: "builds", builds: await buildsIn(caller.channel, parts) };
      case "me":
        return await answerMe(command, caller, parts);
      case "chooseJob":
        return await offerJobs(caller, parts);
    }
  } catch (error) {
    if (!(error instanceof ServiceStageError)) throw error;
    parts.log.warn("A command failed because ServiceStage could not be asked", { error });
    return { kind: "serviceStageFailed", reason: error.reason };
  }
}

async function subscribe(
  typed: string,
  options: SubscribeOptions,
  { channel, userId }: Caller,
  parts: CommandParts,
): Promise<Answer> {
  const refusal = await refusalOf(channel, parts);
  if (refusal) return refusal;
  const chosen = await askServiceStage(parts, (asked) => chooseJob(typed, asked));
  if (chosen.kind === "none") {
    const { nearest, complete } = chosen;
    return { kind: "unknownJob", typed, nearest, complete };
  }
  if (chosen.kind === "several") return { kind: "severalJobs", typed, jobs: chosen.jobs, of: "subscribe" };
  const { jobId, jobName } = chosen.job;
  const settings: SubscriptionSettings = {
    ...settingsIn(channel, parts.defaults),
    ...options,
  };
  const done = await subscribeJob(parts, jobId, jobName, settings);
  if (done.kind === "contended") return done;
  return { kind: "subscribed", subscription: done.subscription, as: done.as, by: userId };
}

async function unsubscribe(typed: string, { channel, userId }: Caller, parts: CommandParts): Promise<Answer> {
  const subscriptions = await subscriptionsIn(channel, parts);
  const named = subscriptions.filter((each) => each.jobName === typed);
  const jobs = named.map(listed);
  if (jobs.length > 1) return { kind: "severalJobs", typed, jobs, of: "unsubscribe" };
  // An id is tried also if it is not in the list, because the list may be out of date.
  const { jobId, jobName } = jobs[0] ?? { jobId: typed, jobName: nameOf(typed, subscriptions) };
  switch (await unsubscribeJob(parts, jobId, channel)) {
    case "ended":
      return { kind: "unsubscribed", job: jobName, by: userId };
    case "endedBefore":
    case "none":
      return { kind: "notSubscribed", typed, subscriptions: nearestOf(typed, subscriptions) };
    case "contended":
      return { kind: "contended" };
  }
}

const listed = ({ jobId, jobName = jobId }: Subscription) => ({ jobId, jobName });

const nameOf = (jobId: string, subscriptions: readonly Subscription[]): string =>
  subscriptions.find((each) => each.jobId === jobId)?.jobName ?? jobId;

/** The subscriptions whose names are near to what was typed; all of them if none is near. */
function nearestOf(typed: string, subscriptions: Subscription[]): Subscription[] {
  const near = new Set(nearestJobs(subscriptions.map(listed), typed).map(({ jobId }) => jobId));
  return near.size > 0 ? subscriptions.filter(({ jobId }) => near.has(jobId)) : subscriptions;
}

async function follow(buildId: string, { channel }: Caller, parts: CommandParts): Promise<Answer> {
  const refusal = await refusalOf(channel, parts);
  if (refusal) return refusal;
  const done = await register(parts, buildId, settingsIn(channel, parts.defaults));
  switch (done.kind) {
    case "registered":
      return { kind: "following", build: done.build, isNew: done.isNew };
    case "contended":
      return done;
    case "settingsDiffer":
    case "stopping":
    case "stillPending":
      return { kind: "notFollowed", build: done.build, because: done.kind };
  }
}

async function offerJobs({ channel }: Caller, parts: CommandParts): Promise<Answer> {
  const { jobs, complete } = await askServiceStage(parts, listJobs);
  const subscribed = new Set((await subscriptionsIn(channel, parts)).map(({ jobId }) => jobId));
  return { kind: "jobs", jobs, subscribed, complete };
}

async function answerMe(
  { committer, off }: Extract<Command, { kind: "me" }>,
  { userId }: Caller,
  parts: CommandParts,
): Promise<Answer> {
  if (!committer) {
    const committers = await parts.store.listCommitters();
    return { kind: "committers", committers: committers.filter(({ link }) => link?.user === userId) };
  }
  const { typed, name } = committer;
  const { kind } = await (off ? unlinkCommitter : linkCommitter)(parts, name, userId);
  switch (kind) {
    case "changed":
      return { kind: "committer", typed, as: off ? "unlinked" : "linked" };
    case "same":
      return { kind: "committer", typed, as: "linkedBefore" };
    case "refused":
      return { kind: "committer", typed, as: off ? "notYours" : "taken" };
    case "contended":
      return { kind };
  }
}

/** Why nothing may be stored for the channel; undefined if the bot can write to it. */
async function refusalOf(channel: string, { channels }: CommandParts): Promise<Answer | undefined> {
  const check = await channels.check(channel);
  switch (check.kind) {
    case "fine":
      return undefined;
    case "refused":
      return { kind: "channelRefused", code: check.reason.split(":")[0]! };
    case "unknown":
      return { kind: "channelNotChecked" };
  }
}

const settingsIn = (
  channel: string,
  { notify = "all", thread = true, mention = [] }: CommandParts["defaults"],
): Settings => ({ channel, notify, thread, mention });

async function subscriptionsIn(channel: string, { store }: CommandParts): Promise<Subscription[]> {
  const feeds = await store.loadChannel(channel);
  return feeds.filter((feed) => feed.kind === "subscription").filter(({ status }) => status === "active");
}

/** The builds that are tracked, in the order of their registration. */
async function buildsIn(channel: string, { store }: CommandParts): Promise<Build[]> {
  const feeds = await store.loadChannel(channel);
  return feeds
    .filter((feed) => feed.kind === "build")
    .filter(({ status }) => status === "tracking")
    .toSorted((a, b) => a.registration.at - b.registration.at);
}

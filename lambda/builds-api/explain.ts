import type { Action, ActionOutcome } from "../domain/action.ts";
import type { Circuit } from "../tracking/ports.ts";
import { lookedForUntil, type Build, type ChannelRefusal, type Trouble } from "../domain/build.ts";
import {
  isCovered,
  lateApplyMillis,
  pauseOf,
  standing,
  type AbandonReason,
  type Lease,
  type Message,
  type MessageContent,
  type Postponement,
  type Setback,
} from "../domain/delivery.ts";
import type { Outage } from "../domain/notices.ts";
import type { Outcome } from "../domain/outcome.ts";
import { unknownJob, type Subscription } from "../domain/subscription.ts";
import type { Transition } from "../domain/transition.ts";
import { pathInChannel, pathOfSubscription } from "./paths.ts";

/** The sentences that say why a message is pending. */

interface Reason {
  why: "waiting" | "sending" | "inDoubt" | "refused" | "unavailable" | "tokenRefused";
  detail: string;
  /** Epoch milliseconds. */
  since?: number;
  nextTryAt?: number;
}

const outcomes: Record<Outcome, string> = {
  succeeded: "the build succeeded",
  failed: "the build failed",
  timedOut: "the build timed out",
  cancelled: "the build was cancelled",
  deleted: "the build was deleted",
  ended: "the build ended",
};

type Subject = "build" | "job";

const troublesOf = (subject: Subject): Record<string, string> => ({
  unknownBuild:
    "ServiceStage can't find this build. Check the build ID, and the stack's region and project. " +
    "ServiceStage may need some seconds to show a new build.",
  unknownJob:
    "ServiceStage can't find this job. Check the job ID, and the stack's region and project. " +
    "GET /jobs?name= finds a job by its name.",
  refused: `ServiceStage rejects the credentials for this ${subject}. Check the secret and the user's permissions.`,
  forbidden:
    `The credentials have no permission to read this ${subject}. ` +
    "Give their user the policy ServiceStage ReadOnlyAccess.",
  throttled:
    "ServiceStage is limiting the notifier's requests. Just wait: the notifier tries again by itself.",
  unavailable: `ServiceStage does not respond for this ${subject}. The notifier polls it again in every pass.`,
  notUnderstood:
    `The notifier can't read ServiceStage's response for this ${subject}. ` +
    "The log of the poll function shows the response.",
});

/** Why a pending message, or a build's card, has not been sent yet. */
export function explainPending(feed: Build | Subscription, now: number, pending: Message | "card"): Reason {
  const { lease, postponed, setback } = feed.delivery;
  const state = standing(feed, now);
  if (lease && pending !== "card" && !isCovered(pending, lease.covers)) return explainBehind(lease, now);
  if (lease && state === "held") return explainHeld(lease, setback, now);
  if (lease && state === "doubtful") return explainDoubt(lease, setback, now);
  if (setback && isAbout(pending, setback)) return explainSetback(setback, now);
  if (postponed && isAbout(pending, postponed)) return explainRefusal(postponed, feed, now);
  return {
    why: "waiting",
    detail:
      "The message is recorded. The next pass sends it, usually within a minute. It takes longer when many messages " +
      "wait for the channel: Slack accepts about one message a second in each channel.",
  };
}

const isAbout = (pending: Message | "card", { of }: Setback | Postponement): boolean =>
  of === "all" || pending === "card";

/** It was observed after the lease was taken. */
const explainBehind = ({ until }: Lease, now: number): Reason => ({
  why: "waiting",
  detail: "The message is recorded. It is sent after the messages before it.",
  ...(until > now && { nextTryAt: until }),
});

function explainHeld(lease: Lease, setback: Setback | undefined, now: number): Reason {
  const checkFirst = "The notifier first checks in Slack, and only then sends anything again.";
  if (setback?.kind === "unknown") {
    const detail = `Slack's answer was lost, so the message may have arrived (${setback.reason}). ${checkFirst}`;
    return { why: "inDoubt", detail, since: lease.doubtSince ?? lease.since, nextTryAt: lease.until };
  }
  // From this time on, nothing is sent under this lease.
  if (now > lease.until - lateApplyMillis) {
    const detail = `A delivery that began at ${iso(lease.since)} did not finish, so the message may have arrived. ${checkFirst}`;
    return { why: "inDoubt", detail, since: lease.since, nextTryAt: lease.until };
  }
  if (!setback) {
    const detail = "The message is being sent now.";
    return { why: "sending", detail, since: lease.since, nextTryAt: lease.until };
  }
  const { why, detail, since } = explainSetback({ ...setback, until: now }, now);
  return { why, detail: `${detail} A retry is running now.`, ...(since !== undefined && { since }) };
}

function explainDoubt(lease: Lease, setback: Setback | undefined, now: number): Reason {
  const since = lease.doubtSince ?? lease.since;
  const happened =
    setback?.kind === "unknown"
      ? "Slack's answer was lost"
      : `A delivery that began at ${iso(since)} was cut short`;
  const why = setback?.kind === "unknown" ? ` (${setback.reason})` : "";
  const blocked = setback && setback.kind !== "unknown" ? ` ${explainSetback(setback, now).detail}` : "";
  return {
    why: "inDoubt",
    detail:
      `${happened}, so the message may have arrived${why}. The next pass checks in Slack before it sends anything. ` +
      `The check needs the scope channels:history, or groups:history in a private channel.${blocked}`,
    since,
  };
}

const nextPass = "The next pass tries again within a minute.";

function explainSetback({ kind, of, reason, since, until }: Setback, now: number): Reason {
  const sinceWhen = `since ${iso(since)}`;
  switch (kind) {
    case "later": {
      const what = of === "edits" ? "no edits" : "no messages";
      const isPaused = until !== undefined && until > now;
      const detail = `Slack has accepted ${what} ${sinceWhen}: ${reason}. ${isPaused ? `The notifier tries again at ${iso(until)}.` : nextPass}`;
      return { why: "unavailable", detail, since, ...(isPaused && { nextTryAt: until }) };
    }
    case "unauthorized":
      return {
        why: "tokenRefused",
        detail:
          `Slack has rejected the bot token ${sinceWhen}: ${reason}. No channel gets messages until the secret holds ` +
          `a valid bot token. ${nextPass}`,
        since,
      };
    case "gone":
      return {
        why: "waiting",
        detail: `The card was deleted in Slack (${reason}). The next pass first posts a new card, within a minute.`,
        since,
      };
    case "unknown":
      return { why: "inDoubt", detail: `Slack's answer was lost (${reason}). ${nextPass}`, since };
  }
}

function explainRefusal(postponed: Postponement, feed: Build | Subscription, now: number): Reason {
  const { of, content, reason, until, at, since = at } = postponed;
  const what = content
    ? "the card's content"
    : of === "all"
      ? "messages for this channel"
      : "to edit the card";
  const refused = `Slack has refused ${what} since ${iso(since)}: ${reason}.`;
  if (pauseOf(feed, now) === undefined) {
    return { why: "refused", detail: `${refused} ${nextPass}`, since };
  }
  return { why: "refused", detail: `${refused} ${remedyOf(feed)}`, since, nextTryAt: until };
}

function remedyOf(feed: Build | Subscription): string {
  if (feed.kind === "subscription") return wrongChannel(feed);
  const redeliver = `When the problem is solved, POST ${pathInChannel(feed, "/redeliver")} starts a retry within a minute.`;
  return `${redeliver} If the channel is wrong, DELETE ${pathInChannel(feed)}, and PUT the build with the right channel.`;
}

const wrongChannel = (subscription: Subscription): string =>
  `If the channel is wrong, DELETE ${pathOfSubscription(subscription)}, and PUT a subscription of the right channel.`;

/** Why the build or the job can't be read. A problem with all of them comes before a problem with this one. */
export function explainTrouble(feed: Build | Subscription, { circuit, outage }: Reach, now: number) {
  const { status, trouble } = feed;
  if (status !== "tracking" && status !== "active") return undefined;
  if (circuit && circuit.openUntil > now) return explainCircuit(circuit);
  if (outage) return explainOutage(outage);
  if (!trouble) return undefined;
  return feed.kind === "build"
    ? explainOwn(trouble, "build", lookedForUntil(feed))
    : explainOwn(trouble, "job", undefined);
}

/** Once a message is pending, its own reason says more. */
export function explainChannel({ status, channelRefusal, registration, delivery }: Build) {
  if (status !== "tracking" || !channelRefusal || delivery.card) return undefined;
  const { reason, since } = channelRefusal;
  return {
    detail: `Slack refuses the channel ${registration.channel}, so no message can be sent: ${reason}.`,
    since: iso(since),
  };
}

/** Slack refuses the channel of an active subscription, as a build or another subscription of the channel found out. */
export function explainRefusedChannel(subscription: Subscription, { reason, since }: ChannelRefusal) {
  if (subscription.status !== "active") return undefined;
  return {
    detail:
      `Slack refuses the channel ${subscription.settings.channel}: ${reason}. Builds that come are registered all the same, ` +
      `and their messages are sent when Slack accepts them. ${wrongChannel(subscription)}`,
    since: iso(since),
  };
}

/** Problems that concern all builds of the channel. */
export interface Reach {
  circuit?: Circuit | undefined;
  outage?: Outage | undefined;
}

const explainCircuit = ({ reason, openUntil }: Circuit) => ({
  reason,
  detail:
    "ServiceStage rejects the credentials. Check the secret. The notifier reads no builds until the pause ends: " +
    "more attempts could make Huawei Cloud lock the key.",
  nextTryAt: iso(openUntil),
});

const explainOutage = ({ reason, since }: Outage) => ({
  reason,
  detail:
    "The notifier can't read any build at the moment. The log of the poll function says why. Updates follow when the " +
    "problem is solved.",
  since: iso(since),
});

function explainOwn({ reason, since }: Trouble, subject: Subject, lookedForUntil: number | undefined) {
  const troubles = troublesOf(subject);
  const known = Object.hasOwn(troubles, reason) ? troubles[reason] : undefined;
  const until =
    lookedForUntil === undefined ? "" : ` The notifier keeps trying until ${iso(lookedForUntil)}.`;
  return {
    reason,
    detail: (known ?? `The notifier can't read this ${subject} at the moment.`) + until,
    since: iso(since),
  };
}

const abandonments: Record<AbandonReason, string> = {
  unchanged: "the build did not change for too long, so tracking stopped",
  unknownBuild: "ServiceStage can't find the build, so tracking stopped",
};

/** After the ID of the Slack user. */
const actionsDone: Record<Action, string> = {
  mute: "muted the build: from then on only its end is sent",
  stop: "stopped following the build in this channel",
  cancel: "cancelled the build",
  start: "started a new build of the job",
};

const actionsBy: Record<ActionOutcome, Record<Action, string>> = {
  done: actionsDone,
  begun: { ...actionsDone, start: "asked for a new build of the job, although one had begun" },
  unknown: {
    ...actionsDone,
    cancel: "asked ServiceStage to cancel the build, and got no answer",
    start: "asked ServiceStage for a new build of the job, and got no answer",
  },
};

/** A message in one line of plain text. */
export function summarize(content: MessageContent): string {
  switch (content.kind) {
    case "caughtUp":
      return withOutcome(content.transitions.map(arrow).join(", "), content.outcome);
    case "transition":
      return withOutcome(arrow(content.transition), content.outcome);
    case "ended":
      return outcomes[content.outcome];
    case "slow":
      return `the build takes longer than usual: the median is ${Math.round(content.medianMillis / 1000)} s`;
    case "abandoned":
      return abandonments[content.reason];
    case "omitted":
      return `${content.count} more ${content.count === 1 ? "transition" : "transitions"}, not listed one by one: there were too many to store`;
    case "action":
      return `${content.by} ${actionsBy[content.result][content.action]}`;
    case "jobUnreadable":
      return content.reason === unknownJob
        ? `ServiceStage can't find the job ${content.job}; the problem began at ${iso(content.since)}`
        : `the notifier can't read all builds of the job ${content.job}; the problem began at ${iso(content.since)}`;
    case "outOfReach":
      return `the notifier can't read ServiceStage; the problem began at ${iso(content.since)}`;
    case "backInReach":
      return `the notifier can read ServiceStage again; the problem began at ${iso(content.since)}`;
  }
}

const arrow = ({ phase, from, to }: Transition): string => `${phase}: ${from} → ${to}`;

const withOutcome = (text: string, outcome: Outcome | undefined): string =>
  outcome ? `${text}; ${outcomes[outcome]}` : text;

export const iso = (millis: number): string => new Date(millis).toISOString();

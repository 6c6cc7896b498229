import type { Circuit } from "../tracking/ports.ts";
import { lookedForUntil, type Build, type Trouble } from "../domain/build.ts";
import {
  lateApplyMillis,
  pauseOf,
  standing,
  type AbandonReason,
  type Lease,
  type MessageContent,
  type Postponement,
  type Setback,
} from "../domain/delivery.ts";
import type { Outage } from "../domain/notices.ts";
import type { Outcome } from "../domain/outcome.ts";
import type { Transition } from "../domain/transition.ts";

/** The sentences of "why was I not told?". */

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

const troubles: Record<string, string> = {
  unknownBuild:
    "ServiceStage does not know this build: check its id and the stack's region and project. " +
    "A build that was started just now may be unknown for some seconds.",
  refused:
    "ServiceStage refuses the credentials for this build: check the secret and the user's permissions.",
  forbidden:
    "The credentials lack the permission for this build: give their user the policy ServiceStage ReadOnlyAccess.",
  throttled: "ServiceStage throttles the calls; nothing is to be done but to wait.",
  unavailable: "ServiceStage does not answer for this build; it is asked again with every pass.",
  notUnderstood:
    "ServiceStage's answer for this build can't be understood; the log of the poll function shows it.",
};

/** Why the messages that a build owes, or its card, have not been told yet. */
export function explainPending(build: Build, now: number, pending: "messages" | "card" = "messages"): Reason {
  const { lease, postponed, setback } = build.delivery;
  const state = standing(build, now);
  if (lease && state === "held") return explainHeld(lease, setback, now);
  if (lease && state === "doubtful") return explainDoubt(lease, setback, now);
  if (setback && isAbout(pending, setback)) return explainSetback(setback, now);
  if (postponed && isAbout(pending, postponed)) return explainRefusal(postponed, build, now);
  return {
    why: "waiting",
    detail:
      "It is recorded, and the next pass delivers it, within a minute; later only where more waits for its channel, " +
      "which takes about one message a second.",
  };
}

const isAbout = (pending: "messages" | "card", { of }: Setback | Postponement): boolean =>
  of === "all" || pending === "card";

function explainHeld(lease: Lease, setback: Setback | undefined, now: number): Reason {
  const lookFirst = "It is looked for in Slack before anything is sent again.";
  if (setback?.kind === "unknown") {
    const detail = `Slack's answer was lost (${setback.reason}), so it may have arrived. ${lookFirst}`;
    return { why: "inDoubt", detail, since: lease.doubtSince ?? lease.since, nextTryAt: lease.until };
  }
  // From here on nothing is sent under this lease.
  if (now > lease.until - lateApplyMillis) {
    const detail = `A delivery that began at ${iso(lease.since)} did not come to its end, so it may have arrived. ${lookFirst}`;
    return { why: "inDoubt", detail, since: lease.since, nextTryAt: lease.until };
  }
  if (!setback) return { why: "sending", detail: "It is being delivered.", nextTryAt: lease.until };
  const { why, detail, since } = explainSetback({ ...setback, until: now }, now);
  return { why, detail: `${detail} It is being tried just now.`, ...(since !== undefined && { since }) };
}

function explainDoubt(lease: Lease, setback: Setback | undefined, now: number): Reason {
  const since = lease.doubtSince ?? lease.since;
  const happened =
    setback?.kind === "unknown"
      ? `Slack's answer was lost (${setback.reason})`
      : `A delivery that began at ${iso(since)} was cut short`;
  const blocked = setback && setback.kind !== "unknown" ? ` ${explainSetback(setback, now).detail}` : "";
  return {
    why: "inDoubt",
    detail:
      `${happened}, so it may have arrived: the next pass looks in Slack before it sends. ` +
      `That needs the scope channels:history, or groups:history in a private channel.${blocked}`,
    since,
  };
}

const nextPass = "The next pass tries again, within a minute.";

function explainSetback({ kind, of, reason, since, until }: Setback, now: number): Reason {
  const sinceWhen = `since ${iso(since)}`;
  switch (kind) {
    case "later": {
      const what = of === "edits" ? "no edits" : "nothing";
      const isPaused = until !== undefined && until > now;
      const detail = `Slack takes ${what} for now, ${sinceWhen}: ${reason}. ${isPaused ? "It is tried again then." : nextPass}`;
      return { why: "unavailable", detail, since, ...(isPaused && { nextTryAt: until }) };
    }
    case "unauthorized":
      return {
        why: "tokenRefused",
        detail:
          `Slack refuses the bot's token, ${sinceWhen}: ${reason}. Nothing is told in any channel until the secret holds ` +
          `a valid one. ${nextPass}`,
        since,
      };
    case "gone":
      return {
        why: "waiting",
        detail: `The card was deleted in Slack (${reason}), so a new one comes first. The next pass posts it, within a minute.`,
        since,
      };
    case "unknown":
      return { why: "inDoubt", detail: `Slack's answer was lost (${reason}). ${nextPass}`, since };
  }
}

function explainRefusal(postponed: Postponement, build: Build, now: number): Reason {
  const { of, content, reason, until, at, since = at } = postponed;
  const what = content ? "the card for what it says" : of === "all" ? "the channel" : "the card's edit";
  const refused = `Slack refused ${what}: ${reason}.`;
  const sinceWhen = `It has refused since ${iso(since)}.`;
  if (pauseOf(build, now) === undefined) {
    return { why: "refused", detail: `${refused} ${nextPass} ${sinceWhen}`, since };
  }
  const redeliver = `POST /builds/${build.buildId}/redeliver has it tried within a minute`;
  const move = `DELETE it and PUT it with another channel when this one is the wrong one`;
  return {
    why: "refused",
    detail: `${refused} Once that is mended, ${redeliver}; ${move}. ${sinceWhen}`,
    since,
    nextTryAt: until,
  };
}

/** What keeps the build from being read: ServiceStage as a whole before this build alone. */
export function explainTrouble(build: Build, { circuit, outage }: Reach, now: number) {
  const { status, trouble } = build;
  if (status !== "tracking") return undefined;
  if (circuit && circuit.openUntil > now) return explainCircuit(circuit);
  if (outage) return explainOutage(outage);
  return trouble && explainOwn(trouble, lookedForUntil(build));
}

/** What is known of ServiceStage as a whole, for the channel's builds. */
export interface Reach {
  circuit?: Circuit | undefined;
  outage?: Outage | undefined;
}

const explainCircuit = ({ reason, openUntil }: Circuit) => ({
  reason,
  detail:
    "ServiceStage refuses the credentials, so no build is read until the pause is over: check the secret. " +
    "The pause keeps the key from being locked.",
  nextTryAt: iso(openUntil),
});

const explainOutage = ({ reason, since }: Outage) => ({
  reason,
  detail:
    "No build can be read at present; the log of the poll function says why. What moves meanwhile is told afterwards.",
  since: iso(since),
});

const explainOwn = ({ reason, since }: Trouble, lookedForUntil: number | undefined) => ({
  reason,
  detail:
    ((Object.hasOwn(troubles, reason) && troubles[reason]) || "This build can't be read at present.") +
    (lookedForUntil === undefined ? "" : ` It is looked for until ${iso(lookedForUntil)}.`),
  since: iso(since),
});

const abandonments: Record<AbandonReason, string> = {
  unchanged: "nothing moved for too long, and the tracking was given up",
  unknownBuild: "ServiceStage does not know the build, and the tracking was given up",
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
    case "abandoned":
      return abandonments[content.reason];
    case "omitted":
      return `${content.count} transitions, which are not told one by one: there is no room for them`;
    case "outOfReach":
      return `ServiceStage is out of reach since ${iso(content.since)}`;
    case "backInReach":
      return `ServiceStage, out of reach since ${iso(content.since)}, is back`;
  }
}

const arrow = ({ phase, from, to }: Transition): string => `${phase}: ${from} → ${to}`;

const withOutcome = (text: string, outcome: Outcome | undefined): string =>
  outcome ? `${text}; ${outcomes[outcome]}` : text;

export const iso = (millis: number): string => new Date(millis).toISOString();

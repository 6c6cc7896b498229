import type { Circuit } from "../tracking/ports.ts";
import type { Build, Trouble } from "../domain/build.ts";
import {
  pauseOf,
  standing,
  type AbandonReason,
  type MessageContent,
  type Postponement,
} from "../domain/delivery.ts";
import type { Outage } from "../domain/notices.ts";
import type { Outcome } from "../domain/outcome.ts";
import type { Transition } from "../domain/transition.ts";

/** The sentences of "why was I not told?". */

interface Reason {
  why: "waiting" | "sending" | "inDoubt" | "refused";
  detail: string;
  /** Epoch milliseconds. */
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
    "After an hour the tracking is given up.",
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
export function explainOwed(build: Build, now: number, owed: "messages" | "card" = "messages"): Reason {
  const { claim, postponed } = build.delivery;
  const doubtSince = claim?.doubtSince ?? claim?.since ?? now;
  switch (standing(build, now)) {
    case "held":
      return { why: "sending", detail: "It is being delivered.", nextTryAt: claim!.until };
    case "doubtful":
      return {
        why: "inDoubt",
        detail:
          `A delivery that began at ${iso(doubtSince)} was cut short, so it may have arrived: the next pass looks ` +
          "in Slack before it sends. That needs the scope channels:history, or groups:history in a private channel.",
      };
    default:
      if (postponed?.of === "all") return explainRefusal("the channel", postponed, build, now);
      if (postponed && owed === "card") return explainRefusal("the card's edit", postponed, build, now);
      return { why: "waiting", detail: "It is recorded, and the next pass delivers it, within a minute." };
  }
}

function explainRefusal(what: string, { reason, until }: Postponement, build: Build, now: number): Reason {
  const refused = `Slack refused ${what}: ${reason}.`;
  if (pauseOf(build, now) === undefined) {
    return { why: "refused", detail: `${refused} The next pass tries again, within a minute.` };
  }
  const redeliver = `POST /builds/${build.buildId}/redeliver has it tried within a minute`;
  const move = `DELETE it and PUT it with another channel when this one is the wrong one`;
  return {
    why: "refused",
    detail: `${refused} Once that is mended, ${redeliver}; ${move}.`,
    nextTryAt: until,
  };
}

/** What keeps the build from being read: ServiceStage as a whole before this build alone. */
export function explainTrouble({ status, trouble }: Build, { circuit, outage }: Reach, now: number) {
  if (status !== "tracking") return undefined;
  if (circuit && circuit.openUntil > now) return explainCircuit(circuit);
  if (outage) return explainOutage(outage);
  return trouble && explainOwn(trouble);
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

const explainOwn = ({ reason, since }: Trouble) => ({
  reason,
  detail: (Object.hasOwn(troubles, reason) && troubles[reason]) || "This build can't be read at present.",
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
    default:
      return `ServiceStage, out of reach since ${iso(content.since)}, is back`;
  }
}

const arrow = ({ phase, from, to }: Transition): string => `${phase}: ${from} → ${to}`;

const withOutcome = (text: string, outcome: Outcome | undefined): string =>
  outcome ? `${text}; ${outcomes[outcome]}` : text;

export const iso = (millis: number): string => new Date(millis).toISOString();

import type { AbandonReason } from "../domain/delivery.ts";
import type { Outcome } from "../domain/outcome.ts";
import type { ServiceStageFailure } from "../tracking/ports.ts";

/** Every word that people read in Slack, and nothing else. What is passed in is escaped already. */

/** What a card's headline can say. */
export type CardState = Outcome | "notStarted" | "running" | "abandoned" | "stopped";

export const headlines: Record<CardState, string> = {
  notStarted: "⚪ Not started",
  running: "🔵 Running",
  succeeded: "✅ Succeeded",
  failed: "❌ Failed",
  timedOut: "⏰ Timed out",
  cancelled: "🚫 Cancelled",
  deleted: "🗑️ Deleted",
  ended: "🏁 Ended",
  abandoned: "⚠️ No longer followed",
  stopped: "⏹️ No longer followed",
};

const endings: Record<Outcome, string> = {
  succeeded: "✅ The build *succeeded*.",
  failed: "❌ The build *failed*.",
  timedOut: "⏰ The build *timed out*.",
  cancelled: "🚫 The build *was cancelled*.",
  deleted: "🗑️ The build *was deleted*.",
  ended: "🏁 The build *ended*; ServiceStage does not say how.",
};

const abandonments: Record<AbandonReason, string> = {
  unchanged: "⚠️ This build is no longer followed: nothing in it has changed for too long.",
  unknownBuild: "⚠️ This build is no longer followed: ServiceStage does not know it. Check the build's id.",
};

const failures: Record<ServiceStageFailure, string> = {
  unknownBuild: "ServiceStage does not know this build",
  refused: "ServiceStage refuses the notifier's credentials",
  forbidden: "the notifier's credentials lack the permission ServiceStage ReadOnlyAccess",
  throttled: "ServiceStage takes no more calls for now",
  unavailable: "ServiceStage does not answer",
  notUnderstood: "ServiceStage's answer is not understood",
};

export const wording = {
  ending: (outcome: Outcome) => endings[outcome],
  abandoned: (reason: AbandonReason) => abandonments[reason],
  stopped: "⏹️ This build is no longer followed: somebody asked for that.",
  /** @returns undefined for a reason that nobody has heard of */
  failure: (reason: string): string | undefined =>
    Object.hasOwn(failures, reason) ? failures[reason as ServiceStageFailure] : undefined,
  trouble: (reason: string, since: string) =>
    `⚠️ ${reason}, since ${since}. What stands here may be out of date.`,
  outOfReach: (reason: string, since: string) =>
    `⚠️ *Builds can't be followed*: ${reason}, since ${since}. What happens meanwhile is told afterwards.`,
  backInReach: (since: string) => `✅ *Builds are followed again*; they were not since ${since}.`,
  caughtUp: "Followed from now on. So far:",
  caughtUpWithEnd: "This build is over already:",
  build: (id: string) => `build ${id}`,
  transition: (symbol: string, phase: string, from: string, to: string) =>
    `${symbol} *${phase}*: ${from} → ${to}`,
  phase: (name: string, state: string) => `${name}: ${state}`,
  after: (duration: string) => `after ${duration}`,
  since: (time: string) => `since ${time}`,
  took: (duration: string) => `The build took ${duration} by ServiceStage's clock.`,
  more: (count: number) => `… and ${count} more`,
  branch: (name: string) => `Branch ${name}`,
  commit: (id: string) => `Commit ${id}`,
  committer: (name: string) => `by ${name}`,
  buildLink: "Open the build",
  consoleLink: "ServiceStage console",
  observed: (time: string) => `Observed ${time}`,
} as const;

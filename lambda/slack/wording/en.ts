import type { AbandonReason } from "../../domain/delivery.ts";
import type { Outcome } from "../../domain/outcome.ts";
import type { PhaseName, PhaseState } from "../../domain/phase.ts";
import type { ServiceStageFailure } from "../../tracking/ports.ts";

/** What a card's headline can say. */
export type CardState = Outcome | "notStarted" | "running" | "outOfSight" | "abandoned" | "stopped";

const headlines: Record<CardState, string> = {
  notStarted: "⚪ Not started",
  running: "🔵 Running",
  outOfSight: "⚠️ Out of sight",
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
  forbidden:
    "ServiceStage does not let the notifier read it: its credentials lack the permission ServiceStage ReadOnlyAccess",
  throttled: "ServiceStage takes no more calls for now",
  unavailable: "ServiceStage does not answer",
  notUnderstood: "ServiceStage's answer is not understood",
};

/** Phases and states have ServiceStage's own names; a language may have its words for those that are documented. */
const phases: Partial<Record<PhaseName, string>> = {};
const states: Partial<Record<PhaseState, string>> = {};

export const en = {
  headlines,
  endings,
  abandonments,
  failures,
  phases,
  states,
  units: { hours: " h", minutes: " min", seconds: " s", separator: " " },
  columns: ["Phase", "State", "Time"] as [string, string, string],
  stopped: "⏹️ This build is no longer followed: somebody asked for that.",
  trouble: (reason: string, since: string) =>
    `⚠️ ${reason}, since ${since}. What stands here may be out of date.`,
  lookedFor: (since: string, until: string) =>
    `⚠️ *ServiceStage does not know this build*, since ${since}. Check its id, and the region and the project that the ` +
    `notifier is set up for. It is looked for until ${until}.`,
  outOfReach: (reason: string, since: string) =>
    `⚠️ *Builds can't be followed*: ${reason}, since ${since}. What happens meanwhile is told afterwards.`,
  backInReach: (since: string) => `✅ *Builds are followed again*; they were not since ${since}.`,
  omitted: (count: number) =>
    `⚠️ ${count} more changes are not told one by one: this build has more phases than can be kept.`,
  caughtUp: "Followed from now on. So far:",
  caughtUpWithEnd: "This build is over already:",
  build: (id: string) => `build ${id}`,
  headline: (state: string, title: string) => `${state}: ${title}`,
  transition: (symbol: string, phase: string, from: string, to: string) =>
    `${symbol} ${phase}: ${from} → ${to}`,
  phase: (name: string, state: string) => `${name}: ${state}`,
  atMost: (duration: string) => `at most ${duration}`,
  after: (duration: string) => ` after ${duration}`,
  since: (time: string) => `since ${time}`,
  startedAt: (time: string) => `Started ${time}`,
  took: (duration: string) => `It took ${duration} by ServiceStage's clock.`,
  tookObserved: (duration: string) => `It took ${duration}, as far as it was observed.`,
  usual: (percent: number, median: string, builds: number) =>
    `${comparison(percent)} usual: the median of the job's last ${builds === 1 ? "successful build" : `${builds} successful builds`} is ${median}.`,
  logTail: "The end of its log:",
  more: (count: number) => `… and ${count} more`,
  branch: (name: string) => `Branch ${name}`,
  commit: (id: string) => `Commit ${id}`,
  committer: (name: string) => `by ${name}`,
  buildLink: "Open the build",
  consoleLink: "ServiceStage console",
  observed: (time: string) => `Observed ${time}`,
};

const comparison = (percent: number): string => {
  if (percent === 0) return "That is as";
  return `That is ${Math.abs(percent)}% ${percent > 0 ? "more" : "less"} than`;
};

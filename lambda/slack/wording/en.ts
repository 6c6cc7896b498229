import type { Action, ActionOutcome } from "../../domain/action.ts";
import type { AbandonReason } from "../../domain/delivery.ts";
import type { Outcome } from "../../domain/outcome.ts";
import type { PhaseName, PhaseState } from "../../domain/phase.ts";
import type { Turn } from "../../domain/row.ts";
import type { ServiceStageFailure } from "../../tracking/ports.ts";

export interface Button {
  label: string;
  /** The dialog that asks before the button takes effect. */
  confirm?: Record<"title" | "text" | "confirm" | "deny", string>;
}

/** The states that a card's headline can show. */
export type CardState = Outcome | "notStarted" | "running" | "outOfSight" | "abandoned" | "stopped";

const headlines: Record<CardState, string> = {
  notStarted: "⚪ Not started",
  running: "🔵 Running",
  outOfSight: "⚠️ Status unknown",
  succeeded: "✅ Succeeded",
  failed: "❌ Failed",
  timedOut: "⏰ Timed out",
  cancelled: "🚫 Cancelled",
  deleted: "🗑️ Deleted",
  ended: "🏁 Ended",
  abandoned: "⚠️ Tracking stopped",
  stopped: "⏹️ Tracking stopped",
};

const endings: Record<Outcome, string> = {
  succeeded: "✅ The build *succeeded*.",
  failed: "❌ The build *failed*.",
  timedOut: "⏰ The build *timed out*.",
  cancelled: "🚫 The build *was cancelled*.",
  deleted: "🗑️ The build *was deleted*.",
  ended: "🏁 The build *ended*. ServiceStage does not say with what result.",
};

const abandonments: Record<AbandonReason, string> = {
  unchanged: "⚠️ *Tracking stopped*: this build has not changed for too long.",
  unknownBuild: "⚠️ *Tracking stopped*: ServiceStage can't find this build. Check the build ID.",
};

const failures: Record<ServiceStageFailure, string> = {
  unknownBuild: "ServiceStage can't find this build",
  unknownJob: "ServiceStage can't find this job",
  refused: "ServiceStage rejects the notifier's credentials",
  forbidden:
    "ServiceStage denies access: the notifier's credentials need the policy ServiceStage ReadOnlyAccess",
  throttled: "ServiceStage is limiting the notifier's requests",
  unavailable: "ServiceStage does not respond",
  notUnderstood: "ServiceStage sends a response that the notifier can't read",
};

/** English messages show ServiceStage's own names of the phases. Another language may translate the documented names. */
const phases: Partial<Record<PhaseName, string>> = {};

/** A phase and a build use the same word. ServiceStage has other words for a phase than the headlines have for a build. */
const states: Record<PhaseState, string> = {
  NotStarted: "Not started",
  Queuing: "Queued",
  Building: "Running",
  Pushing: "Pushing",
  Successful: "Succeeded",
  Failed: "Failed",
  Timeout: "Timed out",
  Cancel: "Cancelled",
  Deleted: "Deleted",
};

/** @param builds how many builds there are in the row before. @param orMore there may be more */
const turns: Record<Turn, (builds: number, orMore: boolean) => string> = {
  firstFailure: (builds, orMore) =>
    builds === 1 && !orMore
      ? "First failure: the build before succeeded."
      : `First failure after ${orMore ? "at least " : ""}${plural(builds, "success", "successes")}.`,
  failedAgain: (builds, orMore) =>
    orMore
      ? `Failed at least ${builds + 1} times in a row.`
      : `Failed for the ${ordinal(builds + 1)} time in a row.`,
  fixed: (builds, orMore) => {
    if (orMore) return `Fixed: at least ${plural(builds, "build", "builds")} before failed.`;
    return builds === 1 ? "Fixed: the build before failed." : `Fixed: the ${builds} builds before failed.`;
  },
};

const plural = (count: number, one: string, more: string): string => `${count} ${count === 1 ? one : more}`;

function ordinal(number: number): string {
  const isTeen = number % 100 >= 11 && number % 100 <= 13;
  return `${number}${(!isTeen && ["th", "st", "nd", "rd"][number % 10]) || "th"}`;
}

/** The text of a button has at most 75 characters, and the parts of a dialog have 100, 300, 30 and 30. */
const buttons: Record<Action, Button> = {
  mute: { label: "Mute" },
  stop: { label: "Stop following" },
  cancel: {
    label: "Cancel the build",
    confirm: {
      title: "Cancel the build?",
      text: "ServiceStage stops this build. The thread shows that you did it.",
      confirm: "Cancel the build",
      deny: "Let it run",
    },
  },
  start: {
    label: "Build again",
    confirm: {
      title: "Build again?",
      text: "ServiceStage starts a new build of this job. The thread shows that you did it.",
      confirm: "Build again",
      deny: "Not now",
    },
  },
};

/** What the thread shows of who pressed a button. */
const actionDone: Record<Action, (who: string) => string> = {
  mute: (who) => `🔕 ${who} muted this build: from here on only its end is shown.`,
  stop: (who) => `⏹️ ${who} stopped following this build here.`,
  cancel: (who) => `🚫 ${who} cancelled this build. ServiceStage accepted the request.`,
  start: (who) => `🔁 ${who} started a new build of this job.`,
};

/** The same if a build had begun after an earlier request without an answer. */
const actionBegun: Record<Action, (who: string) => string> = {
  ...actionDone,
  start: (who) =>
    `🔁 ${who} asked for a new build of this job. A build had begun already, so none was started.`,
};

/** The same if ServiceStage gave no answer. */
const actionUnknown: Record<Action, (who: string) => string> = {
  ...actionDone,
  cancel: (who) =>
    `⚠️ ${who} asked ServiceStage to cancel this build, and got no answer. The card shows whether the build was cancelled.`,
  start: (who) =>
    `⚠️ ${who} asked ServiceStage for a new build of this job, and got no answer. A new build may have begun.`,
};

export const en = {
  headlines,
  endings,
  abandonments,
  failures,
  phases,
  states,
  units: { hours: " h", minutes: " min", seconds: " s", separator: " " },
  columns: ["Phase", "State", "Time"] as [string, string, string],
  stopped: "⏹️ *Tracking stopped* by request.",
  trouble: (reason: string, since: string) => `⚠️ ${reason} (since ${since}). This card may be out of date.`,
  lookedFor: (since: string, until: string) =>
    `⚠️ *ServiceStage can't find this build* (since ${since}). Check the build ID, and the notifier's region and ` +
    `project. The notifier keeps trying until ${until}.`,
  outOfReach: (reason: string, since: string) =>
    `⚠️ *No build updates at the moment*: ${reason} (since ${since}). Updates follow when the problem is solved.`,
  backInReach: (since: string) => `✅ *Build updates are back*. They had been missing since ${since}.`,
  jobUnknown: (job: string, since: string) =>
    `⚠️ *ServiceStage can't find the job* ${job}, so no new builds are shown here. The notifier has not been able to read ` +
    `it since ${since}. If the job was deleted, end the subscription.`,
  jobUnreadable: (job: string, reason: string, since: string) =>
    `⚠️ *The notifier can't read all builds of the job* ${job}: ${reason} (since ${since}). New builds may be missing ` +
    `here. They follow when the problem is solved.`,
  omitted: (count: number) =>
    `⚠️ ${count} more ${count === 1 ? "change is" : "changes are"} not listed one by one: there were too many to store.`,
  caughtUp: "Tracking started. Changes so far:",
  caughtUpWithEnd: "This build has already ended:",
  build: (id: string) => `build ${id}`,
  headline: (state: string, title: string) => `${state}: ${title}`,
  transition: (symbol: string, phase: string, from: string, to: string) =>
    `${symbol} ${phase}: ${from} → ${to}`,
  phase: (name: string, state: string) => `${name}: ${state}`,
  atMost: (duration: string) => `at most ${duration}`,
  after: (duration: string) => ` after ${duration}`,
  since: (time: string) => `since ${time}`,
  startedAt: (time: string) => `Started ${time}`,
  observedDuration: (duration: string) => `${duration} as observed`,
  usual: (duration: string) => `usual ${duration}`,
  expected: (usual: string, end: string) => `Usually takes ${usual}, until about ${end}`,
  usually: (usual: string) => `Usually takes ${usual}`,
  slow: (started: string, usual: string) =>
    `🐢 *Taking longer than usual*: running since ${started}. The job's builds usually take ${usual}.`,
  turns,
  logTail: "End of the log:",
  more: (count: number) => `… and ${count} more`,
  branch: (name: string) => `Branch ${name}`,
  commit: (id: string) => `Commit ${id}`,
  titled: (commit: string, title: string) => `${commit}: ${title}`,
  committer: (name: string) => `by ${name}`,
  committedBy: (who: string) => `Committed by ${who}.`,
  committerHint: (name: string) => `Is this you? Type \`/builds me ${name}\` to be mentioned from now on.`,
  startedBy: (name: string) => `started by ${name}`,
  triggeredAs: (name: string) => `started by a trigger (${name})`,
  buildLink: "Open build",
  consoleLink: "ServiceStage console",
  observed: (time: string) => `Observed ${time}`,
  buttons,
  action: { done: actionDone, begun: actionBegun, unknown: actionUnknown } satisfies Record<
    ActionOutcome,
    object
  >,
};

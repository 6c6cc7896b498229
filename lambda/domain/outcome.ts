import {
  isRunning,
  isSuccessful,
  outcomeOfState,
  phaseNames,
  phaseStates,
  wentWrong,
  type ListedPhase,
  type Snapshot,
} from "./phase.ts";

/** How a build ended; `ended` when ServiceStage says that it did, in a state nobody has heard of. */
export type Outcome = "succeeded" | "failed" | "timedOut" | "cancelled" | "deleted" | "ended";

/** What `GET /assembling/v1/builds/{build_id}` tells beside the phases; whatever it leaves out is absent. */
export interface BuildDetails {
  jobId?: string;
  jobName?: string;
  /** The job's running number of this build. */
  index?: string;
  branch?: string;
  commitId?: string;
  commitComment?: string;
  committer?: string;
  /** Open, like the phases' states. */
  state?: string;
  /** Epoch milliseconds, by ServiceStage's clock. */
  startedAt?: number;
  endedAt?: number;
}

const failures: Record<Outcome, boolean> = {
  succeeded: false,
  failed: true,
  timedOut: true,
  cancelled: false,
  deleted: false,
  ended: false,
};

/** The build did not do what it was to do, and nobody wanted that: people must notice. */
export const isFailure = (outcome: Outcome | undefined): boolean =>
  outcome !== undefined && failures[outcome];

/** The one answer to whether a phase failed: it ended in a state that makes the build a failure. */
export const isFailedState = (state: string): boolean => isFailure(outcomeOfState(state));

/**
 * How the phases say that a build ended: one of them did without success and none is running, or all six are
 * successful. Undefined while they don't say so: some builds end with phases that never moved, or lack phases.
 */
export function outcomeOfPhases(phases: readonly ListedPhase[]): Outcome | undefined {
  const states = phases.map((phase) => phase.state);
  if (states.some(isRunning)) return undefined;
  const unsuccessful = phaseStates.find((state) => wentWrong(state) && states.includes(state));
  if (unsuccessful) return outcomeOfState(unsuccessful);
  return listsAllPhases(phases) && allSuccessful(phases) ? "succeeded" : undefined;
}

/** How the build's details say that it ended. */
export function outcomeOfDetails(details: BuildDetails | undefined): Outcome | undefined {
  if (!details) return undefined;
  const { state = "", endedAt } = details;
  return outcomeOfState(state) ?? (endedAt === undefined ? undefined : "ended");
}

/** The phases alone can't tell an ended build from one whose next phase is not listed yet. */
export const looksOver = (snapshot: Snapshot): boolean => snapshot.length > 0 && allSuccessful(snapshot);

const allSuccessful = (phases: readonly ListedPhase[]): boolean =>
  phases.every((phase) => isSuccessful(phase.state));

const listsAllPhases = (phases: readonly ListedPhase[]): boolean =>
  phaseNames.every((name) => phases.some((phase) => phase.name === name));

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

/** How a build ended. `ended`: ServiceStage says that it ended, but its state is not documented. */
export type Outcome = "succeeded" | "failed" | "timedOut" | "cancelled" | "deleted" | "ended";

/** What `GET /assembling/v1/builds/{build_id}` answers. What the answer leaves out is absent. */
export interface BuildDetails {
  jobId?: string;
  jobName?: string;
  /** The build's number within its job. */
  index?: string;
  branch?: string;
  commitId?: string;
  commitComment?: string;
  committer?: string;
  /** The commit's page, if the repository's address shows where it is. */
  commitUrl?: string;
  /** Who started the build, as ServiceStage names them. */
  creator?: string;
  /** `user`: a person started the build · `system`: ServiceStage did, because of a trigger. Other words may follow. */
  type?: string;
  /** May be undocumented, like the phases' states. */
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

/** The build did not succeed, and no person stopped it. So people must notice. */
export const isFailure = (outcome: Outcome | undefined): boolean =>
  outcome !== undefined && failures[outcome];

/** Whether a phase failed: it ended in a state that makes the build a failure. */
export const isFailedState = (state: string): boolean => isFailure(outcomeOfState(state));

/**
 * How a build ended, if its phases show it: one ended without success and none is running, or all six are successful.
 * Some builds end although phases never moved or are missing; then only the details show it.
 */
export function outcomeOfPhases(phases: readonly ListedPhase[]): Outcome | undefined {
  const states = phases.map((phase) => phase.state);
  if (states.some(isRunning)) return undefined;
  const unsuccessful = phaseStates.find((state) => wentWrong(state) && states.includes(state));
  if (unsuccessful) return outcomeOfState(unsuccessful);
  return listsAllPhases(phases) && allSuccessful(phases) ? "succeeded" : undefined;
}

/** How a build ended, if its details show it. */
export function outcomeOfDetails(details: BuildDetails | undefined): Outcome | undefined {
  if (!details) return undefined;
  const { state = "", endedAt } = details;
  return outcomeOfState(state) ?? (endedAt === undefined ? undefined : "ended");
}

/** The phases alone can't show whether the build ended or its next phase is not listed yet. */
export const looksOver = (snapshot: Snapshot): boolean => snapshot.length > 0 && allSuccessful(snapshot);

const allSuccessful = (phases: readonly ListedPhase[]): boolean =>
  phases.every((phase) => isSuccessful(phase.state));

const listsAllPhases = (phases: readonly ListedPhase[]): boolean =>
  phaseNames.every((name) => phases.some((phase) => phase.name === name));

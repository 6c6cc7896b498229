import type { Measured } from "./duration.ts";
import type { Outcome } from "./outcome.ts";

/**
 * The phases of a ServiceStage build and their states, as the API page "Obtaining the Build Phase List" names them.
 * Both lists are open: a name or state that is not in them is shown as it is.
 */

/** In the order in which a build runs them. */
export const phaseNames = ["Init", "Download", "PreProcess", "Build", "Artifact", "PostProcess"] as const;
export type PhaseName = (typeof phaseNames)[number];

/** The state of a phase before it was first observed. */
export const notStarted = "NotStarted";

type StateMeaning = { is: "waiting" | "running" } | { is: "ended"; outcome: Exclude<Outcome, "ended"> };

/**
 * What each documented state means. If phases ended in several states, the first of these states in this list says how
 * the build ended.
 */
const meanings = {
  [notStarted]: { is: "waiting" },
  Queuing: { is: "running" },
  Building: { is: "running" },
  Pushing: { is: "running" },
  Failed: { is: "ended", outcome: "failed" },
  Timeout: { is: "ended", outcome: "timedOut" },
  Cancel: { is: "ended", outcome: "cancelled" },
  Deleted: { is: "ended", outcome: "deleted" },
  Successful: { is: "ended", outcome: "succeeded" },
} as const satisfies Record<string, StateMeaning>;

export type PhaseState = keyof typeof meanings;

/** The states of {@link meanings} in their order: failures come before success. */
export const phaseStates = Object.keys(meanings);

export const isDocumentedState = (state: string): state is PhaseState => Object.hasOwn(meanings, state);

/** An undocumented state counts as running. */
const meaningOf = (state: string): StateMeaning =>
  isDocumentedState(state) ? meanings[state] : { is: "running" };

/** How a build ends if a phase ends in this state; undefined for a state in which the phase has not ended. */
export function outcomeOfState(state: string): Outcome | undefined {
  const meaning = meaningOf(state);
  return meaning.is === "ended" ? meaning.outcome : undefined;
}

export const isSuccessful = (state: string): boolean => outcomeOfState(state) === "succeeded";

/** The phase ended without success. */
export const wentWrong = (state: string): boolean => hasEnded(state) && !isSuccessful(state);

/** A phase as ServiceStage lists it. `id` is text, also if it came as a number. */
export interface ListedPhase {
  id: string;
  name: string;
  state: string;
}

/** A phase as it was last observed. Times are epoch milliseconds of the observation, not of the event. */
export interface Phase extends ListedPhase {
  /** When it was first observed in its present state. */
  since: number;
  /** When it was first observed running; absent if it was never seen to run. */
  startedAt?: number;
  /** The poll before the one that first found the phase begun; absent if there was none, or if its time is not known. */
  startedAfter?: number;
  /** How long it ran; only of a phase that ended, and absent if it is not known. */
  lasted?: Measured;
}

/** The phases of one build in the order of {@link inPhaseOrder}, one for each name. */
export type Snapshot = readonly Phase[];

export const isDocumented = (name: string): boolean => (phaseNames as readonly string[]).includes(name);

export const hasEnded = (state: string): boolean => meaningOf(state).is === "ended";

/** The phase does no work yet. */
export const isQueued = (state: string): boolean => state === notStarted || state === "Queuing";

/** Neither waiting to start nor ended. */
export const isRunning = (state: string): boolean => meaningOf(state).is === "running";

/** The documented phases first, in the order they run; the others by id, then by name. */
export function inPhaseOrder<P extends ListedPhase>(phases: readonly P[]): P[] {
  return phases.toSorted(
    (a, b) => rank(a.name) - rank(b.name) || compareIds(a.id, b.id) || compareText(a.name, b.name),
  );
}

/** Numeric ids by value, and before all others. */
export function compareIds(a: string, b: string): number {
  const [left, right] = [numeric(a), numeric(b)];
  if (left !== undefined && right !== undefined) return left < right ? -1 : left > right ? 1 : 0;
  if (left !== undefined) return -1;
  if (right !== undefined) return 1;
  return compareText(a, b);
}

const rank = (name: string): number => {
  const index = (phaseNames as readonly string[]).indexOf(name);
  return index === -1 ? phaseNames.length : index;
};

const numeric = (id: string): bigint | undefined => (/^\d{1,40}$/.test(id) ? BigInt(id) : undefined);

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

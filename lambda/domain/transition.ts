import { durationBetween, type Measured } from "./duration.ts";
import {
  compareIds,
  hasEnded,
  inPhaseOrder,
  isDocumented,
  isRunning,
  notStarted,
  type ListedPhase,
  type Phase,
  type Snapshot,
} from "./phase.ts";
import { bytesAtMost, bytesOf, reservedBytes } from "./size.ts";

/** A phase was observed in a new state. */
export interface Transition {
  phase: string;
  from: string;
  to: string;
  /** When it was observed, epoch milliseconds. */
  at: number;
  /** How long the phase ran; only for a phase that ended, and absent if it is not known. */
  lasted?: Measured;
}

/** How closely a build is watched. */
export interface Watch {
  /** The poll before, if the process remembers it: a poll without a change is not stored. */
  before?: number | undefined;
  pollIntervalMillis: number;
}

const unwatched: Watch = { pollIntervalMillis: 0 };

export interface Difference {
  snapshot: Snapshot;
  /** In phase order. */
  transitions: Transition[];
  /** A phase is listed for the first time, or is in a new state. */
  changed: boolean;
  /** Changed phases for which the snapshot has no room. It holds their earlier state, or nothing of them. */
  omitted?: ListedPhase[];
}

/**
 * Compares what ServiceStage lists with what was known.
 * A new phase counts as NotStarted before. A phase that is missing from the list stays as it was known. If several
 * entries have the same name, the one with the highest id counts, in whatever order they come.
 */
export function diff(
  known: Snapshot,
  listed: readonly ListedPhase[],
  now: number,
  watch: Watch = unwatched,
): Difference {
  const before = new Map(known.map((phase) => [phase.name, phase]));
  // Nearly every poll finds this.
  if (listed.every(({ name, state }) => before.get(name)?.state === state)) {
    return { snapshot: known, transitions: [], changed: false };
  }
  const after = new Map(before);
  const transitions: Transition[] = [];
  const omitted: ListedPhase[] = [];
  let bytes = bytesOf(known);

  for (const phase of inPhaseOrder([...latestOfEachName(listed)])) {
    const previous = before.get(phase.name);
    const from = previous?.state ?? notStarted;
    if (previous && from === phase.state) continue;

    const next = move(phase, previous, now, watch, known.length > 0);
    const grown = bytes + 1 + bytesOf(next) - (previous ? 1 + bytesOf(previous) : 0);
    if (grown > roomFor(phase)) {
      omitted.push(phase);
      continue;
    }
    bytes = grown;
    after.set(phase.name, next);
    if (from !== phase.state) transitions.push(transitionTo(next, from));
  }

  const order = inPhaseOrder([...after.values()]);
  const rank = new Map(order.map((phase, index) => [phase.name, index]));
  return {
    snapshot: order,
    transitions: transitions.toSorted((a, b) => rank.get(a.phase)! - rank.get(b.phase)!),
    changed: order.some((phase) => before.get(phase.name) !== phase),
    ...(omitted.length > 0 && { omitted }),
  };
}

const roomFor = ({ name }: ListedPhase): number =>
  bytesAtMost.phases - (isDocumented(name) ? 0 : reservedBytes);

function latestOfEachName(listed: readonly ListedPhase[]): Iterable<ListedPhase> {
  const latest = new Map<string, ListedPhase>();
  for (const phase of listed) {
    const other = latest.get(phase.name);
    // The same id twice with two states: the text of the state decides, so that the list's order never does.
    const newer = other && (compareIds(phase.id, other.id) || (phase.state > other.state ? 1 : -1));
    if (newer === undefined || newer > 0) latest.set(phase.name, phase);
  }
  return latest.values();
}

/** @param wasKnown this is not the first poll. A phase that the first poll finds ended may have ended at any time */
function move(
  { id, name, state }: ListedPhase,
  previous: Phase | undefined,
  now: number,
  { before, pollIntervalMillis }: Watch,
  wasKnown: boolean,
): Phase {
  const moved: Phase = { id, name, state, since: now };
  if (state === notStarted) return moved;
  const running = previous && isRunning(previous.state) ? previous : undefined;
  if (running?.startedAt !== undefined) moved.startedAt = running.startedAt;
  else if (isRunning(state)) moved.startedAt = now;
  const startedAfter = running ? running.startedAfter : before;
  if (startedAfter !== undefined) moved.startedAfter = startedAfter;
  if (!hasEnded(state) || !wasKnown) return moved;
  const start = { at: moved.startedAt ?? now, after: startedAfter };
  const lasted = durationBetween(start, { at: now, after: before }, pollIntervalMillis);
  return lasted.kind === "unknown" ? moved : { ...moved, lasted };
}

const transitionTo = ({ name, state, since, lasted }: Phase, from: string): Transition => ({
  phase: name,
  from,
  to: state,
  at: since,
  ...(lasted && { lasted }),
});

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

/** A phase was observed in another state than before. */
export interface Transition {
  phase: string;
  from: string;
  to: string;
  /** When it was observed, epoch milliseconds. */
  at: number;
  /** From when the phase was first observed running to `at`; only for a phase that ended and was seen to run. */
  durationMillis?: number;
}

export interface Difference {
  snapshot: Snapshot;
  /** In phase order. */
  transitions: Transition[];
  /** A phase was listed for the first time, or is in another state than before. */
  changed: boolean;
  /** As listed, but the snapshot has no room for them: they are in it as they were known, or not at all. */
  omitted?: ListedPhase[];
}

/**
 * Compares what ServiceStage lists with what was known.
 * A phase never seen before counts as NotStarted; one that is missing from the list keeps what was known of it;
 * of several entries with one name the one with the highest id counts, in whatever order they come. What the snapshot
 * has no room for is left out.
 */
export function diff(known: Snapshot, listed: readonly ListedPhase[], now: number): Difference {
  const before = new Map(known.map((phase) => [phase.name, phase]));
  // Nearly every look finds this.
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

    const next = move(phase, previous, now);
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
    // The same id twice with two states: settled by the text, so that the list's order never decides.
    const newer = other && (compareIds(phase.id, other.id) || (phase.state > other.state ? 1 : -1));
    if (newer === undefined || newer > 0) latest.set(phase.name, phase);
  }
  return latest.values();
}

function move({ id, name, state }: ListedPhase, previous: Phase | undefined, now: number): Phase {
  const running = previous && isRunning(previous.state) ? previous.startedAt : undefined;
  const startedAt = running ?? (isRunning(state) ? now : undefined);
  const moved = { id, name, state, since: now };
  return startedAt === undefined || state === notStarted ? moved : { ...moved, startedAt };
}

function transitionTo(phase: Phase, from: string): Transition {
  const transition = { phase: phase.name, from, to: phase.state, at: phase.since };
  const duration = durationMillis(phase);
  return duration === undefined ? transition : { ...transition, durationMillis: duration };
}

/** How long a phase that ended was observed to run; undefined when it has not ended or was never seen to run. */
export function durationMillis(phase: Phase): number | undefined {
  return hasEnded(phase.state) && phase.startedAt !== undefined ? phase.since - phase.startedAt : undefined;
}

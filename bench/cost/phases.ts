import { notStarted, phaseNames } from "../../lambda/domain/phase.ts";

/** Each phase has at least the transition to its end. With more transitions, phases also run, push, or wait in the queue. */
export const transitionsAtLeast = phaseNames.length;
const extra = [
  ...phaseNames.map((name) => `${name} Building`),
  "Artifact Pushing",
  ...phaseNames.map((name) => `${name} Queuing`),
];
export const transitionsAtMost = transitionsAtLeast + extra.length;

/** The phases of a successful build after `done` of its `transitions`. */
export function phasesAfter(done: number, transitions: number): { name: string; state: string }[] {
  const made = stepsOf(transitions).slice(0, done);
  return phaseNames.map((name) => ({
    name,
    state: made.findLast((step) => step.name === name)?.state ?? notStarted,
  }));
}

function stepsOf(transitions: number): { name: string; state: string }[] {
  const taken = new Set(extra.slice(0, transitions - transitionsAtLeast));
  return phaseNames.flatMap((name) => {
    const between = ["Queuing", "Building", "Pushing"].filter((state) => taken.has(`${name} ${state}`));
    return [...between, "Successful"].map((state) => ({ name, state }));
  });
}

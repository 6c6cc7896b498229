import { phaseNames, type ListedPhase } from "../lambda/domain/phase.ts";

/** The phases after this number of steps. Each phase has two steps: it begins, and it ends. */
export const phasesAfter = (steps: number): ListedPhase[] =>
  phaseNames.map((name, index) => ({
    id: String(index),
    name,
    state: steps < 2 * index + 1 ? "NotStarted" : steps < 2 * index + 2 ? "Building" : "Successful",
  }));

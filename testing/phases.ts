import { phaseNames, type ListedPhase } from "../lambda/domain/phase.ts";

/** Phase by phase a build makes two steps: it begins, and ends. */
export const phasesAfter = (steps: number): ListedPhase[] =>
  phaseNames.map((name, index) => ({
    id: String(index),
    name,
    state: steps < 2 * index + 1 ? "NotStarted" : steps < 2 * index + 2 ? "Building" : "Successful",
  }));

import { inspect } from "node:util";
import * as fc from "fast-check";

/** A part of the product under attack, and the generated cases. */
export interface Target<Case = unknown> {
  name: string;
  /** How many cases `npm run attack` tries. */
  cases: number;
  arbitrary: fc.Arbitrary<Case>;
  /** @returns what is wrong, or undefined if nothing is. An exception is wrong too. */
  check(each: Case): Promise<string | undefined>;
  close?(): Promise<void>;
}

/** A target opens its own servers first. */
export type OpenTarget = () => Promise<Target>;

export interface Result {
  name: string;
  cases: number;
  /** The fault, and the smallest case that shows it. */
  fault?: string;
}

/** Tries cases until one shows a fault, and then makes this case as small as possible. The same seed gives the same cases. */
export async function attack(
  target: Target,
  { seed, cases }: { seed: number; cases: number },
): Promise<Result> {
  const property = fc.asyncProperty(target.arbitrary, async (each) => {
    const fault = await target.check(each).catch((error: unknown) => `it throws ${inspect(error)}`);
    if (fault !== undefined) throw new Error(fault);
  });
  const { name } = target;
  const { numRuns, counterexample, errorInstance } = await fc.check(property, {
    seed,
    numRuns: cases,
  });
  if (!counterexample) return { name, cases: numRuns };
  const shown = fc.stringify(counterexample[0]).slice(0, shownChars);
  const said = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  return { name, cases: numRuns, fault: `${said.slice(0, shownChars)}\nfor ${shown}` };
}

const shownChars = 4_000;

import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "@babel/parser";
import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { maskingRules } from "../../lambda/domain/mask.ts";
import { countSteps } from "./steps.ts";
import { drawRepeated, ofLength, type Repeated } from "./texts.ts";

/** The time for reading text from outside grows linearly with its length, for any text. */

const length = 512;
const stepsAtMost = length * 10_000;
/** The limit for a text of sixteen times the length. Linear growth is about 16, and quadratic growth is 256. */
const growthAtMost = 32;

const known: Repeated[] = [
  "=".repeat(333) + "1",
  "\r",
  "<password>",
  "password",
  "password: ",
  "-----BEGIN RSA PRIVATE KEY",
  "https://a:",
  "login -p",
  "eyJ-",
  "a",
  " ",
  "\n",
].map((pump) => ({ head: "", pump, tail: "" }));

/** How many times as many steps a text of sixteen times the length needs. */
function growth(pattern: RegExp, repeated: Repeated): number {
  const short = countSteps(pattern, ofLength(repeated, length), stepsAtMost);
  const long = countSteps(pattern, ofLength(repeated, 16 * length), short.steps * growthAtMost);
  return long.steps / short.steps;
}

const drawn = (pattern: RegExp): fc.Arbitrary<Repeated> =>
  fc
    // Not `fc.double`, because most of its numbers are close to 0, so each draw would make the same choice.
    .infiniteStream(fc.noBias(fc.nat(2 ** 30 - 1)).map((number) => number / 2 ** 30))
    .map((numbers) => drawRepeated(pattern, () => numbers.next().value!));

/** A text whose steps grow faster than its length. */
function findSlowText(pattern: RegExp, numRuns: number): Repeated | undefined {
  const isLinear = (repeated: Repeated) => growth(pattern, repeated) <= growthAtMost;
  const { counterexample } = fc.check(fc.property(drawn(pattern), isLinear), {
    numRuns,
    seed: 1,
    examples: known.map((repeated) => [repeated]),
  });
  return counterexample?.[0];
}

test.each(maskingRules.map(({ secret, pattern }) => [secret, pattern] as const))(
  "masking takes linear time: %s",
  (_, pattern) => {
    expect(findSlowText(pattern, 12)).toBeUndefined();
  },
);

const root = fileURLToPath(new URL("../../", import.meta.url));

const isPattern = (node: object): node is { pattern: string; flags: string } =>
  "type" in node && node.type === "RegExpLiteral";

/** Each `/…/` in the sources, with its file. */
const patternsOf = (file: string): [string, RegExp][] => {
  const found: [string, RegExp][] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    if (isPattern(node)) found.push([file, new RegExp(node.pattern, node.flags)]);
    for (const child of Object.values(node)) visit(child);
  };
  visit(
    parse(readFileSync(`${root}/${file}`, "utf8"), { sourceType: "module", plugins: ["typescript"] }).program,
  );
  return found;
};

describe("each pattern in the sources takes linear time", () => {
  const files = globSync("{lambda,doctor,local/slack}/**/*.ts", { cwd: root });
  test.each(files.flatMap(patternsOf))("%s: %s", (_, pattern) => {
    expect(findSlowText(pattern, 12)).toBeUndefined();
  });
});

describe("a pattern whose time grows faster is found", () => {
  test.each([
    /\r*\n/,
    /(?=\S*\d)[a-z]{40}/,
    /\b(?:login|mysql)\b.* -p/,
    /^(?:a+)+$/,
    /\s+$/,
    /(?=(?:[A-Za-z=]*\d+[A-Za-z=]+){2}\d)[\w=]{32,}(?!\w)/,
  ])("%s", (pattern) => {
    expect(findSlowText(pattern, 100)).toBeDefined();
  });
});

describe("the counted matches are the same as JavaScript's", () => {
  const text = fc.array(
    fc.constantFrom(
      "password",
      "token",
      ": ",
      "=",
      '"',
      "'",
      "\n",
      " ",
      "a1B2c3",
      "://",
      "@",
      "-p ",
      "login",
      "|",
      "<",
      ">",
    ),
    { maxLength: 12 },
  );

  test.each(maskingRules.map(({ secret, pattern }) => [secret, pattern] as const))("%s", (_, pattern) => {
    fc.assert(
      fc.property(text, (parts) => {
        const whole = parts.join("");
        expect(countSteps(pattern, whole).found).toEqual(
          Array.from(whole.matchAll(pattern), ([found]) => found),
        );
      }),
      { numRuns: 50 },
    );
  });
});

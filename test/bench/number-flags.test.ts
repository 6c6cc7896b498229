import { expect, test } from "@jest/globals";
import { parseNumberFlags, renderHelp } from "../../bench/number-flags.ts";

const flags = {
  builds: { default: 1_000, least: 1, most: 5_000, describes: "builds in a month" },
  buildsAtOnce: { default: 2, least: 1, most: 10, whole: false, describes: "that move" },
};

test.each([
  ["nothing", [], { builds: 1_000, buildsAtOnce: 2 }],
  ["one flag", ["--builds", "40"], { builds: 40, buildsAtOnce: 2 }],
  ["a flag of two words, with a fraction", ["--builds-at-once=1.5"], { builds: 1_000, buildsAtOnce: 1.5 }],
  ["a request for help, with whatever else", ["--help", "--builds", "x"], "help"],
] as const)("%s is understood", (_what, args, values) => {
  expect(parseNumberFlags(flags, [...args])).toEqual(values);
});

test.each([
  ["a word", ["--builds", "many"], '--builds is "many"; accepted is a whole number from 1 to 5000.'],
  ["nothing after the flag", ["--builds"], "--builds is true; accepted is a whole number from 1 to 5000."],
  ["an empty text", ["--builds="], '--builds is ""; accepted is a whole number from 1 to 5000.'],
  ["too little", ["--builds=-1"], '--builds is "-1"; accepted is a whole number from 1 to 5000.'],
  ["too much", ["--builds", "5001"], '--builds is "5001"; accepted is a whole number from 1 to 5000.'],
  [
    "a fraction of a build",
    ["--builds", "1.5"],
    '--builds is "1.5"; accepted is a whole number from 1 to 5000.',
  ],
  ["an unknown flag", ["--build=3"], "--build is no flag."],
  ["a loose word", ["40"], '"40" belongs to no flag.'],
] as const)("%s is a fault that says what is accepted", (_what, args, fault) => {
  expect(() => parseNumberFlags(flags, [...args])).toThrow(`${fault}\n--help lists what there is.`);
});

test("all faults are named at once", () => {
  const parse = () => parseNumberFlags(flags, ["--builds", "0", "--builds-at-once", "11", "--seed", "1"]);
  expect(parse).toThrow(
    /--seed is no flag[\s\S]*"1" belongs to no flag[\s\S]*--builds is "0"[\s\S]*--builds-at-once is "11"/,
  );
});

test("the help gives each flag with its range and its default", () => {
  expect(renderHelp(flags)).toBe(
    "  --builds          builds in a month (1 to 5000; 1000)\n  --builds-at-once  that move (1 to 10; 2)",
  );
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { parseArguments, renderHelp, type Flags } from "../../command/command.ts";

const flags = {
  builds: { default: 1_000, least: 1, most: 5_000, describes: "builds in a month" },
  buildsAtOnce: { default: 2, least: 1, most: 10, whole: false, describes: "that move" },
  seconds: { default: 15, oneOf: [5, 15, 60], describes: "from poll to poll" },
  stack: { default: "BuildNotifier", describes: "a stack's name" },
  quick: { describes: "measures less" },
};
const words = { kind: "measurement", names: ["start", "tick"] };
const byDefault = { builds: 1_000, buildsAtOnce: 2, seconds: 15, stack: "BuildNotifier", quick: false };

test.each([
  ["nothing", [], {}],
  ["one flag", ["--builds", "40"], { builds: 40 }],
  ["a flag of two words, with a fraction", ["--builds-at-once=1.5"], { buildsAtOnce: 1.5 }],
  ["one of some numbers", ["--seconds", "60"], { seconds: 60 }],
  ["a text", ["--stack", "Other"], { stack: "Other" }],
  ["a switch", ["--quick"], { quick: true }],
])("%s is understood", (_what, args, values) => {
  expect(parseArguments({ flags }, args)).toEqual({
    help: false,
    values: { ...byDefault, ...values },
    words: [],
    faults: [],
  });
});

test.each([["--help"], ["-h"]])("%s is understood, whatever the other arguments are", (help) => {
  expect(parseArguments({ flags }, [help, "--builds", "x"]).help).toBe(true);
});

test("words are understood if the command takes words", () => {
  expect(parseArguments({ flags, words }, ["tick", "--quick", "start"])).toMatchObject({
    words: ["tick", "start"],
    faults: [],
  });
});

test.each([
  ["a word", ["--builds", "many"], '--builds is "many", but must be a whole number from 1 to 5000.'],
  ["nothing after the flag", ["--builds"], "--builds is true, but must be a whole number from 1 to 5000."],
  ["an empty number", ["--builds="], '--builds is "", but must be a whole number from 1 to 5000.'],
  ["too little", ["--builds=-1"], '--builds is "-1", but must be a whole number from 1 to 5000.'],
  ["too much", ["--builds", "5001"], '--builds is "5001", but must be a whole number from 1 to 5000.'],
  ["endless", ["--builds", "Infinity"], '--builds is "Infinity", but must be a whole number from 1 to 5000.'],
  [
    "a fraction of a build",
    ["--builds", "1.5"],
    '--builds is "1.5", but must be a whole number from 1 to 5000.',
  ],
  [
    "a number between two that are accepted",
    ["--seconds", "25"],
    '--seconds is "25", but must be one of 5, 15, 60.',
  ],
  ["none of some numbers", ["--seconds="], '--seconds is "", but must be one of 5, 15, 60.'],
  ["a text that is missing", ["--stack"], "--stack needs a value: a stack's name."],
  ["an empty text", ["--stack="], "--stack needs a value: a stack's name."],
  ["a flag in place of a text", ["--stack", "--quick"], "--stack needs a value: a stack's name."],
  ["a switch with a value", ["--quick=no"], '--quick does not take a value, but got "no".'],
  ["a misspelt flag", ["--build=3"], "--build is not a known flag; did you mean --builds?"],
  ["a flag in capitals", ["--STACK", "x"], "--STACK is not a known flag; did you mean --stack?"],
  ["an unknown flag", ["--colour=red"], "--colour is not a known flag."],
  ["a flag of one letter", ["--x"], "--x is not a known flag."],
  ["a name that every object has", ["--__proto__"], "--__proto__ is not a known flag."],
  ["another such name", ["--constructor=1"], "--constructor is not a known flag."],
  ["an unknown letter", ["-q"], "-q is not a known flag."],
  ["a loose word", ["40"], '"40" does not belong to any flag.'],
])("%s is a fault that says what is accepted", (_what, args, fault) => {
  expect(parseArguments({ flags }, args).faults).toContain(fault);
});

test.each([
  ["a misspelt one", "strat", "strat is not a known measurement; did you mean start?"],
  ["another", "speed", "speed is not a known measurement; the known ones are start, tick."],
])("of words, %s is a fault that lists the known words", (_what, word, fault) => {
  expect(parseArguments({ flags, words }, [word]).faults).toEqual([fault, "--help lists all flags."]);
});

test("all faults are listed at once", () => {
  const args = ["--builds", "0", "--builds-at-once", "11", "--seed", "1"];
  expect(parseArguments({ flags }, args).faults).toEqual([
    "--seed is not a known flag.",
    '"1" does not belong to any flag.',
    '--builds is "0", but must be a whole number from 1 to 5000.',
    '--builds-at-once is "11", but must be a number from 1 to 10.',
    "--help lists all flags.",
  ]);
});

test("the help says how the command is called, what it does, and gives each flag with its range and its default", () => {
  expect(renderHelp({ name: "npm run bench", does: "Measures.", flags, words }).split("\n")).toEqual([
    "npm run bench -- [flags] [measurement …]",
    "Measures.",
    "  --builds          builds in a month (1 to 5000; 1000)",
    "  --builds-at-once  that move (1 to 10; 2)",
    "  --seconds         from poll to poll (5, 15, 60; 15)",
    "  --stack           a stack's name (BuildNotifier)",
    "  --quick           measures less",
    "  measurement: start, tick",
    "In brackets: the values that are accepted, and the default.",
  ]);
});

test("the help explains brackets only if there are any", () => {
  const { stack, quick } = flags;
  const lastLine = (flags: Flags) =>
    renderHelp({ name: "npm run x", does: "Does.", flags }).split("\n").at(-1);
  expect(lastLine({ stack })).toBe("In brackets: the default.");
  expect(lastLine({ quick })).toBe("  --quick  measures less");
});

test("a command without flags has a help too", () => {
  expect(renderHelp({ name: "npm run preview", does: "Writes.", flags: {} })).toBe(
    "npm run preview\nWrites.",
  );
});

/** All of `package.json`'s scripts but `synth` and `deploy`, which a test of their own runs with a CDK that does nothing. */
const commands = [
  ["test", "test/run.ts"],
  ["run types", "command/tools.ts types"],
  ["run lint", "command/tools.ts lint"],
  ["run format", "command/tools.ts format"],
  ["run check", "command/tools.ts check"],
  ["start", "local/start.ts"],
  ["run doctor", "doctor/run.ts"],
  ["run credentials", "doctor/put-credentials.ts"],
  ["run slack-app", "command/slack-app.ts"],
  ["run faults", "test/faults/run.ts"],
  ["run bench", "bench/run.ts"],
  ["run scale", "bench/scale/run.ts"],
  ["run cost", "bench/cost/run.ts"],
  ["run preview", "preview/write.ts"],
  ["run screenshots", "local/screenshots.ts"],
  ["run architecture", "docs/architecture/draw.ts"],
  ["run attack", "test/attack/run.ts"],
] as const;

test("every npm script is listed here", () => {
  const { scripts } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    scripts: Record<string, string>;
  };
  const listed = commands.map(([, file]) => `node local/setup.mjs node ${file}`);
  const others = ["synth", "deploy"].map((name) => `node local/setup.mjs node bin/${name}.ts`);
  expect(Object.values(scripts).toSorted()).toEqual([...listed, ...others].toSorted());
});

/** @param lines how many of its output are read before the pipe is closed; all when undefined */
async function run(file: string, args: string[], lines?: number) {
  const child = spawn(process.execPath, [...file.split(" "), ...args], {
    cwd: fileURLToPath(new URL("../../", import.meta.url)),
    env: { PATH: process.env["PATH"] },
  });
  const stderr = text(child.stderr);
  const closed = once(child, "close");
  let stdout = "";
  for await (const chunk of child.stdout.setEncoding("utf8")) {
    stdout += String(chunk);
    if (lines !== undefined && stdout.split("\n").length > lines) break;
  }
  const [status] = (await closed) as [number | null];
  return { status, stdout, stderr: await stderr };
}

describe.each(commands)("npm %s", (name, file) => {
  test("--help says how it is called", async () => {
    const { status, stdout, stderr } = await run(file, ["--help"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(new RegExp(`^npm ${name}\\b`));
  });
});

test.each(["local/start.ts", "test/run.ts", "command/tools.ts check"])(
  "%s names an unknown flag, and does nothing",
  async (file) => {
    const { status, stdout, stderr } = await run(file, ["--halp"]);
    expect({ failed: status !== 0, stdout }).toEqual({ failed: true, stdout: "" });
    expect(stderr).toContain("halp");
  },
);

test.each(["bench/cost/run.ts", "bench/scale/run.ts"])(
  "%s refuses a poll interval that the setting refuses",
  async (file) => {
    const { status, stderr } = await run(file, ["--poll-interval-seconds", "25"]);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr:
        '--poll-interval-seconds is "25", but must be one of 5, 6, 10, 12, 15, 20, 30, 60.\n--help lists all flags.\n',
    });
  },
);

test("a wrong call ends with 2, and says which flag was meant", async () => {
  expect(await run("preview/write.ts", ["--halp"])).toEqual({
    status: 2,
    stdout: "",
    stderr: "--halp is not a known flag; did you mean --help?\n--help lists all flags.\n",
  });
});

test("a reader that closes the pipe early ends the command without a message", async () => {
  const { status, stderr } = await run("local/start.ts", [], 1);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});

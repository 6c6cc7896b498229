import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { asksForHelp, endWhenNobodyReads, printHelpBefore } from "../command/command.ts";
import { canary } from "../local/canary.ts";

/**
 * `npm test`: jest with these arguments, whose whole output is searched for the canary that every secret of the tests
 * carries. Its workers, and what the tests start, write into the same output.
 * The temporary folder is one of their own, and must be empty in the end.
 * The status is jest's, or 1 when a secret was found or something was left.
 */

const args = process.argv.slice(2);
if (asksForHelp(args)) {
  const does =
    "Runs all tests in about ten minutes, or only the files whose path contains a given word. It fails too if a secret is in the output, or if a test leaves a file behind.";
  printHelpBefore({ name: "npm test", does, flags: {} }, "jest");
}
const temporary = mkdtempSync(join(tmpdir(), "tests-"));

const jest = spawn(
  process.execPath,
  [
    "--experimental-vm-modules",
    "--disable-warning=ExperimentalWarning",
    "node_modules/jest/bin/jest.js",
    // Otherwise a missing snapshot is written, and its test passes.
    "--ci",
    ...(process.stdout.isTTY ? ["--colors"] : []),
    ...args,
  ],
  {
    stdio: ["inherit", "pipe", "pipe"],
    env: {
      ...process.env,
      // Windows uses the last two names.
      TMPDIR: temporary,
      TEMP: temporary,
      TMP: temporary,
      // Tools that the tests start would store compiled code there.
      NODE_DISABLE_COMPILE_CACHE: "1",
    },
  },
);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => jest.kill(signal));

endWhenNobodyReads(() => jest.kill());

const leaks = [search(jest.stdout, process.stdout), search(jest.stderr, process.stderr)];
const [status] = (await once(jest, "close")) as [number | null];
const [found] = leaks.flatMap((leak) => leak());
if (found !== undefined) console.error(`\nA secret is in the output above:\n${found}`);
const left = readdirSync(temporary);
if (left.length > 0) console.error(`\nThe tests left this in the temporary folder:\n${left.join("\n")}`);
rmSync(temporary, { recursive: true });
process.exitCode = found === undefined && left.length === 0 ? (status ?? 1) : 1;

/** Passes everything on. @returns a function that gives the lines with the canary, in which the canary is hidden */
function search(from: Readable, to: Writable): () => string[] {
  const lines: string[] = [];
  let rest = "";
  from.setEncoding("utf8").on("data", (text: string) => {
    to.write(text);
    const complete = (rest + text).split("\n");
    rest = complete.pop()!;
    lines.push(...complete.filter((line) => line.includes(canary)));
  });
  return () =>
    [...lines, rest].filter((line) => line.includes(canary)).map((line) => line.replaceAll(canary, "…"));
}

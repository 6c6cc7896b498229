import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));
const fixture = ["--testRegex", "leaks/leak\\.fixture\\.ts$", "--rootDir", root];

type Ended = { stdout: string; stderr: string; code?: number };

interface Outcome {
  code: number;
  /** A secret in the output. */
  found: boolean;
  /** Something in the temporary folder. */
  left: boolean;
}

async function runTests(leak: string): Promise<Outcome> {
  const { PATH } = process.env;
  const options = { cwd: root, env: { PATH, LEAK: leak } };
  const running: Promise<Ended> = run(process.execPath, ["test/run.ts", ...fixture], options);
  const { stderr, code = 0 } = await running.catch((error: Ended) => error);
  expect(stderr).toContain("Tests: ");
  return {
    code,
    found: stderr.includes("A secret is in the output above:"),
    left: stderr.includes("The tests left this in the temporary folder:\nforgotten.txt"),
  };
}

test.each([
  ["console", 1, true],
  ["standard output, in two pieces", 1, true],
  ["standard error", 1, true],
  ["a process's output", 1, true],
  ["a failing assertion", 1, true],
  ["an assertion without a secret", 1, false],
  ["nothing", 0, false],
])("tests that leak through %s end with %p; a secret is found: %p", async (leak, code, found) => {
  expect(await runTests(leak)).toEqual({ code, found, left: false });
});

test("tests that leave a file in the temporary folder end with status 1, and the file is named", async () => {
  expect(await runTests("a file")).toEqual({ code: 1, found: false, left: true });
});

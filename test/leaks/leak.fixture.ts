import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { canary } from "../../local/canary.ts";

/** `leaks.test.ts` runs this file. It leaks a secret or a file, and the leak must be found. `npm test` does not run it directly. */

const middle = canary.length / 2;
const leaks: Record<string, () => unknown> = {
  console: () => console.log(`a line with ${canary}`),
  "standard output, in two pieces": () => {
    process.stdout.write(canary.slice(0, middle));
    process.stdout.write(canary.slice(middle));
  },
  "standard error": () => process.stderr.write(canary),
  "a process's output": () =>
    spawnSync(process.execPath, ["-e", `console.log("${canary}")`], { stdio: "inherit" }),
  "a failing assertion": () => expect(`Bearer ${canary}`).toBe(""),
  "an assertion without a secret": () => expect("Bearer").toBe(""),
  "a file": () => writeFileSync(join(tmpdir(), "forgotten.txt"), ""),
};

test("leaks the given secret or file", () => {
  leaks[process.env["LEAK"] ?? ""]?.();
  expect(canary).toMatch(/^\w+$/);
});

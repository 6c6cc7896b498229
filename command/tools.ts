import { spawnSync } from "node:child_process";
import { beginCommand } from "./command.ts";

/** The npm scripts that only run other programs, one after the other, until one of them fails. */
const tools: Record<string, { does: string; runs: string[] }> = {
  types: { does: "Checks the types of all code.", runs: ["tsc --noEmit"] },
  lint: {
    does: "Checks all code by the linter's rules, and the format of all files.",
    runs: ["oxlint --type-aware --deny-warnings", "oxfmt --check ."],
  },
  format: { does: "Formats all files.", runs: ["oxfmt ."] },
  check: {
    does: "Runs types, lint, synth and test, as CI does.",
    runs: ["npm run types", "npm run lint", "npm run synth", "npm test"],
  },
};

const [name = "", ...args] = process.argv.slice(2);
const { does, runs } = tools[name]!;
beginCommand({ name: `npm run ${name}`, does, flags: {} }, args);
for (const line of runs) {
  const { status } = spawnSync(line, { stdio: "inherit", shell: true });
  process.exitCode = status ?? 1;
  if (status !== 0) break;
}

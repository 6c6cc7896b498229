import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Secret } from "../lambda/runtime/secret.ts";
import { bad, warned, type Finding, type Found } from "./finding.ts";
import { examineSecret } from "./secret.ts";

const name = "credentials.json";

/** `credentials.json`, which git ignores. */
export function readCredentials(folder: string, options?: { needsApiTokens: boolean }): Found<Secret> {
  const remedy = `edit ${name}; credentials.example.json shows its fields`;
  try {
    if (!statSync(join(folder, name)).isFile())
      return { finding: bad("Secret", `${name} is not a file`, remedy) };
    return examineSecret(readFileSync(join(folder, name), "utf8"), remedy, options);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const finding =
      code === "ENOENT"
        ? bad("Secret", `there is no ${name} yet`, `copy credentials.example.json to ${name}, and fill it in`)
        : bad("Secret", `${name} can't be read (${code})`, remedy);
    return { finding };
  }
}

/** Warns when other users can read the file. Not on Windows, where the file mode does not show this. */
export function examineAccess(folder: string): Finding | undefined {
  const stats = statSync(join(folder, name), { throwIfNoEntry: false });
  if (!stats || process.platform === "win32" || (stats.mode & 0o077) === 0) return undefined;
  return warned("Secret", `others on this machine can read ${name}`, `chmod 600 ${name}`);
}

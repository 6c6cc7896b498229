import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bad } from "./finding.ts";
import { examineSecret } from "./secret.ts";

/** `credentials.json`, which git ignores. */
export function readCredentials(folder: string, options?: { needsApiTokens: boolean }) {
  const remedy = "edit credentials.json; the README shows its fields";
  try {
    return examineSecret(readCredentialsFile(folder), remedy, options);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { finding: bad("Secret", `credentials.json can't be read (${code})`, remedy) };
  }
}

export const readCredentialsFile = (folder: string): string =>
  readFileSync(join(folder, "credentials.json"), "utf8");

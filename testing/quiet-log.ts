import { inspect } from "node:util";
import type { Log } from "../lambda/tracking/ports.ts";
import { canary } from "../local/canary.ts";

export type LogLine = { level: keyof Log; message: string; fields: Record<string, unknown> };

/** Keeps the lines, so that a test can read them. It prints a line with a secret, and then the run of all tests fails. */
export function createQuietLog(): Log & { lines: LogLine[] } {
  const lines: LogLine[] = [];
  const keep =
    (level: keyof Log) =>
    (message: string, fields: Record<string, unknown> = {}) => {
      lines.push({ level, message, fields });
      const shown = inspect({ message, fields }, { depth: Infinity });
      if (shown.includes(canary)) console.error(shown);
    };
  return { lines, info: keep("info"), warn: keep("warn"), error: keep("error") };
}

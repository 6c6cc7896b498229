import { inspect } from "node:util";
import type { Log } from "../lambda/tracking/ports.ts";
import { canary } from "../local/canary.ts";

export type LogLine = { level: keyof Log; message: string; fields: Record<string, unknown> };

/** Keeps the lines for a test to read. One with a secret is put out, where the run of all tests fails for it. */
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

import type { Log } from "../lambda/tracking/ports.ts";

export type LogLine = { level: keyof Log; message: string; fields: Record<string, unknown> };

/** Keeps the lines for a test to read. */
export function createQuietLog(): Log & { lines: LogLine[] } {
  const lines: LogLine[] = [];
  const keep =
    (level: keyof Log) =>
    (message: string, fields: Record<string, unknown> = {}) =>
      void lines.push({ level, message, fields });
  return { lines, info: keep("info"), warn: keep("warn"), error: keep("error") };
}

import { describe, expect, test } from "@jest/globals";
import { createLog } from "../../lambda/runtime/log.ts";
import type { Log } from "../../lambda/tracking/ports.ts";
import { createQuietLog } from "../../testing/quiet-log.ts";
import { catchOutput } from "./output.ts";

/** What every log does. */

const levels = ["info", "warn", "error"] as const satisfies readonly (keyof Log)[];
type Line = { level: string; message: string; fields: Record<string, unknown> };

const written = catchOutput();

function structured(): { log: Log; read: () => Line[] } {
  const read = () =>
    written.map((line) => {
      const { level, message, ...fields } = JSON.parse(line) as Record<string, unknown>;
      return { level: String(level).toLowerCase(), message: String(message), fields };
    });
  return { log: createLog("poll"), read };
}

function quiet(): { log: Log; read: () => Line[] } {
  const log = createQuietLog();
  return { log, read: () => log.lines };
}

const cyclic: Record<string, unknown> = { name: "cyclic" };
cyclic["itself"] = cyclic;

const keeping = [
  ["the functions' log", structured],
  ["the tests' log", quiet],
] as const;

describe.each(keeping)("%s", (_, create) => {
  test("keeps a line for each call, in order and with its level", () => {
    const { log, read } = create();
    for (const level of levels) log[level](`a line of ${level}`);
    expect(read().map(({ level, message }) => [level, message])).toEqual(
      levels.map((level) => [level, `a line of ${level}`]),
    );
  });

  test("keeps the fields of a line, and only of this line", () => {
    const { log, read } = create();
    log.info("with a field", { buildId: "b1" });
    log.info("without a field");
    expect(read().map(({ fields }) => fields["buildId"])).toEqual(["b1", undefined]);
  });
});

describe.each(keeping)("%s", (_, create) => {
  test.each<[string, Record<string, unknown> | undefined]>([
    ["no fields", undefined],
    ["an error", { error: new Error("Failed", { cause: new Error("before") }) }],
    ["something that is not an error", { error: "Failed" }],
    ["undefined", { reason: undefined }],
    ["a number without JSON", { size: 1n }],
    ["an object that holds itself", { cyclic }],
  ])("takes %s without throwing", (_, fields) => {
    const { log } = create();
    for (const level of levels) expect(() => log[level]("a line", fields)).not.toThrow();
  });
});

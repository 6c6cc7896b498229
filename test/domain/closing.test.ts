import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { tailOf } from "../../lambda/domain/closing.ts";

describe("the end of a log", () => {
  test("is its last twelve lines that are not empty", () => {
    const log = Array.from({ length: 20 }, (_, index) => `line ${index + 1}\n\n`).join("");
    expect(tailOf(log)).toEqual(Array.from({ length: 12 }, (_, index) => `line ${index + 9}`));
  });

  test.each([
    ["keeps indentation", "  at test.js:1\n", ["  at test.js:1"]],
    ["has no colours", "\u001B[1;31mFAIL\u001B[0m x\u001B[K\n", ["FAIL x"]],
    ["shows only the last text of a progress bar", "npm error\n10 %\r20 %\r30 %\r\n", ["npm error", "30 %"]],
    ["cuts long lines", "x ".repeat(200), [`${"x ".repeat(79)}x…`]],
    ["is empty for an empty log", "\n\n", []],
  ])("%s", (_, log, lines) => {
    expect(tailOf(log)).toEqual(lines);
  });

  test("masks a private key, also when its beginning was cut", () => {
    const body = Array.from({ length: 30 }, () => "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7/+x=");
    const log = ["-----BEGIN RSA PRIVATE KEY-----", ...body, "-----END RSA PRIVATE KEY-----", "done"].join(
      "\n",
    );
    expect(tailOf(log).join("\n")).not.toContain("MII");
  });

  test.each([
    ["before a carriage return", "password:\rHunter2pw", "[masked]"],
    ["on the line before a progress bar", "password:\n10 %\rHunter2pw", "password:\n[masked]"],
  ])("masks a value whose name stands %s", (_what, log, shown) => {
    expect(tailOf(log).join("\n")).toBe(shown);
  });

  const key = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7/+xAbCdEfGh\n";

  test.each<[string, string, string[]]>([
    [
      "a line without its beginning, because it may be part of a secret",
      `${"x".repeat(64_000)} Hunter2pw\nend`,
      ["end"],
    ],
    ["a line of megabytes", "x ".repeat(2 << 20), []],
    ["a key that began long before", `${key.repeat(9_000)}q7Zx4A==\nend of it`, ["[masked]", "end of it"]],
    [
      "a block that began long before its last lines",
      `password: |\n${"  Hunter2pw\n".repeat(200)}end`,
      ["password: |", "[masked]", "end"],
    ],
    [
      "a value whose name ends a long line",
      `${"x ".repeat(600)}password:\nHunter2pw`,
      [`${"x ".repeat(79)}x…`, "[masked]"],
    ],
    [
      "a value whose name ends a line that was cut",
      `${"x ".repeat(40_000)}password:\nHunter2pw\nend`,
      ["[masked]", "end"],
    ],
    ["fifty thousand carriage returns", `one\n${"\r".repeat(50_000)}`, ["one"]],
    ["control characters", "a\u0000b\u0007\u0085c\td\n", ["abc\td"]],
    ["half a character", "a\uD83D\n\uDE00b", ["a\uFFFD", "\uFFFDb"]],
    ["a secret in colours", "pass\u001B[1mword\u001B[0m=\u001B[31mHunter2pw\u001B[0m", ["password=[masked]"]],
    [
      "a secret that is longer than the line",
      `${"x ".repeat(75)}token=${"a1".repeat(100)}`,
      [`${"x ".repeat(75)}token=[ma…`],
    ],
    [
      "a secret's value on the first line that is shown",
      `password:\nHunter2pw\n${"line\n".repeat(11)}`,
      ["[masked]", ...Array<string>(11).fill("line")],
    ],
  ])("does not show more than the end of the log, without secrets: %s", (_, log, lines) => {
    expect(tailOf(log)).toEqual(lines);
  });

  const secret = "Tr0ub4dor-and-3-horses";
  const parts = Array.from({ length: secret.length - 3 }, (_, start) => secret.slice(start, start + 4));

  test.each([
    "password=$",
    'password="$"',
    "--token $",
    "postgres://app:$@db.example.com/x",
    "https://$@git.example.com",
    "jdbc:oracle:thin:scott/$@db",
    "echo $ | docker login --password-stdin",
    '<property value="$" name="password"/>',
    "<password>$</password>",
    "-----BEGIN PRIVATE KEY-----\n$\n-----END PRIVATE KEY-----",
  ])("shows no four characters of a secret, wherever a line or the log is cut: %s", (form) => {
    const around = (length: number) => fc.nat(80).map((offset) => length - 60 + offset);
    fc.assert(
      fc.property(
        fc.oneof(around(60), around(160), around(1_000)),
        fc.constantFrom("", "password=", "b\npassword="),
        fc.oneof(fc.constant(0), around(60_000)),
        (length, before, after) => {
          const log = `${before}${"x".repeat(length)} ${form.replace("$", secret)} ${"y".repeat(after)}`;
          const shown = tailOf(log).join("\n");
          expect(parts.filter((part) => shown.includes(part))).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("is short and well-formed, for any log", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 3_000 }), (log) => {
        const lines = tailOf(log);
        expect(lines.length).toBeLessThanOrEqual(12);
        expect(lines.every((line) => line.length <= 160 && line.isWellFormed() && line !== "")).toBe(true);
      }),
    );
  });
});

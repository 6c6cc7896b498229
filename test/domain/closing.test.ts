import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { tailOf, usualOf, type JobBuild } from "../../lambda/domain/closing.ts";

const build = (seconds: number, state = "Successful", buildId = `b${seconds}`): JobBuild => ({
  buildId,
  state,
  durationMillis: seconds * 1_000,
});

describe("what is usual for a job", () => {
  test.each<[string, JobBuild[], number | undefined, number]>([
    ["is unknown without builds", [], undefined, 0],
    ["is the only build's time", [build(10)], 10, 1],
    ["is the middle one's of an odd number", [build(30), build(10), build(11)], 11, 3],
    ["lies between the middle two of an even number", [build(30), build(10), build(20), build(1)], 15, 4],
    ["leaves the build itself out", [build(10), build(99, "Successful", "own")], 10, 1],
    ["leaves builds out that did not succeed", [build(10), build(1, "Failed"), build(2, "Cancel")], 10, 1],
  ])("%s", (_, builds, seconds, count) => {
    const usual = seconds === undefined ? undefined : { medianMillis: seconds * 1_000, builds: count };
    expect(usualOf(builds, "own")).toEqual(usual);
  });
});

describe("the end of a log", () => {
  test("is its last twelve lines that are not empty", () => {
    const log = Array.from({ length: 20 }, (_, index) => `line ${index + 1}\n\n`).join("");
    expect(tailOf(log)).toEqual(Array.from({ length: 12 }, (_, index) => `line ${index + 9}`));
  });

  test.each([
    ["keeps indentation", "  at test.js:1\n", ["  at test.js:1"]],
    ["has no colours", "\u001B[1;31mFAIL\u001B[0m x\u001B[K\n", ["FAIL x"]],
    ["shows of a progress bar what it ended with", "npm error\n10 %\r20 %\r30 %\r\n", ["npm error", "30 %"]],
    ["cuts long lines", "x ".repeat(200), [`${"x ".repeat(79)}x…`]],
    ["is nothing of an empty log", "\n\n", []],
  ])("%s", (_, log, lines) => {
    expect(tailOf(log)).toEqual(lines);
  });

  test.each([
    ["export DB_PASSWORD=hunter22", "export DB_PASSWORD=[masked]"],
    ['{"api_key": "abcd1234"}', '{"api_key": "[masked]"}'],
    ["X-Auth-Token: MIIabc123", "X-Auth-Token: [masked]"],
    ["npm publish --token 9f2c1e7a", "npm publish --token [masked]"],
    ["curl -H 'Authorization: token abcdefgh12'", "curl -H 'Authorization: [masked]'"],
    ["docker login -u ci -p Hunter2pw", "docker login -u ci -p [masked]"],
    ["curl -u admin:Hunter2pw https://a.example", "curl -u admin:[masked] https://a.example"],
    ["密码：Hunter2pw", "密码：[masked]"],
    ['password="correct horse battery staple"', 'password="[masked]"'],
    ["glpat-abcdefghijklmnopqrst", "[masked]"],
    ["npm_abcdefghijklmnopqrstuvwx123456", "[masked]"],
    ["git clone https://ci:s3cret@git.example.com/x", "git clone https://[masked]@git.example.com/x"],
    ["key AKIAIOSFODNN7EXAMPLE used", "key [masked] used"],
    ["ghp_abcdefghijklmnopqrstuvwx123456", "[masked]"],
    ["xoxb-123456789-abc", "[masked]"],
    ["jwt eyJhbGciOiJI.eyJzdWIiOiIx.SflKxw", "jwt [masked]"],
    ["wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "[masked]"],
    ["id 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b", "id [masked]"],
  ])("masks what looks like a secret: %s", (line, masked) => {
    expect(tailOf(line)).toEqual([masked]);
  });

  test("masks a private key, also when its beginning is out of sight", () => {
    const body = Array.from({ length: 30 }, () => "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7/+x=");
    const log = ["-----BEGIN RSA PRIVATE KEY-----", ...body, "-----END RSA PRIVATE KEY-----", "done"].join(
      "\n",
    );
    expect(tailOf(log).join("\n")).not.toContain("MII");
  });

  test.each([
    "Tests: 1 failed, 212 passed, 213 total",
    "the token expired, sign in again",
    "SyntaxError: Unexpected token: punc (})",
    "--- FAIL: TestThatOrdersAreRejectedWhenStockIsBelow10Items",
    "at Object.<anonymous> (/builds/webshop/node_modules/jest-circus/build/run.js:41:28)",
    "Digest: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "pull registry.example.com/team/a-very-long-image-name-with-many-words1:2.4",
  ])("leaves alone what is no secret: %s", (line) => {
    expect(tailOf(line)).toEqual([line]);
  });

  test("keeps a secret's name and the next line apart", () => {
    expect(tailOf("token:\nerror in build")).toEqual(["token:", "error in build"]);
  });

  test("is short and well-formed, whatever the log holds", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 3_000 }), (log) => {
        const lines = tailOf(log);
        expect(lines.length).toBeLessThanOrEqual(12);
        expect(lines.every((line) => line.length <= 160 && line.isWellFormed() && line !== "")).toBe(true);
      }),
    );
  });
});

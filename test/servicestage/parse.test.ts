import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import {
  parseDetails,
  parseJob,
  parseJobBuilds,
  parseJobs,
  parseLogPage,
  parsePhases,
} from "../../lambda/servicestage/parse.ts";
import type { HttpAnswer } from "../../lambda/huawei-cloud/exchange.ts";
import { ServiceStageError } from "../../lambda/tracking/ports.ts";

const answerOf = (text: string, cutOff = false) => ({ status: 200, headers: {}, text, cutOff });
const phasesOf = (json: unknown) => parsePhases(answerOf(JSON.stringify(json)), "build b1");
const jobBuildsOf = (json: unknown) =>
  parseJobBuilds(answerOf(JSON.stringify(json)), "the builds of job j", 1).builds;
const detailsOf = (json: unknown) => parseDetails(answerOf(JSON.stringify(json)), "build b1");

const phase = { id: 1627984, name: "Init", state: "Successful" };
const initial = { ...phase, id: "1627984" };

describe("a list of phases", () => {
  test.each([
    ["a number as id becomes text", [phase], [{ ...phase, id: "1627984" }]],
    ["text as id stays", [{ ...phase, id: "p-1" }], [{ ...phase, id: "p-1" }]],
    ["an unknown name stays", [{ ...phase, id: "1", name: "Scan" }], [{ ...phase, id: "1", name: "Scan" }]],
    [
      "an unknown state stays",
      [{ ...phase, id: "1", state: "Paused" }],
      [{ ...phase, id: "1", state: "Paused" }],
    ],
    ["what is not documented is left out", [{ ...phase, id: "1", more: true }], [{ ...phase, id: "1" }]],
    ["an empty list is one", [], []],
    ["no list yet is an empty one", null, []],
    ["a phase without a state is left out", [phase, { ...phase, name: "Build", state: "" }], [initial]],
    ["a phase whose state is null is left out", [{ ...phase, name: "Build", state: null }, phase], [initial]],
    ["a phase of which nothing is set is left out", [phase, { id: 0, name: "", state: "" }], [initial]],
    ["a place without a phase is left out", [null, phase], [initial]],
    ["a missing id is an empty one", [{ name: "Init", state: "Successful" }], [{ ...phase, id: "" }]],
    ["an id that is not set is an empty one", [{ ...phase, id: null }], [{ ...phase, id: "" }]],
    ["a phase whose name is empty is left out", [{ ...phase, name: "" }, phase], [initial]],
    ["a phase whose name is null is left out", [{ ...phase, name: null }, phase], [initial]],
    ["an id that is true is an empty one", [{ ...phase, id: true }], [{ ...phase, id: "" }]],
    ["an id that is an object is an empty one", [{ ...phase, id: {} }], [{ ...phase, id: "" }]],
    [
      "a name and a state are trimmed",
      [{ ...phase, name: " Init", state: "Failed " }],
      [{ ...initial, state: "Failed" }],
    ],
    [
      "a name that is too long is cut",
      [{ ...phase, name: "x".repeat(101) }],
      [{ ...initial, name: "x".repeat(100) }],
    ],
    [
      "more phases than any real build has are all listed",
      Array.from({ length: 101 }, () => phase),
      Array.from({ length: 101 }, () => initial),
    ],
    ["a name that is no Unicode is mended", [{ ...phase, name: "\uD800" }], [{ ...initial, name: "\uFFFD" }]],
  ])("%s", (_, list, expected) => {
    expect(phasesOf({ total: list?.length, list })).toEqual(expected);
  });

  test("an infinite id is empty", () => {
    const text = '{"list": [{"id": 1e400, "name": "Init", "state": "Successful"}]}';
    expect(parsePhases(answerOf(text), "build b1")).toEqual([{ ...phase, id: "" }]);
  });

  test("ids beyond exact numbers stay different", () => {
    const text =
      '{"list": [{"id": 9007199254740992, "name": "A", "state": "x"}, {"id": 9007199254740993, "name": "B", "state": "x"}, {"id": -9223372036854775808, "name": "C", "state": "x"}]}';
    expect(parsePhases(answerOf(text), "build b1").map(({ id }) => id)).toEqual([
      "9007199254740992",
      "9007199254740993",
      "-9223372036854775808",
    ]);
  });

  test.each([
    ["no list", {}, "list is missing"],
    ["a list of another type", { list: "Init" }, "list is missing"],
    ["no object at all", null, "the whole answer is missing"],
    ["a phase without a state", { list: [phase, { id: 2, name: "Build" }] }, "list[1].state is missing"],
    ["a state of another type", { list: [{ ...phase, state: 7 }] }, "list[0].state is missing"],
    ["a phase without a name", { list: [{ id: 1, state: "Successful" }] }, "list[0].name is missing"],
    [
      "a state of 101 characters",
      { list: [{ ...phase, state: "x".repeat(101) }] },
      "list[0].state is missing",
    ],
  ])("%s is not understood, and the place is named", (_, json, place) => {
    expect(() => phasesOf(json)).toThrow(
      expect.objectContaining({
        reason: "notUnderstood",
        message: expect.stringContaining(`build b1: the answer can't be read, ${place}`),
      }),
    );
  });

  test.each([
    ["no JSON", answerOf("<html>"), "it is not JSON"],
    ["nothing", answerOf(""), "it is not JSON"],
    ["more than was read", answerOf("{", true), "it is too long"],
  ])("%s is not understood", (_, answer, why) => {
    expect(() => parsePhases(answer, "build b1")).toThrow(
      expect.objectContaining({ reason: "notUnderstood", message: expect.stringContaining(why) }),
    );
  });
});

describe("a build's details", () => {
  test("have the domain's names", () => {
    const json = {
      build_id: "b1",
      job_id: "j1",
      job_name: " webshop ",
      index: 214,
      started_at: "2025-06-24 12:10:30 +0000 UTC",
      ended_at: "2025-06-24 12:12:00 +0000 UTC",
      build_state: "Successful",
      branch: "main",
      commit_id: "4f1c9a2",
      committer: "Mei Lin",
      commit_comment: "Round the tax",
    };
    expect(detailsOf(json)).toEqual({
      jobId: "j1",
      jobName: "webshop",
      index: "214",
      startedAt: Date.parse("2025-06-24T12:10:30Z"),
      endedAt: Date.parse("2025-06-24T12:12:00Z"),
      state: "Successful",
      branch: "main",
      commitId: "4f1c9a2",
      committer: "Mei Lin",
      commitComment: "Round the tax",
    });
  });

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["nothing at all", {}, {}],
    ["an index that is text", { index: "7" }, { index: "7" }],
    ["an index that is no count", { index: -1.5 }, {}],
    ["an index beyond any build's", { index: 1e300 }, {}],
    [
      "a commit's id of many digits",
      { commit_id: "12345678901234567890" },
      { commitId: "12345678901234567890" },
    ],
    ["text that is no Unicode", { committer: "Mei \uD800 Lin" }, { committer: "Mei \uFFFD Lin" }],
    [
      "a field that can't be seen",
      { job_name: "\u200B\u2060", branch: "\u3164", committer: "\u00AD", commit_comment: "\u2800" },
      {},
    ],
    ["an empty field", { branch: "  ", commit_id: "" }, {}],
    ["a field of another type", { branch: { name: "main" }, committer: null, job_name: true }, {}],
    ["a job's id of the greatest length", { job_id: "j".repeat(128) }, { jobId: "j".repeat(128) }],
    ["a job's id that is too long, which is not cut", { job_id: "j".repeat(129) }, {}],
    ["a branch that is too long", { branch: "x".repeat(301) }, { branch: "x".repeat(300) }],
    ["a job's name that is too long", { job_name: "x".repeat(129) }, { jobName: "x".repeat(128) }],
    ["a comment that is too long", { commit_comment: "x".repeat(400) }, { commitComment: "x".repeat(300) }],
    [
      "a cut within a character",
      { commit_comment: `${"x".repeat(299)}😀` },
      { commitComment: "x".repeat(299) },
    ],
  ])("%s", (_, json, expected) => {
    expect(detailsOf(json)).toEqual(expected);
  });

  const noon = Date.parse("2025-06-24T12:00:00Z");
  test.each<[unknown, number | undefined]>([
    ["2025-06-24 12:00:00 +0000 UTC", noon],
    ["2025-06-24 20:00:00 +0800 CST", noon],
    ["2025-06-24 12:00:00.123456789 +0000 UTC m=+0.5", noon + 123],
    ["2025-06-24T12:00:00Z", noon],
    ["2025-06-24T20:00:00.5+08:00", noon + 500],
    ["2025-06-24 12:00:00", noon],
    ["", undefined],
    ["0001-01-01 00:00:00 +0000 UTC", undefined],
    ["2025-13-45 99:00:00 +0000 UTC", undefined],
    ["2026-02-31 00:00:00", undefined],
    ["2025-02-29 00:00:00", undefined],
    ["2024-02-29 00:00:00", Date.parse("2024-02-29T00:00:00Z")],
    ["yesterday", undefined],
    ["1999-12-31 23:59:59 +0000 UTC", undefined],
    ["9999-12-31 23:59:59 +0000 UTC", undefined],
    [{ time: "2025-06-24T12:00:00Z" }, undefined],
    [1750766400, undefined],
  ])("of the time %p this is made: %p", (endedAt, expected) => {
    expect(detailsOf({ ended_at: endedAt }).endedAt).toBe(expected);
  });

  test.each([[null], [[]], ["text"]])("%p is not understood", (json) => {
    expect(() => detailsOf(json)).toThrow(expect.objectContaining({ reason: "notUnderstood" }));
  });
});

describe("a job's builds", () => {
  const listed = { build_id: "b1", build_state: "Successful", duration: 60 };
  const build = { buildId: "b1", state: "Successful", durationMillis: 60_000 };

  test.each<[string, unknown, unknown[]]>([
    ["no list yet is an empty one", null, []],
    ["a place without a build is left out", [null, listed], [build]],
    [
      "a build without a state has an empty one, since it may just have begun",
      [{ ...listed, build_state: null }, listed],
      [{ ...build, state: "" }, build],
    ],
    ["a build without an id is left out", [listed, { ...listed, build_id: "" }], [build]],
  ])("%s", (_, list, expected) => {
    expect(jobBuildsOf({ list })).toEqual(expected);
  });

  test.each([1e13, 1e300, 2_592_001, -1, 0, 0.5, 61.2, "-7", "1e9", "", null, true, {}, "9".repeat(40)])(
    "a duration of %p counts as none",
    (duration) => {
      const { durationMillis: _none, ...without } = build;
      expect(jobBuildsOf({ list: [{ ...listed, duration }, listed] })).toEqual([without, build]);
    },
  );
});

describe("a part of a log", () => {
  test.each<[string, object, object]>([
    ["that is null is empty", { buildlog: null, next: 3 }, { text: "", next: 3 }],
    ["without a next one is the last", { buildlog: "x" }, { text: "x", next: 0 }],
    ["with a negative next one is the last", { buildlog: "x", next: -1 }, { text: "x", next: 0 }],
    ["with half a next one is the last", { buildlog: "x", next: 1.5 }, { text: "x", next: 0 }],
    ["with a next one beyond any log is the last", { buildlog: "x", next: 1e300 }, { text: "x", next: 0 }],
    ["with a next one that is null is the last", { buildlog: "x", next: null }, { text: "x", next: 0 }],
  ])("%s", (_, json, expected) => {
    expect(parseLogPage(answerOf(JSON.stringify(json)), "build b1")).toEqual(expected);
  });
});

/** JSON with numbers that JavaScript never writes. */
const number = fc.oneof(
  fc.double().map((value) => (Number.isFinite(value) ? `${value}` : "1e999")),
  fc.bigInt().map(String),
  fc.constantFrom("-0", "1e13", "1e999", "-1e999", "9007199254740993", "0.1", "1E400", "5e-324"),
);
const anything = fc.oneof(
  number,
  number.map((each) => `"${each}"`),
  fc.constantFrom("null", '""', "true", "[]", "{}", '"2025-06-24 12:00:00"', '"-0001-01-01T00:00:00Z"'),
);
const fields = [
  "id",
  "name",
  "state",
  "build_id",
  "build_state",
  "duration",
  "index",
  "started_at",
  "ended_at",
  "buildlog",
  "next",
  "job_id",
  "job_name",
  "last_build_id",
  "total",
  "per_page",
  "page",
];
const object = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...fields), anything), { selector: ([name]) => name })
  .map((entries) => `{${entries.map(([name, value]) => `"${name}": ${value}`).join(", ")}}`);

/** The numbers that the SDK refuses to write into DynamoDB, and the text that DynamoDB changes. */
function unstorableIn(parsed: unknown): unknown[] {
  const found: unknown[] = [];
  JSON.stringify(parsed, (_key, value: unknown) => {
    if (typeof value === "number" && !(Math.abs(value) <= Number.MAX_SAFE_INTEGER)) found.push(value);
    if (typeof value === "string" && !value.isWellFormed()) found.push(value);
    return value;
  });
  return found;
}

function unstorableOf(parser: (answer: HttpAnswer, about: string) => unknown, text: string): unknown[] {
  try {
    return unstorableIn(parser(answerOf(text), "build b1"));
  } catch (error) {
    if (error instanceof ServiceStageError && error.reason === "notUnderstood") return [];
    throw error;
  }
}

test("for all numbers, a parsed answer can be stored, or the answer is not understood", () => {
  const parsers = [
    parsePhases,
    parseDetails,
    parseLogPage,
    (answer: HttpAnswer, about: string) => parseJobBuilds(answer, about, 1),
    (answer: HttpAnswer, about: string) => parseJobs(answer, about, 1),
    (answer: HttpAnswer, about: string) => parseJob(answer, about, "j1"),
  ];
  fc.assert(
    fc.property(object, fc.array(object, { maxLength: 3 }), (outer, list) => {
      const text = outer.replace("{", `{"list": [${list.join(", ")}]${outer === "{}" ? "" : ", "}`);
      for (const parser of parsers) expect(unstorableOf(parser, text)).toEqual([]);
    }),
    { numRuns: 2_000 },
  );
});

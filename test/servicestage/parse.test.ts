import { describe, expect, test } from "@jest/globals";
import { parseDetails, parsePhases } from "../../lambda/servicestage/parse.ts";

const answerOf = (text: string, cutOff = false) => ({ status: 200, headers: {}, text, cutOff });
const phasesOf = (json: unknown) => parsePhases(answerOf(JSON.stringify(json)), "build b1");
const detailsOf = (json: unknown) => parseDetails(answerOf(JSON.stringify(json)), "build b1");

const phase = { id: 1627984, name: "Init", state: "Successful" };

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
  ])("%s", (_, list, expected) => {
    expect(phasesOf({ total: list.length, list })).toEqual(expected);
  });

  test.each([
    ["no list", {}, "list is missing"],
    ["a list of another type", { list: "Init" }, "list is missing"],
    ["no object at all", null, "the whole is missing"],
    ["a phase without a state", { list: [phase, { id: 2, name: "Build" }] }, "list[1].state is missing"],
    ["a name that is empty", { list: [{ ...phase, name: "" }] }, "list[0].name is missing"],
    ["an id of another type", { list: [{ ...phase, id: {} }] }, "list[0].id is missing"],
    [
      "a state of 101 characters",
      { list: [{ ...phase, state: "x".repeat(101) }] },
      "list[0].state is missing",
    ],
    ["101 phases", { list: Array.from({ length: 101 }, () => phase) }, "list is missing"],
  ])("%s is not understood, and the place is named", (_, json, place) => {
    expect(() => phasesOf(json)).toThrow(
      expect.objectContaining({
        reason: "notUnderstood",
        message: expect.stringContaining(`build b1: the answer is not understood, ${place}`),
      }),
    );
  });

  test.each([
    ["no JSON", answerOf("<html>"), "it is not JSON"],
    ["nothing", answerOf(""), "it is not JSON"],
    ["more than was read", answerOf("{", true), "it is longer than is read"],
  ])("%s is not understood", (_, answer, why) => {
    expect(() => parsePhases(answer, "build b1")).toThrow(
      expect.objectContaining({ reason: "notUnderstood", message: expect.stringContaining(why) }),
    );
  });
});

describe("a build's details", () => {
  test("are told by their names in the domain", () => {
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
    [
      "a field that can't be seen",
      { job_name: "\u200B\u2060", branch: "\u3164", committer: "\u00AD", commit_comment: "\u2800" },
      {},
    ],
    ["an empty field", { branch: "  ", commit_id: "" }, {}],
    ["a field of another type", { branch: { name: "main" }, committer: null, job_name: true }, {}],
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
    ["yesterday", undefined],
    [{ time: "2025-06-24T12:00:00Z" }, undefined],
    [1750766400, undefined],
  ])("of the time %p this is made: %p", (endedAt, expected) => {
    expect(detailsOf({ ended_at: endedAt }).endedAt).toBe(expected);
  });

  test.each([[null], [[]], ["text"]])("%p is not understood", (json) => {
    expect(() => detailsOf(json)).toThrow(expect.objectContaining({ reason: "notUnderstood" }));
  });
});

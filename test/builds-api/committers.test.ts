import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { linkCommitter } from "../../lambda/tracking/committers.ts";
import { minute, startApi, type Api } from "./system.ts";

/** Proposals, and the links that users made of them. */

const [ann, ben] = ["U0ANN000001", "U0BEN000001"];
let api: Api;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const at = (name: string) => `/committers?name=${encodeURIComponent(name)}`;
const propose = (name: string, user = ann) => api.call("PUT", at(name), { body: { user } });
const list = async () => (await api.call("GET", "/committers")).body;
const confirm = (name: string, user = ann) => linkCommitter(api, name, user);
const proposedAt = "2025-06-24T12:00:00.000Z";

test("a proposal is listed, and becomes a link once the user confirms it", async () => {
  const proposed = { name: "ada lovelace", user: ann, status: "proposed", proposedAt };
  expect(await propose(" Ada  LOVELACE ")).toMatchObject({ status: 200, body: proposed });
  expect(await list()).toEqual({ committers: [proposed] });
  expect(await propose("ada lovelace")).toMatchObject({ status: 200, body: proposed });
  api.clock.advance(minute);
  await confirm("ada lovelace");
  const linked = { ...proposed, status: "linked", linkedAt: "2025-06-24T12:01:00.000Z" };
  expect(await list()).toEqual({ committers: [linked] });
  expect(await propose("Ada Lovelace")).toMatchObject({ status: 200, body: linked });
});

test("a later proposal replaces an earlier one, but no link", async () => {
  await propose("ada");
  expect(await propose("ada", ben)).toMatchObject({ status: 200, body: { user: ben } });
  await confirm("ada", ben);
  expect(await propose("ada")).toMatchObject({
    status: 409,
    body: {
      type: "urn:build-notifier:problem:linkedToOther",
      detail: expect.stringContaining("DELETE /committers?name=ada, can end the link"),
    },
  });
  expect(await list()).toMatchObject({ committers: [{ user: ben, status: "linked" }] });
});

test("the list is in the order of the names, which may hold any character", async () => {
  for (const [name, user] of [
    ["李雷/dev", ann],
    ["ben", ben],
    ["a&b=c%2F", ann],
  ] as const)
    await propose(name, user);
  expect(await list()).toMatchObject({
    committers: [{ name: "a&b=c%2f" }, { name: "ben" }, { name: "李雷/dev" }],
  });
});

test("a proposal is withdrawn, and a link is ended; there is nothing to end the second time", async () => {
  await propose("ada");
  await confirm("ben", ben);
  for (const name of ["Ada", "BEN"]) expect((await api.call("DELETE", at(name))).status).toBe(204);
  expect(await list()).toEqual({ committers: [] });
  expect(await api.call("DELETE", at("Ada"))).toMatchObject({
    status: 404,
    body: { type: "urn:build-notifier:problem:notLinked" },
  });
});

describe("every fault is named:", () => {
  test.each<[string, string, unknown, string[]]>([
    ["PUT", "", undefined, ["#/user", "name"]],
    ["PUT", "?name=%20", { user: "S0123456789", by: 1 }, ["#/by", "#/user", "name"]],
    ["PUT", "?nam=ada", { user: "committer" }, ["#/user", "nam", "name"]],
    ["PUT", `?name=${"x".repeat(101)}`, "[]", ["#", "name"]],
    ["PUT", "?name=ada", { user: [ann] }, ["#/user"]],
    ["DELETE", "", undefined, ["name"]],
    ["DELETE", "?name=%22%22", undefined, ["name"]],
    ["GET", "?name=ada", undefined, ["name"]],
  ])("%s /committers%s %j has errors at %j", async (method, query, body, places) => {
    const answer = await api.call(method, `/committers${query}`, { ...(body !== undefined && { body }) });
    const { errors } = answer.body as { errors: { pointer?: string; parameter?: string }[] };
    expect(answer.status).toBe(400);
    expect(errors.map(({ pointer, parameter = pointer }) => String(parameter)).toSorted()).toEqual(places);
    expect(await api.store.listCommitters()).toEqual([]);
  });
});

test("while others change the same name all the time, the answer is 503", async () => {
  api.store.saveCommitter = async () => false;
  expect((await propose("ada")).status).toBe(503);
});

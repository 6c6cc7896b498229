import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createPage } from "../../../local/page/page.ts";
import { parseLocalSettings } from "../../../local/settings.ts";
import { startLocalSystem, type LocalSystem } from "../../../local/system.ts";
import { createStore } from "../../../lambda/store/store.ts";
import { localDynamoDbClient } from "../../../local/dynamodb.ts";
import { createQuietLog } from "../../../testing/quiet-log.ts";
import { wordsOf } from "./markup.ts";

/** The page over HTTP. Nothing ticks here: no build moves by itself. */

let system: LocalSystem;
beforeAll(async () => {
  system = await startLocalSystem(parseLocalSettings([], { PORT: "0" }));
});
afterAll(() => system.close());

const post = (path: string, form: Record<string, string>) =>
  fetch(system.apiUrl + path, {
    method: "POST",
    headers: { origin: system.apiUrl },
    body: new URLSearchParams(form),
  });

/** Node's `fetch` sets its own `host`. */
const ask = (method: string, path: string, headers: Record<string, string>, body?: Buffer): Promise<number> =>
  new Promise((resolve, reject) => {
    const asked = request(system.apiUrl + path, { method, headers, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    });
    asked.on("error", reject).end(body);
  });

describe("other sites' pages are kept away", () => {
  test("a button without an origin is refused", async () => {
    expect((await fetch(`${system.apiUrl}/page/faults/slack`, { method: "POST" })).status).toBe(403);
  });

  test("its policy lets nothing in from elsewhere, and nothing inline", async () => {
    const { headers } = await fetch(system.apiUrl);
    const policy = headers.get("content-security-policy")!;
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
    expect(policy).not.toMatch(/unsafe|https?:|\*|data:/);
  });
});

describe("what is served", () => {
  test.each([
    ["/", "text/html; charset=utf-8"],
    ["/page/base.css", "text/css; charset=utf-8"],
    ["/page/message.css", "text/css; charset=utf-8"],
    ["/page/page.js", "text/javascript; charset=utf-8"],
    ["/page/idiomorph.js", "text/javascript; charset=utf-8"],
    ["/page/logo.svg", "image/svg+xml"],
    ["/page/inter.woff2", "font/woff2"],
    ["/page/emoji.woff2", "font/woff2"],
  ])("%s", async (path, type) => {
    const response = await fetch(system.apiUrl + path);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, type]);
  });

  test.each([
    ["GET", "/page/../settings.ts"],
    ["GET", "/page/constructor"],
    ["GET", "/page"],
    ["POST", "/"],
    ["POST", "/nothing"],
    ["POST", "/builds"],
    ["PUT", "/builds"],
  ])("%s %s is answered as API Gateway does, without an origin too", async (method, path) => {
    const response = await fetch(system.apiUrl + path, { method });
    expect([response.status, await response.json()]).toEqual([404, { message: "Not Found" }]);
  });

  test("every file that the page loads exists", async () => {
    const text = await (await fetch(system.apiUrl)).text();
    const paths = [...text.matchAll(/(?:src|href)="(\/[^"]*)"/g)].map(([, path]) => path!);
    const statuses = await Promise.all(paths.map(async (path) => (await fetch(system.apiUrl + path)).status));
    expect(paths).toContain("/page/page.js");
    expect(new Set(statuses)).toEqual(new Set([200]));
  });
});

/** Reads the stream until a region has these words. */
async function untilPushed(words: string, act: () => Promise<unknown>): Promise<string> {
  const response = await fetch(`${system.apiUrl}/page/events`);
  const acted = act();
  let received = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    received += chunk;
    if (wordsOf(received.replaceAll("\\n", " ")).includes(words)) break;
  }
  await acted;
  return received;
}

describe("what changes is pushed", () => {
  test("a fault, and the same button switches it off", async () => {
    const toggle = () => post("/page/faults/slack", { fault: "token" });
    await untilPushed("Slack rejects the bot token", toggle);
    const before = system.slack!.calls.length;
    const refused = await fetch(`${system.slack!.url}auth.test`, { method: "POST" });
    expect(await refused.json()).toMatchObject({ error: "invalid_auth" });
    expect(system.slack!.calls).toHaveLength(before + 1);
    await untilPushed("1. Start a sample build", toggle);
  });

  test("a fault that replaces another one", async () => {
    await post("/page/faults/servicestage", { fault: "down" });
    await untilPushed("ServiceStage answers every call with 429", () =>
      post("/page/faults/servicestage", { fault: "throttled" }),
    );
    expect(system.serviceStage!.fault).toMatchObject({ kind: "throttled" });
    await post("/page/faults/servicestage", { fault: "throttled" });
    expect(system.serviceStage!.fault).toBeUndefined();
  });

  test("switching the refused credentials off ends the pause that they began", async () => {
    const client = localDynamoDbClient(
      process.env["AWS_ENDPOINT_URL_DYNAMODB"]!,
      process.env["AWS_ACCESS_KEY_ID"],
    );
    const clock = { now: Date.now };
    const store = createStore({ client, tableName: "builds", clock, log: createQuietLog() });
    await post("/page/faults/servicestage", { fault: "refused" });
    await store.openCircuit({ openUntil: Date.now() + 360_000, reason: "refused" }, undefined);
    await post("/page/faults/servicestage", { fault: "refused" });
    expect(await store.loadCircuit()).toBeUndefined();

    await post("/page/faults/servicestage", { fault: "down" });
    await store.openCircuit({ openUntil: Date.now() + 360_000, reason: "refused" }, undefined);
    await post("/page/faults/servicestage", { fault: "down" });
    expect(await store.loadCircuit()).toBeDefined();
    await store.closeCircuit();
  });

  test("a registered build, and the request to stop it", async () => {
    const register = () => post("/page/builds", { buildId: "fails-1", thread: "on" });
    expect(await untilPushed("fails-1 Not started", register)).toContain("build-fails-1");
    const stop = () => post("/page/builds/stop", { buildId: "fails-1" });
    expect(await untilPushed("fails-1 Stopping", stop)).toContain("build-fails-1");
  });
});

describe("the buttons answer", () => {
  test("a sample is registered under the next free number", async () => {
    const register = async () => wordsOf(await (await post("/page/start", { kind: "succeeds" })).text());
    expect(await register()).toContain("succeeds-1 is registered.");
    expect(await register()).toContain("succeeds-2 is registered.");
  });

  test.each([
    ["longer than a form can be", 17 * 1024],
    ["of a megabyte", 1024 * 1024],
    ["of 50 MB", 50 * 1024 * 1024],
  ])("a form %s is refused as too long", async (_sentence, length) => {
    const headers = { origin: system.apiUrl, "content-length": String(length) };
    expect(await ask("POST", "/page/builds", headers, Buffer.alloc(length, "buildId=x"))).toBe(413);
  });

  test("a build id that is too long for an address is a fault of the form, not of the page", async () => {
    const response = await post("/page/builds", { buildId: "x".repeat(16_000) });
    expect([response.status, wordsOf(await response.text())]).toEqual([
      200,
      expect.stringMatching(/ 4\d\d /),
    ]);
  });

  test.each<[string, string, Record<string, string>, number, string]>([
    ["an unknown fault", "/page/faults/slack", { fault: "x" }, 404, "This fault does not exist."],
    ["an unknown build", "/page/builds/stop", { buildId: "x" }, 404, "x"],
    [
      "a text that is no command",
      "/page/slack/command",
      { channel: "C0BUILDS001", text: "x" },
      422,
      "/builds help",
    ],
    [
      "an unknown channel",
      "/page/slack/command",
      { channel: "C1", text: "/builds" },
      422,
      "This channel does not exist.",
    ],
    [
      "a message that is gone",
      "/page/slack/delete",
      { channel: "C0BUILDS001", ts: "1.1" },
      404,
      "The message does not exist any more.",
    ],
  ])("%s is answered with the reason", async (_sentence, path, form, status, words) => {
    const response = await post(path, form);
    expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(words)]);
  });
});

test("without simulated services the page says so, and has no buttons for them", async () => {
  const { apiUrl, apiToken } = system;
  const real = createPage({
    apiUrl,
    apiToken,
    defaultChannel: "C0REAL00001",
    kinds: ["fails"],
    channels: [{ id: "C0BUILDS001", name: "builds" }],
    endPause: async () => undefined,
    onError: (error) => {
      throw error;
    },
  });
  const text = await real.render();
  real.live.close();
  expect(wordsOf(text)).toContain("ServiceStage is the real ServiceStage: nothing is simulated");
  expect(wordsOf(text)).toContain("Slack is the real Slack, with the channel C0REAL00001");
  expect(wordsOf(text)).not.toContain("fault");
  expect(text).not.toMatch(/action="\/page\/(?:faults|slack)/);
  expect(text).toMatch(/<form id="start"[^>]* hidden/);
});

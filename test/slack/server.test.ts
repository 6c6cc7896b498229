import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { localBotToken } from "../../local/canary.ts";
import { createPrinter } from "../../local/slack/print.ts";
import { createSlackServer, type SlackServer, type SlackServerSettings } from "../../local/slack/server.ts";

let local: SlackServer;
let now = 1_795_446_000_000;

async function start(settings: Partial<SlackServerSettings> = {}) {
  local = createSlackServer({
    channels: [
      { id: "C1", name: "builds" },
      { id: "C2", name: "elsewhere", member: false },
      { id: "C3", name: "old", archived: true },
    ],
    now: () => now,
    ...settings,
  });
  await local.start();
}
beforeEach(() => start());
afterEach(() => local.close());

async function call(method: string, args: object, headers: Record<string, string> = {}) {
  const response = await fetch(`${local.url}${method}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${localBotToken}`, ...headers },
    body: JSON.stringify(args),
  });
  if (response.status !== 200)
    return { status: response.status, retryAfter: response.headers.get("retry-after") };
  return (await response.json()) as Record<string, unknown>;
}
const post = (args: object = {}) => call("chat.postMessage", { channel: "C1", text: "hello", ...args });

const sectionOf = (text: string) => ({ type: "section", text: { type: "mrkdwn", text } });
const headerOf = (text: string) => ({ type: "header", text: { type: "plain_text", text } });

const history = (args: object) => call("conversations.history", { channel: "C1", ...args });
const element = { type: "mrkdwn", text: "x" };

describe("the local Slack refuses", () => {
  test.each<[string, object, string]>([
    ["a channel that there is not", { channel: "C9" }, "channel_not_found"],
    ["a channel without the bot", { channel: "C2" }, "not_in_channel"],
    ["an archived channel", { channel: "C3" }, "is_archived"],
    ["a thread that there is not", { thread_ts: "1.000000" }, "thread_not_found"],
    ["nothing to show", { text: "" }, "no_text"],
    ["a text over 4,000 characters", { text: "x".repeat(4_001) }, "msg_too_long"],
    ["a section over 3,000 characters", { blocks: [sectionOf("x".repeat(3_001))] }, "invalid_blocks"],
    ["an empty section", { blocks: [sectionOf("")] }, "invalid_blocks"],
    ["a header over 150 characters", { blocks: [headerOf("x".repeat(151))] }, "invalid_blocks"],
    ["a header in mrkdwn", { blocks: [{ ...sectionOf("x"), type: "header" }] }, "invalid_blocks"],
    ["a block it does not know", { blocks: [{ type: "hologram" }] }, "invalid_blocks"],
    ["more than 50 blocks", { blocks: Array(51).fill(sectionOf("x")) }, "invalid_blocks"],
    [
      "more than 10 elements in a context",
      { blocks: [{ type: "context", elements: Array.from({ length: 11 }, () => element) }] },
      "invalid_blocks",
    ],
    ["a bad block in an attachment", { attachments: [{ blocks: [sectionOf("")] }] }, "invalid_blocks"],
    [
      "a payload that is too long",
      { blocks: Array(5).fill(sectionOf("x".repeat(2_900))) },
      "msg_blocks_too_long",
    ],
    ["metadata without a type", { metadata: { event_payload: {} } }, "invalid_metadata_format"],
  ])("%s", async (_, args, error) => {
    expect(await post(args)).toMatchObject({ ok: false, error });
    expect(local.channel("C1").messages).toEqual([]);
  });

  test.each([
    ["no token", "", "not_authed"],
    ["another token", `Bearer ${localBotToken}-other`, "invalid_auth"],
  ])("a call with %s", async (_, authorization, error) => {
    expect(await call("auth.test", {}, { authorization })).toMatchObject({ ok: false, error });
  });

  test("an edit of a message that was deleted", async () => {
    const { channel, ts } = await post();
    await call("chat.delete", { channel, ts });
    expect(await call("chat.update", { channel, ts, text: "x" })).toMatchObject({
      error: "message_not_found",
    });
  });

  test("messages that come too fast, only in that channel", async () => {
    await local.close();
    await start({
      channels: [
        { id: "C1", name: "builds" },
        { id: "C2", name: "others" },
      ],
      rateLimit: { perSecond: 1, burst: 2 },
    });
    await post();
    await post();
    expect(await post()).toEqual({ status: 429, retryAfter: "1" });
    expect(await post({ channel: "C2" })).toMatchObject({ ok: true });
    now += 1_000;
    expect(await post()).toMatchObject({ ok: true });
  });
});

describe("the local Slack", () => {
  test("gives every message a later ts than the last one, also if the clock stands still", async () => {
    const [first, second] = [await post(), await post()];
    expect(Number(second["ts"])).toBeGreaterThan(Number(first["ts"]));
  });

  test("returns metadata only on request", async () => {
    const metadata = { event_type: "build_notifier", event_payload: { key: "k" } };
    await post({ metadata });
    expect((await history({}))["messages"]).not.toMatchObject([{ metadata }]);
    expect((await history({ include_all_metadata: true }))["messages"]).toMatchObject([{ metadata }]);
  });

  test("shows a broadcast reply in the channel, and other replies only in the thread", async () => {
    const { ts } = await post({ text: "card" });
    await post({ text: "quiet", thread_ts: ts });
    await post({ text: "loud", thread_ts: ts, reply_broadcast: true });
    const { messages } = await call("conversations.history", { channel: "C1" });
    expect(messages).toMatchObject([{ text: "loud" }, { text: "card", reply_count: 2 }]);
    const thread = await call("conversations.replies", { channel: "C1", ts });
    expect(thread["messages"]).toMatchObject([{ text: "card" }, { text: "quiet" }, { text: "loud" }]);
  });

  test.each([true, false])(
    "answers a repeated client_msg_id with the same message: %s",
    async (honourClientMsgId) => {
      await local.close();
      await start({ honourClientMsgId });
      const repeated = { client_msg_id: "dcb565ba-d420-5bbc-9189-bc2500de151a" };
      expect((await post(repeated))["ts"] === (await post(repeated))["ts"]).toBe(honourClientMsgId);
    },
  );

  test("marks an edit without blocks as edited", async () => {
    const { channel, ts } = await post();
    await call("chat.update", { channel, ts, text: "other" });
    expect(local.channel("C1").messages).toMatchObject([{ text: "other", edited: {} }]);
  });

  test.each<[string, string, object]>([
    ["the bot", "auth.test", { ok: true, user_id: expect.any(String) }],
    [
      "the channel",
      "conversations.info",
      { channel: { name: "builds", is_member: true, is_archived: false } },
    ],
  ])("shows %s", async (_, method, expected) => {
    expect(await call(method, { channel: "C1" })).toMatchObject(expected);
  });

  test("gives a permalink", async () => {
    const { ts } = await post();
    expect(await call("chat.getPermalink", { channel: "C1", message_ts: ts })).toMatchObject({
      permalink: `https://local.slack.invalid/archives/C1/p${String(ts).replace(".", "")}`,
    });
  });
});

test("a fault applies to the calls of its scope, as often as it says, or until it is cleared", async () => {
  local.fail({ answer: "error", code: "fatal_error" }, { method: "chat.update" });
  const clear = local.fail(
    { answer: "error", code: "internal_error", stores: true },
    { channel: "C1", times: 1 },
  );
  expect(await post()).toMatchObject({ error: "internal_error" });
  const { ts } = await post();
  expect(local.channel("C1").messages).toHaveLength(2);
  expect(await call("chat.update", { channel: "C1", ts, text: "x" })).toMatchObject({ error: "fatal_error" });
  clear();
  local.clearFaults();
  expect(await call("chat.update", { channel: "C1", ts, text: "x" })).toMatchObject({ ok: true });
});

test("the events are printed for a terminal", async () => {
  const events: (string | undefined)[] = [];
  const print = createPrinter();
  local.onEvent((event) => events.push(print(event)));
  const { channel, ts } = await post({ text: "🔵 Running: shop #42\nInit: Successful" });
  const failure =
    "shop #42\n<@U1> <!subteam^S2> ❌ *Build* &lt;x&gt; at <!date^1^{time}|15:00 UTC>, <https://c.example|here>";
  await post({ text: failure, thread_ts: ts, reply_broadcast: true });
  await call("chat.update", { channel, ts, text: "🔵 Running: shop #42\nInit: Successful, Build: Failed" });
  await call("chat.update", { channel, ts, text: "❌ Failed: shop #42\nBuild: Failed" });
  await call("chat.delete", { channel, ts });
  expect(events).toEqual([
    "#builds  🔵 Running: shop #42\n    Init: Successful",
    "#builds  ↳ shop #42  (shown in the channel too)\n    @somebody @somebody ❌ Build <x> at 15:00 UTC, here (https://c.example)",
    undefined,
    "#builds (edited)  ❌ Failed: shop #42\n    Build: Failed",
    "#builds (deleted)  ❌ Failed: shop #42\n    Build: Failed",
  ]);
});

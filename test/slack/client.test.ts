import { afterEach, describe, expect, test } from "@jest/globals";
import { answerTable } from "../../lambda/slack/answers.ts";
import { messageKey } from "../../lambda/domain/delivery.ts";
import { feedId } from "../../lambda/domain/feed.ts";
import { identify } from "../../lambda/slack/place.ts";
import type { Slack, SlackAnswer } from "../../lambda/tracking/ports.ts";
import { localBotToken } from "../../local/canary.ts";
import type { ServerFault, SlackServer } from "../../local/slack/server.ts";
import { at, channel, message, movedTo, someBuild, someNotices, withCard } from "./builds.ts";
import { describeSlack, receiptOf, type SlackUnderTest } from "./contract.ts";
import { createTestClock } from "../../testing/clock.ts";
import { LimitedSlack, MemorySlack, type MemorySlackOptions } from "../../testing/memory-slack.ts";
import { startWorkspace } from "./workspace.ts";
import { heldCredentials } from "../../testing/held-credentials.ts";

type Workspace = Awaited<ReturnType<typeof startWorkspace>>;

const rich = { plain: false };
const faults: Record<Exclude<SlackAnswer["kind"], "sent">, ServerFault> = {
  later: { answer: "rateLimited" },
  unknown: { answer: "status", status: 500 },
  content: { answer: "error", code: "msg_too_long" },
  destination: { answer: "error", code: "not_in_channel" },
  gone: { answer: "error", code: "message_not_found" },
  unauthorized: { answer: "error", code: "token_revoked" },
};

describeSlack("the real client on a local server", async () => {
  const { local, slack } = await startWorkspace();
  return {
    slack,
    remove: (receipt) => local.act("chat.delete", { ...receipt }),
    answerNext: (kind, stored = false) => void local.fail({ ...faults[kind], stores: stored }, { times: 1 }),
    forbidReadBacks() {
      for (const method of ["conversations.history", "conversations.replies"])
        local.fail({ answer: "error", code: "missing_scope" }, { method });
    },
    close: () => local.close(),
  };
});

const underTest = (memory: MemorySlack, slack: Slack = memory): SlackUnderTest => ({
  slack,
  remove: ({ ts }) => memory.delete(ts),
  answerNext: (kind, stored = false) =>
    memory.failNext({ answer: { kind, reason: kind, retryAfterMillis: 1_000 }, stored, reads: true }),
  forbidReadBacks: () => void (memory.readBacks = "forbidden"),
  close: async () => {},
});
describeSlack("in memory", async () => underTest(new MemorySlack(Date.now)));
describeSlack("in memory, with each client_msg_id taken once", async () =>
  underTest(new MemorySlack(Date.now, { honoursClientMsgId: true })),
);
describeSlack("in memory, under Slack's limits", async () => {
  const limited = new LimitedSlack(createTestClock(Date.now()), { burst: 4 });
  return underTest(limited.inner, limited);
});

/** What Slack does, and the local one does not. */
describe("in memory", () => {
  async function openMemory(options: MemorySlackOptions = {}) {
    let now = at;
    const slack = new MemorySlack(() => now, options);
    const card = receiptOf(await slack.postCard(someBuild(), rich));
    return { slack, card, build: withCard(someBuild(), card.ts), pass: (millis: number) => (now += millis) };
  }

  test("the thread of a deleted card with replies takes more replies, although the card is gone", async () => {
    const { slack, build } = await openMemory();
    await slack.postMessage(build, building, rich);
    slack.deleteCard();
    expect(await slack.editCard(build, rich)).toMatchObject({ kind: "gone" });
    expect(await slack.postMessage(build, failed, rich)).toMatchObject({ kind: "sent" });
  });

  test.each([
    [true, 1],
    [false, 2],
  ])("a card is posted twice; its client_msg_id is honoured: %s", async (honoursClientMsgId, cards) => {
    const { slack } = await openMemory({ honoursClientMsgId });
    await slack.postCard(someBuild(), rich);
    expect(slack.messages).toHaveLength(cards);
  });

  test("a client_msg_id that is honoured gives the receipt of a card that was deleted since", async () => {
    const { slack, card } = await openMemory({ honoursClientMsgId: true });
    slack.deleteCard();
    expect(receiptOf(await slack.postCard(someBuild(), rich))).toEqual(card);
  });

  test("a hidden message is not found, although the read-back is complete", async () => {
    const { slack, build } = await openMemory({ readBacks: "hidden" });
    await slack.postMessage(build, building, rich);
    expect(await slack.readBack(build, at)).toEqual({ complete: true, found: new Map() });
  });

  test("a call that is carried out late is found from then on", async () => {
    const { slack, build, pass } = await openMemory();
    slack.later(30_000, () => slack.postMessage(build, building, rich));
    pass(29_999);
    expect(await slack.readBack(build, at)).toMatchObject({ found: new Map() });
    pass(1);
    const look = await slack.readBack(build, at);
    expect(look.complete && [...look.found.keys()]).toEqual([messageKey(feedId(build), building)]);
  });

  test("restored messages take edits and replies, and a new message has another ts", async () => {
    const { slack: before, build } = await openMemory();
    const slack = new MemorySlack(() => at);
    slack.restore(before.messages);
    expect(await slack.editCard(build, rich)).toMatchObject({ kind: "sent" });
    expect(receiptOf(await slack.postMessage(build, building, rich)).ts).toBe("2.000000");
  });

  test("posts and edits over Slack's limits are throttled", async () => {
    const slack = new LimitedSlack(createTestClock(at), { burst: 2, editsPerMinute: 1 });
    const kinds = [];
    for (let number = 1; number <= 3; number++)
      kinds.push((await slack.postMessage(someNotices(), message(movedTo("Building"), number), rich)).kind);
    const { inner } = slack;
    const build = withCard(someBuild(), receiptOf(await inner.postCard(someBuild(), rich)).ts);
    for (let edit = 1; edit <= 2; edit++) kinds.push((await slack.editCard(build, rich)).kind);
    expect(kinds).toEqual(["sent", "sent", "later", "sent", "later"]);
    expect(slack.throttled).toBe(2);
  });
});

test("on a local server, a card and its thread that were deleted are gone", async () => {
  const { local, slack } = await open();
  const card = receiptOf(await slack.postCard(someBuild(), rich));
  const build = withCard(someBuild(), card.ts);
  await slack.postMessage(build, building, rich);
  local.act("chat.delete", { ...card });
  expect(await slack.editCard(build, rich)).toMatchObject({ kind: "gone" });
  expect(await slack.postMessage(build, failed, rich)).toMatchObject({ kind: "gone" });
  expect(await slack.readBack(build, Date.now())).toEqual({ complete: true, found: new Map() });
});

let opened: SlackServer[] = [];
afterEach(async () => {
  await Promise.all(opened.map((local) => local.close()));
  opened = [];
});
async function open(...settings: Parameters<typeof startWorkspace>): Promise<Workspace> {
  const workspace = await startWorkspace(...settings);
  opened.push(workspace.local);
  return workspace;
}

const [oldToken, newToken] = [`${localBotToken}-old`, `${localBotToken}-new`];

const building = message(movedTo("Building"));
const failed = message({ ...movedTo("Failed"), outcome: "failed" } as typeof building, 2);

/** The header's value, and how long the channel then waits. It waits at most a minute, until the next tick. */
const waits: [string, number][] = [
  ["0", 1_000],
  ["60", 60_000],
  ["61", 60_000],
  ["86400", 60_000],
  ["2147483648", 60_000],
  ["9".repeat(400), 60_000],
  ["-1", 5_000],
  ["1.5", 5_000],
  ["1e9", 5_000],
  ["NaN", 5_000],
  ["Infinity", 5_000],
  ["7 seconds", 5_000],
  ["Fri, 31 Dec 2100 23:59:59 GMT", 5_000],
];

describe("the meaning of Slack's answers", () => {
  const listed = Object.entries(answerTable).flatMap(([kind, codes]) => codes.map((code) => [code, kind]));

  test.each([
    ...listed,
    ["restricted_action", "destination"],
    ["restricted_action_thread_locked", "destination"],
    ["a_code_that_nobody_has_heard_of", "destination"],
    ["<html>Bad gateway</html>", "unknown"],
  ])("%s means %s, after one call", async (code, kind) => {
    const { local, slack } = await open();
    local.fail({ answer: "error", code });
    expect(await slack.postMessage(someNotices(), building, rich)).toMatchObject({ kind });
    expect(local.calls).toHaveLength(1);
  });

  test.each<[string, ServerFault, object]>([
    ["429", { answer: "rateLimited", retryAfterSeconds: 7 }, { kind: "later", retryAfterMillis: 7_000 }],
    ["status 500, stored", { answer: "status", status: 500, stores: true }, { kind: "unknown" }],
    ["status 503", { answer: "status", status: 503 }, { kind: "unknown" }],
    ["429 without a time", { answer: "status", status: 429 }, { kind: "later", retryAfterMillis: 5_000 }],
    ...waits.map(([header, retryAfterMillis]): [string, ServerFault, object] => [
      `429 with Retry-After: ${header}`,
      { answer: "rateLimited", retryAfterSeconds: header },
      { kind: "later", retryAfterMillis },
    ]),
    [
      "a redirection",
      { answer: "status", status: 302 },
      { kind: "unknown", reason: "Slack answered with the status 302" },
    ],
    ["a connection cut after storing", { answer: "cut", stores: true }, { kind: "unknown" }],
    ["no answer within the timeout", { answer: "hang", stores: true }, { kind: "unknown" }],
    ["a page instead of JSON", { answer: "body", body: "<html></html>" }, { kind: "unknown" }],
    ["an empty body", { answer: "body", body: "" }, { kind: "unknown" }],
    ["JSON that is no object", { answer: "body", body: "null" }, { kind: "unknown" }],
    ["ok without a ts", { answer: "body", body: '{"ok":true,"channel":"C1"}' }, { kind: "unknown" }],
  ])("%s, after one call on a connection in use", async (_, fault, expected) => {
    const { local, slack } = await open({}, { timeoutMillis: 300 });
    await slack.postMessage(someNotices(), message(movedTo("Queuing"), 9), rich);
    local.fail(fault);
    expect(await slack.postMessage(someNotices(), building, rich)).toMatchObject(expected);
    expect(local.calls).toHaveLength(2);
  });

  test.each(["another host", "the same host"])(
    "a redirection to %s is not followed, so the token is not sent",
    async (where) => {
      const { local, slack } = await open();
      const other = where === "the same host" ? local : (await open()).local;
      local.fail({ answer: "redirect", to: `${other.url}chat.postMessage` });
      expect(await slack.postMessage(someNotices(), building, rich)).toMatchObject({ kind: "unknown" });
      expect([local.calls.length, other.calls.length]).toEqual(other === local ? [1, 1] : [1, 0]);
    },
  );

  test.each<[number, object, boolean]>([
    [15, { kind: "sent" }, true],
    [17, { kind: "unknown", reason: expect.stringContaining("is longer than") }, false],
  ])("an answer of %p MB: posts and read-backs accept up to 16", async (megabytes, expected, isRead) => {
    const { local, slack } = await open();
    const body = {
      ok: true,
      channel,
      ts: "1.000000",
      messages: [],
      padding: "x".repeat(megabytes * 1024 * 1024),
    };
    local.fail(bodyFault(body));
    const sent = await slack.postMessage(someNotices(), building, rich);
    expect(sent).toMatchObject(expected);
    expect(await slack.readBack(someNotices(), at)).toMatchObject({ complete: isRead });
  });

  test.each<[string, unknown]>([
    ["a ts that is a number", { ok: true, channel, ts: 1795446000.000001 }],
    ["a ts that is no time", { ok: true, channel, ts: "yesterday" }],
    ["a ts without its fraction", { ok: true, channel, ts: "1795446000" }],
    ["an empty ts", { ok: true, channel, ts: "" }],
    ["a channel that is no text", { ok: true, channel: { id: channel }, ts: "1795446000.000001" }],
    ["a channel that is an address", { ok: true, channel: "../C1?x", ts: "1795446000.000001" }],
    ["no channel", { ok: true, ts: "1795446000.000001" }],
    ["ok as a text", { ok: "true", channel, ts: "1795446000.000001" }],
    ["ok as a number", { ok: 1, channel, ts: "1795446000.000001" }],
    ["messages that are no list", { ok: true, channel, ts: "1.0", response_metadata: { messages: 7 } }],
    ["no metadata, though it is there", { ok: true, channel, ts: "1.0", response_metadata: null }],
    ["an error that is null", { ok: false, error: null }],
    ["an error that is a number", { ok: false, error: 7 }],
    ["an error that is a list", { ok: false, error: ["not_in_channel"] }],
    ["an error that is a sentence", { ok: false, error: "it did not work" }],
    ["no error", { ok: false }],
    ["a list", []],
    ["a text", "ok"],
    ["a number", 7],
    ["nothing", null],
  ])("%s means unknown, and nothing is thrown", async (_, body) => {
    const { local, slack } = await open();
    const build = withCard(someBuild(), "1795446000.000001");
    local.fail(bodyFault(body));
    const unknown = {
      kind: "unknown",
      reason: expect.stringMatching(/^the answer does not come from Slack|is not as documented/),
    };
    expect(await slack.postCard(someBuild(), rich)).toEqual(unknown);
    expect(await slack.editCard(build, rich)).toEqual(unknown);
    expect(await slack.postMessage(build, building, rich)).toEqual(unknown);
    expect(await slack.readBack(build, at)).toMatchObject({ complete: false });
  });

  test.each<[string, object]>([
    ["ok with an error", { ok: true, error: "fatal_error", channel, ts: "1795446000.000001" }],
    ["ok with another channel", { ok: true, channel: "C0000000000", ts: "1795446000.000001" }],
  ])("%s contradicts itself, so it means unknown", async (_, body) => {
    const { local, slack } = await open();
    const build = withCard(someBuild(), "1795446000.000001");
    local.fail(bodyFault(body));
    expect(await slack.postCard(someBuild(), rich)).toMatchObject({ kind: "unknown" });
    expect(await slack.editCard(build, rich)).toMatchObject({ kind: "unknown" });
    expect(await slack.postMessage(build, building, rich)).toMatchObject({ kind: "unknown" });
  });

  test.each<[string, object, object]>([
    [
      "the explanation of a refusal is missing",
      { error: "missing_scope", needed: 7 },
      { kind: "destination", reason: "missing_scope" },
    ],
    [
      "its explanations are not a list",
      { error: "invalid_blocks", response_metadata: { messages: [7] } },
      { kind: "content", reason: "invalid_blocks" },
    ],
    [
      "a wait is no number",
      { error: "ratelimited", response_metadata: { retryAfter: "x" } },
      { kind: "later", retryAfterMillis: 5_000 },
    ],
    [
      "a wait is negative",
      { error: "ratelimited", response_metadata: { retryAfter: -7 } },
      { kind: "later", retryAfterMillis: 5_000 },
    ],
    [
      "a wait is endless",
      { error: "ratelimited", response_metadata: { retryAfter: 2 ** 31 } },
      { kind: "later", retryAfterMillis: 60_000 },
    ],
    [
      "its code is the name of a property of every object",
      { error: "constructor" },
      { kind: "destination", reason: "constructor" },
    ],
  ])("a refusal is understood though %s", async (_, body, expected) => {
    const { local, slack } = await open();
    local.fail(bodyFault({ ok: false, ...body }));
    expect(await slack.postMessage(someNotices(), building, rich)).toMatchObject(expected);
  });

  test("warnings that are not as documented don't put a message in doubt", async () => {
    const { local, log, slack } = await open();
    const body = {
      ok: true,
      channel,
      ts: "1795446000.000001",
      warning: 7,
      response_metadata: { messages: [7] },
    };
    local.fail(bodyFault(body));
    expect(await slack.postMessage(someNotices(), building, rich)).toMatchObject({ kind: "sent" });
    expect(log.lines).toEqual([]);
  });

  test.each([
    ["not_in_channel", "invite the app: type /invite @"],
    ["channel_not_found", "the channel ID is wrong, or the app is not in the private channel"],
    ["is_archived", "unarchive the channel"],
    [
      "restricted_action_read_only_channel",
      "the settings of the channel or the workspace don't allow the app to post",
    ],
  ])("the refusal %s says what to do about it", async (code, remedy) => {
    const { local, slack } = await open();
    local.fail({ answer: "error", code });
    const answer = await slack.postMessage(someNotices(), building, rich);
    expect(answer).toEqual({ kind: "destination", reason: expect.stringContaining(`${code}: ${remedy}`) });
  });

  test("warnings about a stored message are logged, without the message", async () => {
    const { local, log, slack } = await open();
    const body = {
      ok: true,
      channel,
      ts: "1.000000",
      warning: "missing_charset",
      response_metadata: { messages: ["[WARN] dropped"] },
    };
    local.fail(bodyFault(body));
    await slack.postMessage(someNotices(), building, rich);
    expect(log.lines).toEqual([
      {
        level: "warn",
        message: `Slack accepted a message of notices of channel ${channel} with a warning`,
        fields: { warning: "missing_charset", messages: ["[WARN] dropped"] },
      },
    ]);
  });
});

describe("right before a request leaves", () => {
  test("the token has already been read", async () => {
    let isRead = false;
    const token = {
      ...heldCredentials(localBotToken),
      read: async () => {
        await new Promise((resolve) => setImmediate(resolve));
        isRead = true;
        return localBotToken;
      },
    };
    const { local, slack } = await open({}, { token });
    const answers = await Promise.all(
      [1, 2, 3].map((number) =>
        slack.postMessage(someNotices(), message(movedTo("Building"), number), {
          plain: false,
          mayLeave: () => isRead && number !== 2,
        }),
      ),
    );
    expect(answers.map(({ kind }) => kind)).toEqual(["sent", "later", "sent"]);
    expect(local.calls).toHaveLength(2);
  });

  test("warming up makes one call that posts nothing, and never fails", async () => {
    const { local, slack } = await open();
    await slack.warm();
    local.fail({ answer: "cut" });
    await slack.warm();
    expect(local.calls.map(({ method }) => method)).toEqual(["auth.test", "auth.test"]);
    expect(local.channel(channel).messages).toEqual([]);
  });
});

describe("a refused token", () => {
  test("is replaced, and the call may be made again at once with the other token", async () => {
    const { local, slack } = await open(
      { tokens: [newToken] },
      { token: heldCredentials(oldToken, newToken) },
    );
    expect(await slack.postMessage(someNotices(), building, rich)).toMatchObject({
      kind: "later",
      retryAfterMillis: 0,
    });
    expect(await slack.postMessage(someNotices(), building, rich)).toMatchObject({ kind: "sent" });
    expect(local.channel(channel).messages).toHaveLength(1);
  });

  test("means unauthorized if the secret still contains it", async () => {
    const { slack } = await open({ tokens: [newToken] }, { token: heldCredentials(oldToken) });
    expect(await slack.postMessage(someNotices(), building, rich)).toEqual({
      kind: "unauthorized",
      reason: "invalid_auth: put a valid bot token into the secret",
    });
  });

  test.each<[string, "read" | "renew"]>([
    ["can't be read", "read"],
    ["can't be read again", "renew"],
  ])("means unauthorized when the secret %s", async (_, when) => {
    const token = {
      ...heldCredentials(oldToken, newToken),
      [when]: async () => {
        throw new Error("no access to the secret");
      },
    };
    const { slack } = await open({ tokens: [newToken] }, { token });
    expect(await slack.postMessage(someNotices(), building, rich)).toMatchObject({
      kind: "unauthorized",
      reason: expect.stringContaining("no access to the secret"),
    });
    expect(await slack.readBack(someNotices(), at)).toMatchObject({ complete: false });
  });
});

describe("a token that a header can't contain", () => {
  test.each([
    ["an ellipsis", `${localBotToken}…`],
    ["a line break", `${localBotToken}\nx`],
    ["a line break at its end", `${localBotToken}\n`],
    ["an invisible space", `xoxb-\u200B${localBotToken}`],
    ["a byte order mark", `\uFEFF${localBotToken}`],
    ["a space", `xoxb- ${localBotToken}`],
    ["nothing else", ""],
  ])("with %s is a refused one, says so, and is not sent", async (_, token) => {
    const { local, slack } = await open({}, { token: heldCredentials(token) });
    const answer = await slack.postMessage(someNotices(), building, rich);
    expect(answer).toEqual({
      kind: "unauthorized",
      reason: expect.stringContaining("a character that an HTTP header can't contain"),
    });
    expect(await slack.readBack(someNotices(), at)).toMatchObject({ complete: false });
    expect(JSON.stringify(answer)).not.toContain(localBotToken);
    expect(local.calls).toEqual([]);
  });

  test("is replaced like a token that Slack refuses", async () => {
    const { slack } = await open({}, { token: heldCredentials(`${localBotToken}…`, localBotToken) });
    expect(await slack.postMessage(someNotices(), building, rich)).toMatchObject({ kind: "later" });
    expect(await slack.postMessage(someNotices(), building, rich)).toMatchObject({ kind: "sent" });
  });
});

describe("a token that changes while the old one works", () => {
  test("is used after a refresh, and not before", async () => {
    let held = oldToken;
    const token = { read: async () => held, renew: async () => undefined };
    const { local, slack } = await open({ tokens: [oldToken, newToken] }, { token });
    const send = async () => {
      await slack.postMessage(someNotices(), building, rich);
      return local.calls.at(-1)?.token;
    };
    const used = [await send()];
    held = newToken;
    used.push(await send());
    await slack.refresh();
    used.push(await send());
    expect(used).toEqual([oldToken, oldToken, newToken]);
  });

  test("stays in use while the secret can't be read", async () => {
    let isReadable = true;
    const read = async () => {
      if (!isReadable) throw new Error("no access to the secret");
      return localBotToken;
    };
    const { slack } = await open({}, { token: { read, renew: async () => undefined } });
    await slack.refresh();
    isReadable = false;
    await slack.refresh();
    expect(await slack.postMessage(someNotices(), building, rich)).toMatchObject({ kind: "sent" });
  });
});

/** A server may repeat the token, and the client must hide it. */
describe("the token does not appear in", () => {
  const echo = `you sent Authorization: Bearer ${localBotToken}`;
  test.each<[string, ServerFault]>([
    ["an error", { answer: "error", code: localBotToken }],
    [
      "the messages of a refusal",
      bodyFault({ ok: false, error: "invalid_arguments", response_metadata: { messages: [echo] } }),
    ],
    [
      "long messages, cut within the token",
      bodyFault({
        ok: false,
        error: "no_text",
        response_metadata: { messages: ["x".repeat(290) + localBotToken] },
      }),
    ],
    ["the needed scope", bodyFault({ ok: false, error: "missing_scope", needed: localBotToken })],
    [
      "a warning",
      bodyFault({
        ok: true,
        channel,
        ts: "1795446000.000001",
        warning: echo,
        response_metadata: { messages: [echo] },
      }),
    ],
    ["a page", { answer: "body", body: `<html>${echo}</html>` }],
    ["a message's place", bodyFault({ ok: true, channel: localBotToken, ts: localBotToken })],
  ])("though Slack repeats it in %s", async (_, fault) => {
    const { local, log, slack } = await open();
    local.fail(fault);
    const told = [
      await slack.postCard(someBuild(), rich),
      await slack.readBack(someNotices(), at),
      ...log.lines,
    ];
    expect(JSON.stringify(told)).not.toContain(localBotToken.slice(5, 9));
  });
});

function bodyFault(body: unknown): ServerFault {
  return { answer: "body", body: JSON.stringify(body) };
}

/** The channel after a card and a message, and the client's calls for them. */
async function postedTo(settings: Parameters<typeof someBuild>[1], content = building) {
  const { local, slack } = await open();
  const build = someBuild({}, settings);
  const card = receiptOf(await slack.postCard(build, rich));
  await slack.postMessage(withCard(build, card.ts), content, rich);
  return { messages: local.channel(channel).messages, args: local.calls[1]!.args };
}

describe("the place of a message", () => {
  test("a transition goes only into the card's thread", async () => {
    const { messages } = await postedTo({});
    expect(messages).toHaveLength(1);
    expect(messages[0]?.replies).toMatchObject([{ thread_ts: messages[0]?.ts }]);
    expect(messages[0]?.replies[0]?.subtype).toBeUndefined();
  });

  test("a failure also appears in the channel, and mentions people", async () => {
    const { messages } = await postedTo({ mention: ["U1"] }, failed);
    expect(messages[0]?.replies).toMatchObject([
      { subtype: "thread_broadcast", text: expect.stringContaining("<@U1>") },
    ]);
  });

  test("without a thread everything goes into the channel, and nothing is broadcast", async () => {
    const { messages, args } = await postedTo({ thread: false }, failed);
    expect(messages.map(({ replies }) => replies)).toEqual([[], []]);
    expect(args).not.toHaveProperty("reply_broadcast");
  });

  test("nothing in a message is unfurled or linked, and the message contains its key twice", async () => {
    const { args } = await postedTo({});
    expect(args).toMatchObject({
      unfurl_links: "false",
      unfurl_media: "false",
      link_names: "false",
      ...identify("registration-1/1"),
    });
  });

  test("a key always has the same client_msg_id", () => {
    expect(identify("registration-1/1").client_msg_id).toBe("dcb565ba-d420-5bbc-9189-bc2500de151a");
    expect(identify("registration-1/2").client_msg_id).not.toBe(identify("registration-1/1").client_msg_id);
  });
});

test("a plain edit removes the blocks", async () => {
  const { local, slack } = await open();
  const card = receiptOf(await slack.postCard(someBuild(), rich));
  const [stored] = local.channel(channel).messages;
  expect(stored?.blocks).toHaveLength(1);
  await slack.editCard(withCard(someBuild(), card.ts), { plain: true });
  expect(stored).toMatchObject({ blocks: [], attachments: [], text: expect.stringContaining("Not started") });
});

const ours = (key: string, ts: unknown) => ({
  ts,
  metadata: { event_type: "build_notifier", event_payload: { key } },
});

describe("a read-back", () => {
  test.each([true, false])("reads to the last page; in a thread: %s", async (thread) => {
    const { local, slack } = await open();
    const build = someBuild({}, { thread });
    const card = receiptOf(await slack.postCard(build, rich));
    const { ts } = card;
    const posted = receiptOf(await slack.postMessage(withCard(build, ts), building, rich));
    for (let index = 0; index < 2_100; index += 1) {
      local.act("chat.postMessage", { channel, text: "talk", ...(thread && { thread_ts: ts }) });
    }
    await slack.postMessage(withCard(build, ts), failed, rich);
    const before = local.calls.length;
    const look = await slack.readBack(withCard(build, ts), Date.now());
    expect(look).toMatchObject({ complete: true });
    expect(look.complete && look.found.get("registration-1/1")).toEqual(posted);
    expect(look.complete && [...look.found.keys()].toSorted()).toEqual([
      "registration-1/1",
      "registration-1/2",
      "registration-1/card/1",
    ]);
    expect(local.calls.length - before).toBe(3);
  });

  test("that is cut short on a later page is not complete", async () => {
    const { local, slack } = await open();
    const firstPage = { ok: true, messages: [], response_metadata: { next_cursor: "second" } };
    local.fail(bodyFault(firstPage), { times: 1 });
    local.fail({ answer: "status", status: 500 });
    expect(await slack.readBack(someNotices(), at)).toMatchObject({ complete: false });
  });

  test("is not complete when there is more that can't be read", async () => {
    const { local, slack } = await open();
    local.fail({ answer: "body", body: '{"ok":true,"messages":[],"has_more":true}' });
    expect(await slack.readBack(someNotices(), at)).toMatchObject({
      complete: false,
      reason: expect.stringContaining("more messages"),
    });
  });

  test("whose cursor leads back to an earlier page is not complete", async () => {
    const { local, slack } = await open();
    const page = (next_cursor: string) =>
      bodyFault({ ok: true, messages: [], response_metadata: { next_cursor } });
    for (const cursor of ["a", "b", "a"]) local.fail(page(cursor), { times: 1 });
    local.fail(page("b"));
    expect(await slack.readBack(someNotices(), at)).toEqual({
      complete: false,
      reason: "Slack's cursor leads back to an earlier page",
    });
    expect(local.calls).toHaveLength(3);
  });

  test("that does not reach the end within 50 pages is not complete", async () => {
    const { local, slack } = await open();
    for (let index = 0; index < 60; index += 1) {
      local.fail(bodyFault({ ok: true, messages: [], response_metadata: { next_cursor: `${index}` } }), {
        times: 1,
      });
    }
    expect(await slack.readBack(someNotices(), at)).toEqual({
      complete: false,
      reason: "there are more than 50 pages of messages",
    });
    expect(local.calls).toHaveLength(50);
  });

  test.each<[string, object]>([
    ["messages that are no list", { messages: { 0: {} } }],
    ["no messages", {}],
    ["a cursor that is a number", { messages: [], response_metadata: { next_cursor: 7 } }],
    ["more, neither yes nor no", { messages: [], has_more: "perhaps" }],
    ["a message of ours without its time", { messages: [ours("registration-1/1", undefined)] }],
    ["a message of ours whose time is a number", { messages: [ours("registration-1/1", 1795446000.1)] }],
  ])("that is answered by %s is not complete", async (_, body) => {
    const { local, slack } = await open();
    local.fail(bodyFault({ ok: true, ...body }));
    expect(await slack.readBack(someBuild(), at)).toMatchObject({ complete: false });
  });

  test("ignores the messages of others", async () => {
    const { local, slack } = await open();
    const others = [
      null,
      7,
      "text",
      {},
      { ts: 7 },
      { metadata: null },
      { ts: "1.000000", metadata: { event_type: 7 } },
    ];
    local.fail(bodyFault({ ok: true, messages: [...others, ours("registration-1/1", "1795446000.000001")] }));
    expect(await slack.readBack(someBuild(), at)).toEqual({
      complete: true,
      found: new Map([["registration-1/1", { channel, ts: "1795446000.000001" }]]),
    });
  });

  test("begins five minutes earlier than the doubt", async () => {
    const { local, slack } = await open();
    await slack.readBack(someNotices(), at);
    expect(local.calls[0]?.args).toMatchObject({
      oldest: ((at - 300_000) / 1_000).toFixed(6),
      include_all_metadata: "true",
    });
  });

  test("without the scope to read is forbidden, and says which scope to add", async () => {
    const { local, slack } = await open();
    local.fail({ answer: "error", code: "missing_scope" });
    expect(await slack.readBack(someNotices(), at)).toEqual({
      complete: false,
      forbidden: true,
      reason: expect.stringContaining("missing_scope: add channels:history"),
    });
  });

  test.each(["thread_not_found", "message_not_found"])(
    "in a thread that answers %s finds nothing",
    async (code) => {
      const { local, slack } = await open();
      local.fail({ answer: "error", code });
      expect(await slack.readBack(withCard(someBuild(), "1.000000"), at)).toEqual({
        complete: true,
        found: new Map(),
      });
    },
  );
});

test("a card that was never posted can't be edited", () => {
  return expect(async () => (await open()).slack.editCard(someBuild(), rich)).rejects.toThrow("never posted");
});

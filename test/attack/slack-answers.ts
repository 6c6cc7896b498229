import { systemClock } from "../../lambda/runtime/clock.ts";
import * as fc from "fast-check";
import { createSlack, type SlackSettings } from "../../lambda/slack/client.ts";
import type { ReadBack, Slack, SlackAnswer } from "../../lambda/tracking/ports.ts";
import { cardKey } from "../../lambda/domain/delivery.ts";
import { feedId } from "../../lambda/domain/feed.ts";
import { eventType } from "../../lambda/slack/place.ts";
import { localBotToken } from "../../local/canary.ts";
import { createQuietLog } from "../../testing/quiet-log.ts";
import { at, channel, message, movedTo, someBuild, someNotices, withCard } from "../slack/builds.ts";
import { startAnswering, type HttpAnswer } from "./answering-server.ts";
import type { Target } from "./target.ts";
import { hostileText, hostileValue } from "./texts.ts";
import { heldCredentials } from "../../testing/held-credentials.ts";

/** Any answers of Slack, over real HTTP. The port must never throw, and its results must match its types. */

const ts = fc.oneof(
  fc.constantFrom<unknown>(
    "1700000000.000100",
    1_700_000_000.0001,
    "1700000000",
    "1700000000.0001",
    "-1.000000",
    "99999999999.000000",
    "1700000000.000100 ",
    "１７.000000",
  ),
  hostileValue,
);
const errors = fc.oneof(
  fc.constantFrom<unknown>(
    "ratelimited",
    "internal_error",
    "msg_too_long",
    "not_in_channel",
    "missing_scope",
    "message_not_found",
    "invalid_auth",
    "duplicate_message_not_found",
    "restricted_action",
    "__proto__",
    "constructor",
    null,
    "",
    "x".repeat(200),
    `invalid ${localBotToken}`,
  ),
  hostileValue,
);
const metadata = fc.oneof(
  fc.record(
    {
      messages: fc.oneof(fc.array(hostileText, { maxLength: 3 }), hostileValue),
      next_cursor: fc.oneof(fc.constantFrom("a", "b", "{fresh}"), hostileValue),
      retryAfter: hostileValue,
      scopes: hostileValue,
    },
    { requiredKeys: [] },
  ),
  hostileValue,
);
const ours = cardKey(feedId(someBuild()), { number: 1 });
const listed = fc.oneof(
  fc.record({
    ts,
    metadata: fc.constantFrom<unknown>(
      { event_type: eventType, event_payload: { key: ours } },
      { event_type: eventType, event_payload: { key: 7 } },
      { event_type: eventType, event_payload: null },
      { event_type: "other", event_payload: { key: ours } },
    ),
  }),
  hostileValue,
);
const answered = fc.record(
  {
    ok: fc.oneof(
      { weight: 6, arbitrary: fc.boolean() },
      { weight: 1, arbitrary: fc.constantFrom<unknown>("true", 1, null) },
    ),
    channel: fc.oneof(fc.constant(channel), fc.constantFrom("#general", "", "C1/../x"), hostileValue),
    ts,
    error: errors,
    needed: hostileValue,
    warning: hostileValue,
    messages: fc.oneof(
      { weight: 3, arbitrary: fc.array(listed, { maxLength: 4 }) },
      { weight: 1, arbitrary: hostileValue },
    ),
    has_more: fc.oneof(fc.boolean(), hostileValue),
    response_metadata: metadata,
  },
  { requiredKeys: ["ok"] },
);
const asDocumented = fc.record({
  ok: fc.constant(true),
  channel: fc.constant(channel),
  ts: fc.constant("1700000000.000100"),
  messages: fc.array(listed, { maxLength: 2 }),
});
const body = fc.oneof(
  { weight: 6, arbitrary: fc.oneof(answered, asDocumented).map((each) => JSON.stringify(each)) },
  { weight: 2, arbitrary: hostileValue.map((each) => JSON.stringify(each) ?? "") },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "",
      "ok",
      "<html>Bad gateway</html>",
      '{"ok":true',
      `{"ok":true,"channel":"${channel}","ts":"1700000000.000100"}{}`,
      `{"ok":false,"error":"${localBotToken}"}`,
      `{"ok":true,"channel":"${channel}","ts":"1700000000.000100","text":"${"x".repeat(200_000)}"}`,
    ),
  },
);
const retryAfter = fc.oneof(
  fc.constantFrom(
    "0",
    "1",
    "60",
    "3600",
    "2147483648",
    "-1",
    "1.5",
    "1e9",
    "NaN",
    "Infinity",
    "",
    "9".repeat(300),
    "Fri, 31 Dec 2100 23:59:59 GMT",
  ),
  fc.stringMatching(/^[ -~]{0,9}$/),
);
const answer: fc.Arbitrary<HttpAnswer> = fc.record(
  {
    status: fc.oneof(
      { weight: 6, arbitrary: fc.constant(200) },
      { weight: 2, arbitrary: fc.constant(429) },
      { weight: 2, arbitrary: fc.constantFrom(201, 204, 301, 302, 307, 400, 401, 403, 404, 500, 502, 503) },
    ),
    body,
    headers: fc.record(
      {
        "content-type": fc.constantFrom("application/json", "text/html", ""),
        "retry-after": retryAfter,
        location: fc.constantFrom("http://127.0.0.1:1/", "/api/chat.postMessage", "", "javascript:1"),
        "x-oauth-scopes": fc.stringMatching(/^[ -~]{0,9}$/),
      },
      { requiredKeys: [] },
    ),
    cutAt: fc.oneof({ weight: 9, arbitrary: fc.constant(9e9) }, { weight: 1, arbitrary: fc.nat(40) }),
  },
  { requiredKeys: ["status", "body", "headers"] },
);

interface Case {
  answers: HttpAnswer[];
  call: "postCard" | "editCard" | "postMessage" | "readBack";
}

export type Create = (settings: SlackSettings) => Slack;

export async function openSlackAnswers(create: Create = createSlack): Promise<Target<Case>> {
  const server = await startAnswering();
  return {
    name: "Slack's answers",
    cases: 6_000,
    arbitrary: fc.record({
      answers: fc.array(answer, { minLength: 1, maxLength: 3 }),
      call: fc.constantFrom("postCard", "editCard", "postMessage", "readBack"),
    }),
    close: () => server.close(),
    async check({ answers, call }) {
      let calls = 0;
      server.answerWith(() => {
        const { cutAt, ...given } = answers[Math.min(calls++, answers.length - 1)]!;
        const body = given.body.replaceAll("{fresh}", `page-${calls}`);
        return { ...given, body, ...(cutAt !== undefined && cutAt < body.length && { cutAt }) };
      });
      const log = createQuietLog();
      const token = heldCredentials(localBotToken);
      const slack = create({
        token,
        apiUrl: `${server.url}/api/`,
        region: "cn-north-4",
        log,
        clock: systemClock,
      });
      const fault = await faultOfCall(slack, call);
      if (fault !== undefined) return fault;
      const callsAtMost = call === "readBack" ? 50 : 1;
      if (calls > callsAtMost) return `it makes ${calls} calls`;
      return JSON.stringify(log.lines).includes(localBotToken) ? "the token is logged" : undefined;
    },
  };
}

const rich = { plain: false };

async function faultOfCall(slack: Slack, call: Case["call"]): Promise<string | undefined> {
  if (call === "readBack") return faultOfReadBack(await slack.readBack(someBuild(), at));
  const calls = {
    postCard: () => slack.postCard(someBuild(), rich),
    editCard: () => slack.editCard(withCard(someBuild(), "1.000000"), rich),
    postMessage: () => slack.postMessage(someNotices(), message(movedTo("Building")), rich),
  };
  return faultOfAnswer(await calls[call]());
}

/** A tick comes every minute. */
const longestWaitMillis = 60_000;
const reasonChars = 600;

function faultOfAnswer(answer: SlackAnswer): string | undefined {
  const told = JSON.stringify(answer);
  if (told.includes(localBotToken)) return "the answer shows the token";
  switch (answer.kind) {
    case "sent":
      return faultOfReceipt(answer.receipt);
    case "later": {
      const { retryAfterMillis: wait } = answer;
      if (!Number.isInteger(wait) || wait < 0 || wait > longestWaitMillis) return `it waits for ${wait} ms`;
      return faultOfReason(answer.reason);
    }
    case "unknown":
    case "content":
    case "destination":
    case "gone":
    case "unauthorized":
      return faultOfReason(answer.reason);
    default:
      return `there is no such answer: ${told}`;
  }
}

function faultOfReadBack(look: ReadBack): string | undefined {
  if (JSON.stringify([look, ...(look.complete ? look.found : [])]).includes(localBotToken)) {
    return "the read-back shows the token";
  }
  if (!look.complete) return faultOfReason(look.reason);
  for (const [key, receipt] of look.found) {
    if (typeof key !== "string") return `a key is ${JSON.stringify(key)}`;
    const fault = faultOfReceipt(receipt);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function faultOfReceipt(receipt: unknown): string | undefined {
  const { channel, ts } = (receipt ?? {}) as { channel?: unknown; ts?: unknown };
  const isOne =
    typeof channel === "string" &&
    typeof ts === "string" &&
    /^[A-Z0-9]+$/.test(channel) &&
    /^\d{1,10}\.\d{6}$/.test(ts);
  return isOne ? undefined : `a receipt is ${JSON.stringify(receipt)}`;
}

const faultOfReason = (reason: unknown): string | undefined =>
  typeof reason === "string" && reason !== "" && reason.length <= reasonChars
    ? undefined
    : `a reason is ${JSON.stringify(reason)}`;

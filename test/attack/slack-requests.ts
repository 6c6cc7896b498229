import type { APIGatewayProxyEventV2 } from "aws-lambda";
import * as fc from "fast-check";
import {
  createSlackHandler,
  type SlackHandler,
  type SlackParts,
} from "../../lambda/slack-requests/handler.ts";
import { register } from "../../lambda/tracking/register.ts";
import type { Reply } from "../../lambda/slack-requests/render.ts";
import { localSigningSecret } from "../../local/canary.ts";
import { commandFields, eventOf, signedEvent, start, startSlack } from "../slack-requests/system.ts";
import type { Target } from "./target.ts";
import { hostileText, hostileValue } from "./texts.ts";

/** Bodies of all kinds, signed and unsigned. Only what is signed is read, and every answer is bounded and mentions nobody. */

const slackApiUrl = "https://slack.com/api/";
const caller = "U0ANN000001";

const words =
  "subscribe unsubscribe list status follow me off help @committer shop twin job1 b1 failures end branch:main,release/* branch:{a} branch: " +
  "<@U0123456789|ann> <!channel> <@U <#C0123456789|x> <http://a.io|a.io> &lt;!here&gt; “ @here";
const word = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom(
      ...words.split(" "),
      "<!subteam^S0123456789|@a b>",
      "<!subteam^S0123456789|<!channel>>",
      '"a b"',
    ),
  },
  { weight: 2, arbitrary: hostileText },
);
const text = fc.oneof(
  { weight: 8, arbitrary: fc.array(word, { maxLength: 7 }).map((words) => words.join(" ")) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("x".repeat(3_000), "subscribe x ".padEnd(1_999, "<"), "<".repeat(3_000)),
  },
);
const elsewhere =
  "https://evil.example/ http://hooks.slack.com/x https://hooks.slack.com@evil.example/ file:///x //hooks.slack.com/x " +
  "https://hooks.slack.com.evil.example/x https://user@hooks.slack.com/x";
const responseUrl = fc.oneof(
  { weight: 8, arbitrary: fc.constant("https://hooks.slack.com/commands/T0/1/x") },
  { weight: 2, arbitrary: fc.constantFrom(...elsewhere.split(" ")) },
  { weight: 1, arbitrary: hostileText },
);
const fields = fc
  .record({
    text,
    response_url: responseUrl,
    command: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom("/builds", "/notifier-builds", "/构建") },
      { weight: 1, arbitrary: hostileText },
    ),
    channel_id: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom("C0123456789", "C9876543210", "G0123456789", "D0123456789") },
      { weight: 1, arbitrary: hostileText },
    ),
    user_id: fc.oneof({ weight: 6, arbitrary: fc.constant(caller) }, { weight: 1, arbitrary: hostileText }),
    channel_name: fc.constantFrom("builds", "directmessage", "privategroup"),
    team_id: hostileText,
  })
  .map(({ text, ...more }) => commandFields(text, more));
const left = fc
  .tuple(fields, fc.nat(20))
  .map(([all, leave]) => Object.fromEntries(Object.entries(all).filter((_, index) => index !== leave)));
const encode = (form: Record<string, string>) =>
  new URLSearchParams(
    Object.entries(form).map(([name, value]) => [name, value.toWellFormed()] as [string, string]),
  ).toString();

const interactions = ["block_actions", "view_submission", "view_closed", "message_action", "shortcut"];
const cardValue = fc.oneof(
  fc.constant({ build: "b1", channel: "C0123456789", registration: "r1" }),
  fc.record({ build: hostileText, channel: hostileText, registration: hostileText }),
  hostileValue,
);
/** Clicks, of which one part is wrong or hostile. */
const click = fc
  .record({
    action: fc.oneof(fc.constantFrom("mute", "stop", "cancel", "start"), hostileText),
    value: fc.oneof(
      { weight: 5, arbitrary: cardValue.map((value) => JSON.stringify(value) ?? "") },
      { weight: 1, arbitrary: hostileText },
    ),
    channel: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom("C0123456789", "C9876543210") },
      { weight: 1, arbitrary: hostileText },
    ),
    user: fc.oneof({ weight: 6, arbitrary: fc.constant(caller) }, { weight: 1, arbitrary: hostileText }),
    response_url: responseUrl,
  })
  .map(({ action, value, channel, user, response_url }) => ({
    type: "block_actions",
    user: { id: user },
    channel: { id: channel },
    actions: [{ action_id: action, value }],
    response_url,
  }));
const payload = fc.oneof(
  click,
  fc.record({ type: fc.oneof(fc.constantFrom(...interactions), hostileValue), actions: hostileValue }),
  hostileValue,
);
const body = fc.oneof(
  { weight: 8, arbitrary: left.map(encode) },
  { weight: 4, arbitrary: payload.map((value) => encode({ payload: JSON.stringify(value) ?? "" })) },
  { weight: 1, arbitrary: hostileText.map((json) => encode({ payload: json })) },
  { weight: 1, arbitrary: hostileText.map((sent) => sent.toWellFormed()) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("", "ssl_check=1", "%", "&=&=", "a".repeat(300_000), "text=%FF%FE"),
  },
);

const settingsOfB1 = { channel: "C0123456789", mention: [], thread: true };

interface Case {
  body: string;
  signing: "right" | "wrong" | "old" | "tampered" | "absent" | "odd";
  odd: string;
  type: string;
  language: "en" | "zh";
  fails: "nothing" | "ServiceStage" | "channel";
}

export type CreateHandler = (parts: SlackParts) => SlackHandler;

export function createSlackRequests(create: CreateHandler = createSlackHandler): Target<Case> {
  return {
    name: "Slack's requests",
    cases: 6_000,
    arbitrary: fc.record({
      body,
      signing: fc.oneof(
        { weight: 5, arbitrary: fc.constant("right" as const) },
        { weight: 2, arbitrary: fc.constantFrom("wrong", "old", "tampered", "absent", "odd") },
      ),
      odd: hostileText,
      type: fc.oneof(
        { weight: 9, arbitrary: fc.constant("application/x-www-form-urlencoded") },
        { weight: 1, arbitrary: fc.oneof(fc.constantFrom("application/json", ""), hostileText) },
      ),
      language: fc.constantFrom("en", "zh"),
      fails: fc.constantFrom("nothing", "nothing", "ServiceStage", "channel"),
    }),
    async check({ language, fails, ...request }) {
      const slack = startSlack({ language, slackApiUrl, create });
      for (const jobId of ["job1", "job2"]) slack.serviceStage.setJob({ jobId, jobName: "twin" });
      slack.serviceStage.setJob({ jobId: "job3", jobName: "*shop* <!channel> @here" });
      slack.serviceStage.setJob({ jobId: "job4", jobName: "shop" });
      slack.serviceStage.set("b1", "Build:Building");
      await register({ ...slack, newId: () => "r1" }, "b1", settingsOfB1);
      if (fails === "ServiceStage") slack.serviceStage.fault = "unavailable";
      if (fails === "channel") slack.channels.set("C0123456789", { kind: "refused", reason: "<!channel>" });
      const answer = await slack.run(eventFor(request));
      const { statusCode = 0, body = "" } = answer ?? {};
      const isRefused = request.signing !== "right";
      if (isRefused && ![401, 413].includes(statusCode)) return `an unsigned request gets ${statusCode}`;
      if (isRefused && slack.deferred.length > 0) return "an unsigned request is carried out";
      if (![200, 400, 401, 413].includes(statusCode)) return `it answers ${statusCode}`;
      const said = statusCode === 200 && body !== "" ? [JSON.parse(body) as Reply] : [];
      if (statusCode !== 200 && body.length > 200) return "a refusal is long";
      for (const event of slack.deferred) await slack.run(event);
      if (slack.replies.length !== slack.deferred.length) return "a deferred command is not answered once";
      const strange = slack.replies.find(
        ({ responseUrl }) => new URL(responseUrl).host !== "hooks.slack.com",
      );
      if (strange) return `a reply goes to ${strange.responseUrl}`;
      return [...said, ...slack.replies.map(({ reply }) => reply)].map(faultOf).find(Boolean);
    },
  };
}

function eventFor({ body, signing, odd, type }: Omit<Case, "language" | "fails">): APIGatewayProxyEventV2 {
  const right = signedEvent(body, start, { type });
  switch (signing) {
    case "right":
      return right;
    case "wrong":
      return signedEvent(body, start, { type, secret: `${localSigningSecret}x` });
    case "old":
      return signedEvent(body, start - 400_000, { type });
    case "tampered":
      return { ...right, body: Buffer.from(`${body}&text=x`).toString("base64") };
    case "absent":
      return eventOf(body, false, { "content-type": type });
    case "odd":
      return {
        ...right,
        headers: { ...right.headers, "x-slack-signature": odd, "x-slack-request-timestamp": odd },
      };
  }
}

/** Whom an answer may mention: its caller, and those whom a subscription names by their ids. */
const allowed = new Set([`<@${caller}>`, "<@U0123456789>", "<!subteam^S0123456789>"]);

function faultOf({ response_type, text }: Reply): string | undefined {
  if (text.length === 0 || text.length > 3_100) return `an answer has ${text.length} characters`;
  if (!["ephemeral", "in_channel"].includes(response_type)) return `an answer is ${response_type}`;
  const withoutCode = text.replaceAll(/`[^`]*`/g, "");
  const marked = [...withoutCode.matchAll(/<[^>]*>?/g)].map(([found]) => found);
  const strange = marked.find((found) => !allowed.has(found));
  return strange === undefined ? undefined : `an answer holds ${strange}`;
}

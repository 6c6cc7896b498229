import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { slackRoute, type Language } from "../../lambda/names.ts";
import {
  createSlackHandler,
  type Deferred,
  type SlackHandler,
  type SlackParts,
} from "../../lambda/slack-requests/handler.ts";
import { actions, type Action } from "../../lambda/domain/action.ts";
import type { Reply } from "../../lambda/slack-requests/render.ts";
import type { ChannelCheck, CredentialSource } from "../../lambda/tracking/ports.ts";
import { localSigningSecret } from "../../local/canary.ts";
import { createContext } from "../../local/context.ts";
import { signatureOf } from "../../local/slack/send.ts";
import { createTestClock } from "../../testing/clock.ts";
import { heldCredentials } from "../../testing/held-credentials.ts";
import { MemoryServiceStage } from "../../testing/memory-servicestage.ts";
import { createMemoryStore } from "../../testing/memory-store.ts";
import { createQuietLog } from "../../testing/quiet-log.ts";

/** The function behind `POST /slack`, with everything around it in memory. */

export const start = Date.parse("2025-06-24T12:00:00Z");
export const minute = 60_000;
export const channel = "C0123456789";
export const responseUrl = "https://hooks.slack.com/commands/T0/1/x";

/** A slash command's form, as Slack sends it. */
export const commandFields = (text: string, more: Record<string, string> = {}): Record<string, string> => ({
  token: "xyz",
  team_id: "T0123456789",
  channel_id: channel,
  channel_name: "builds",
  user_id: "U0ANN000001",
  user_name: "ann",
  command: "/builds",
  text,
  response_url: responseUrl,
  trigger_id: "1.2.3",
  ...more,
});

export interface SlackSettings {
  signingSecrets?: CredentialSource<string[]>;
  language?: Language;
  slackApiUrl?: string;
  create?: (parts: SlackParts) => SlackHandler;
  /** What the operator allows. */
  allowed?: readonly Action[];
  defaults?: { notify?: "all" | "failures" | "end"; thread?: boolean; mention?: string[] };
}

export function startSlack({
  signingSecrets = heldCredentials([localSigningSecret]),
  language = "en",
  slackApiUrl = "https://slack.com/api/",
  defaults = {},
  create = createSlackHandler,
  allowed = actions,
}: SlackSettings = {}) {
  const clock = createTestClock(start);
  const log = createQuietLog();
  const store = createMemoryStore(clock);
  const serviceStage = new MemoryServiceStage();
  const deferred: Deferred[] = [];
  const replies: { responseUrl: string; reply: Reply }[] = [];
  /** What Slack says about each channel. */
  const channels = new Map<string, ChannelCheck>();
  const checked: string[] = [];
  let ids = 0;
  const handler = create({
    signingSecrets,
    defer: async (event) => void deferred.push(JSON.parse(JSON.stringify(event)) as Deferred),
    postReply: async (url, reply) => void replies.push({ responseUrl: url, reply }),
    store,
    serviceStage: () => serviceStage,
    channels: {
      check: async (id) => {
        checked.push(id);
        return channels.get(id) ?? { kind: "fine" };
      },
    },
    clock,
    newId: () => `id-${++ids}`,
    log,
    retention: { keepMillis: 30 * 24 * 60 * minute, abandonAfterMillis: 24 * 60 * minute },
    defaults,
    allowed,
    slackApiUrl,
    language,
  });
  const run = (event: APIGatewayProxyEventV2 | Deferred) => handler(event, createContext("slack"));

  /** Sends a form, signed now. */
  const send = (fields: Record<string, string>) =>
    run(signedEvent(new URLSearchParams(fields).toString(), clock.now()));

  /** Types a command, and carries out what it defers. @returns the answer that the caller gets in the end */
  async function type(text: string, more: Record<string, string> = {}): Promise<Reply> {
    const answer = await send(commandFields(text, more));
    if (answer?.body !== undefined) return JSON.parse(answer.body) as Reply;
    await run(deferred.pop()!);
    return replies.at(-1)!.reply;
  }
  return { run, send, type, clock, log, store, serviceStage, channels, checked, deferred, replies };
}

export type SlackSystem = ReturnType<typeof startSlack>;

/** API Gateway's event for a body that Slack signed at this time. */
export function signedEvent(
  body: string,
  now: number,
  { secret = localSigningSecret, type = "application/x-www-form-urlencoded" } = {},
): APIGatewayProxyEventV2 {
  const timestamp = String(Math.floor(now / 1_000));
  return eventOf(Buffer.from(body).toString("base64"), true, {
    "content-type": type,
    "x-slack-request-timestamp": timestamp,
    "x-slack-signature": signatureOf(body, timestamp, secret),
  });
}

export const eventOf = (
  body: string | undefined,
  isBase64Encoded: boolean,
  headers: Record<string, string>,
): APIGatewayProxyEventV2 => ({
  version: "2.0",
  routeKey: slackRoute,
  rawPath: "/slack",
  rawQueryString: "",
  headers,
  ...(body !== undefined && { body }),
  isBase64Encoded,
  requestContext: {
    accountId: "a",
    apiId: "a",
    domainName: "a.example",
    domainPrefix: "a",
    http: { method: "POST", path: "/slack", protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "" },
    requestId: "request-1",
    routeKey: slackRoute,
    stage: "$default",
    time: "12/Mar/2020:19:03:58 +0000",
    timeEpoch: start,
  },
});

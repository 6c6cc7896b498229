import middy from "@middy/core";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { slackIds, type Language } from "../names.ts";
import { runCommand, type CommandParts } from "../slack-app/run-command.ts";
import type { ActParts } from "../tracking/act.ts";
import type { CredentialSource, Log } from "../tracking/ports.ts";
import { createRenewal } from "../tracking/renew.ts";
import { answerClick } from "./answer-click.ts";
import { maxBodyBytes, parseRequest, parseSlashCommand, type SlashCommand } from "./parse.ts";
import { parseClick, type Click } from "./parse-click.ts";
import { parseCommand } from "./parse-command.ts";
import { renderClickAnswer } from "./render-click.ts";
import {
  renderAnswer,
  renderDirectMessage,
  renderFailed,
  renderFaults,
  renderHelp,
  type Reply,
} from "./render.ts";
import { isSigned } from "./signature.ts";

export interface SlackParts extends CommandParts, Pick<ActParts, "allowed"> {
  /** Several secrets may be valid at once: this allows rotation. Without one, every request is answered with 404. */
  signingSecrets: CredentialSource<string[]>;
  /** Invokes this function again with this event, and does not wait for the result. */
  defer: (event: Deferred) => Promise<void>;
  postReply: (responseUrl: string, reply: Reply) => Promise<void>;
  /** Such as `https://slack.com/api/`. */
  slackApiUrl: string;
  language: Language;
  log: Log;
}

/** A command or a click. It may take longer than Slack waits, which is three seconds. */
export type Deferred = { deferred: SlashCommand } | { clicked: Click };

type HttpAnswer = APIGatewayProxyStructuredResultV2;
export type SlackHandler = (
  event: APIGatewayProxyEventV2 | Deferred,
  context: Context,
) => Promise<HttpAnswer | undefined>;

/**
 * Handles Slack's requests, and this function's own deferred events. A request is answered at once: what needs a call to
 * anybody else is deferred. A deferred event that fails throws, so that the alarm sees it.
 */
export function createSlackHandler(parts: SlackParts): SlackHandler {
  const { signingSecrets, clock, log } = parts;
  const renewal = createRenewal(signingSecrets, clock);

  async function receive(event: APIGatewayProxyEventV2): Promise<HttpAnswer> {
    const body = Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");
    if (body.length > maxBodyBytes) return text(413, "The body is too large.");
    const signature = event.headers["x-slack-signature"];
    const timestamp = event.headers["x-slack-request-timestamp"];
    const isGenuine = (secrets: readonly string[]) =>
      isSigned({ signature, timestamp, body }, secrets, clock.now());
    const secrets = await renewal(isGenuine);
    if (secrets.length === 0) return text(404, "Slack can't call: the secret has no slackSigningSecrets.");
    if (!isGenuine(secrets)) return text(401, "The request is not signed by Slack, or is too old.");
    return answerGenuine(body, event.headers["content-type"]);
  }

  async function answerGenuine(body: Uint8Array, contentType: string | undefined): Promise<HttpAnswer> {
    const request = parseRequest(body, contentType, parts.slackApiUrl);
    switch (request.kind) {
      case "command":
        return answerCommand(request.command, parts);
      case "interaction":
        return takeInteraction(request.payload, parts);
      case "probe":
        return nothing;
      case "notUnderstood":
        return text(400, request.says);
    }
  }

  return middy<APIGatewayProxyEventV2 | Deferred, HttpAnswer | undefined>()
    .onError((request) => {
      log.error("A request of Slack failed", { error: request.error });
      if (!isDeferred(request.event)) request.response = text(500, "The request failed.");
    })
    .handler(async (event: APIGatewayProxyEventV2 | Deferred) =>
      isDeferred(event) ? carryOut(event, parts) : receive(event),
    );
}

const isDeferred = (event: APIGatewayProxyEventV2 | Deferred): event is Deferred =>
  "deferred" in event || "clicked" in event;

/** Whatever Slack sends is acknowledged. Only clicks on buttons lead to something. */
async function takeInteraction(payload: unknown, { defer, slackApiUrl }: SlackParts): Promise<HttpAnswer> {
  const click = parseClick(payload, slackApiUrl);
  if (click) await defer({ clicked: click });
  return nothing;
}

async function answerCommand(command: SlashCommand, { defer, language }: SlackParts): Promise<HttpAnswer> {
  const settings = { command: command.command, language };
  const parsed = parseCommand(command.text);
  if (parsed.kind === "help") return reply(renderHelp(settings));
  if (parsed.kind === "notUnderstood") return reply(renderFaults(parsed.faults, settings));
  if (parsed.kind !== "me" && isDirectMessage(command)) return reply(renderDirectMessage(settings));
  await defer({ deferred: command });
  return nothing;
}

const isDirectMessage = ({ channel, channelName }: SlashCommand): boolean =>
  channelName === "directmessage" || !slackIds.channel.test(channel);

async function carryOut(event: Deferred, parts: SlackParts): Promise<undefined> {
  return "clicked" in event ? carryOutClick(event.clicked, parts) : carryOutCommand(event.deferred, parts);
}

async function carryOutClick(clicked: unknown, parts: SlackParts): Promise<undefined> {
  const { language, postReply, slackApiUrl } = parts;
  const click = parseClick(clicked, slackApiUrl);
  if (!click) throw new Error("A deferred click is not as this function sent it");
  const answer = await answerClick(click, parts).catch(async (error: unknown) => {
    await postReply(click.response_url, renderFailed({ language })).catch(() => undefined);
    throw error;
  });
  await postReply(click.response_url, renderClickAnswer(answer, language));
  return undefined;
}

async function carryOutCommand(deferred: unknown, parts: SlackParts): Promise<undefined> {
  const command = parseSlashCommand(deferred, parts.slackApiUrl);
  if (!command) throw new Error("A deferred command is not as this function sent it");
  const { channel, userId, responseUrl } = command;
  const { language, slackApiUrl } = parts;
  const settings = { command: command.command, language, slackApiUrl };
  const parsed = parseCommand(command.text);
  if (parsed.kind === "help" || parsed.kind === "notUnderstood") return undefined;
  const answer = await runCommand(parsed, { channel, userId }, parts).catch(async (error: unknown) => {
    await parts.postReply(responseUrl, renderFailed(settings)).catch(() => undefined);
    throw error;
  });
  await parts.postReply(responseUrl, renderAnswer(answer, settings));
  return undefined;
}

const nothing: HttpAnswer = { statusCode: 200 };

const reply = (body: Reply): HttpAnswer => ({
  statusCode: 200,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

const text = (statusCode: number, body: string): HttpAnswer => ({
  statusCode,
  headers: { "content-type": "text/plain" },
  body: `${body}\n`,
});

import * as z from "zod/mini";
import { isResponseUrl } from "./response-url.ts";

/** Parses what Slack sends, after its signature was checked. */

export type SlackRequest =
  | { kind: "command"; command: SlashCommand }
  /** A click, or a dialog: `type` is such as `block_actions` or `view_submission`. */
  | { kind: "interaction"; type: string; payload: unknown }
  /** Slack checks now and then whether the address answers. */
  | { kind: "probe" }
  | { kind: "notUnderstood"; says: string };

/** In bytes. The payload of a click holds the whole message that was clicked. */
export const maxBodyBytes = 256 * 1024;

const formType = /^application\/x-www-form-urlencoded\s*(?:;|$)/i;

/** @param slackApiUrl a command is refused if its answer would go to another host */
export function parseRequest(
  body: Uint8Array,
  contentType: string | undefined,
  slackApiUrl: string,
): SlackRequest {
  if (!formType.test(contentType ?? "")) return notUnderstood("The body must be a form.");
  const form = new URLSearchParams(new TextDecoder().decode(body));
  if (form.get("ssl_check") === "1") return { kind: "probe" };
  const payload = form.get("payload");
  if (payload !== null) return parseInteraction(payload);
  const command = parseSlashCommand(fieldsOf(form), slackApiUrl);
  return command ? { kind: "command", command } : notUnderstood("The form is neither a command nor a click.");
}

const fieldsOf = (form: URLSearchParams): Record<keyof SlashCommand, string | null> => ({
  command: form.get("command"),
  text: form.get("text") ?? "",
  channel: form.get("channel_id"),
  channelName: form.get("channel_name") ?? "",
  userId: form.get("user_id"),
  responseUrl: form.get("response_url"),
});

const interaction = z.object({ type: z.string().check(z.regex(/^\w{1,100}$/)) });

function parseInteraction(json: string): SlackRequest {
  const payload = parseJson(json);
  const { data } = interaction.safeParse(payload);
  return data
    ? { kind: "interaction", type: data.type, payload }
    : notUnderstood("The payload must be a JSON object with a type.");
}

/** Undefined if it is no JSON. */
function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

const notUnderstood = (says: string): SlackRequest => ({ kind: "notUnderstood", says });

const slashCommand = (slackApiUrl: string) =>
  z.object({
    /** Such as `/builds`: the app's manifest gives the name. Answers show it, so it holds no markup. */
    command: z.string().check(z.regex(/^\/[\p{L}\p{M}\p{N}_.-]{1,60}$/u)),
    /** All that follows the command. */
    text: z.string(),
    channel: z.string().check(z.regex(/^[A-Z0-9]{1,40}$/)),
    /** That of a direct message is `directmessage`. */
    channelName: z.string(),
    userId: z.string().check(z.regex(/^[UW][A-Z0-9]{1,20}$/)),
    responseUrl: z.string().check(z.refine((url) => isResponseUrl(url, slackApiUrl))),
  });

/** A slash command. */
export type SlashCommand = z.output<ReturnType<typeof slashCommand>>;

/** Undefined if it is no command, or if its answer would go to another host than Slack's. */
export const parseSlashCommand = (fields: unknown, slackApiUrl: string): SlashCommand | undefined =>
  slashCommand(slackApiUrl).safeParse(fields).data;

import type { Button } from "./buttons.ts";
import { people } from "./people.ts";
import type { Channel, StoredMessage } from "./workspace.ts";

/**
 * The forms that Slack sends to the app: https://docs.slack.dev/interactivity/implementing-slash-commands and
 * https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
 */

/** Who does something, and where the app may post its later answers. */
export interface Asking {
  userId: string;
  responseUrl: string;
  triggerId: string;
}

const team = { id: "T0LOCAL001", domain: "local" };
const appId = "A0LOCAL001";
/** Slack still sends it. It proves nothing. */
const token = "verification-token";
const userName = "jonas";

/** @param typed such as `/builds list`, as the person typed it */
export function commandFields(typed: string, { id, name }: Channel, asking: Asking): Record<string, string> {
  const [command = "", ...rest] = typed.split(/\s+(.*)/s);
  return {
    token,
    team_id: team.id,
    team_domain: team.domain,
    channel_id: id,
    channel_name: name,
    user_id: asking.userId,
    user_name: userName,
    command,
    text: escapeTyped(rest.join("").trim()),
    api_app_id: appId,
    is_enterprise_install: "false",
    response_url: asking.responseUrl,
    trigger_id: asking.triggerId,
  };
}

/** @param at when the button was pressed, as a message's timestamp */
export function clickFields(
  { blockId, element: { confirm: _confirm, ...element } }: Button,
  { replies: _replies, ...message }: StoredMessage,
  { id, name }: Channel,
  { userId, responseUrl, triggerId }: Asking,
  at: string,
): Record<string, string> {
  const payload = {
    type: "block_actions",
    user: { id: userId, username: userName, name: userName, team_id: team.id },
    api_app_id: appId,
    token,
    container: { type: "message", message_ts: message.ts, channel_id: id, is_ephemeral: false },
    trigger_id: triggerId,
    team,
    enterprise: null,
    is_enterprise_install: false,
    channel: { id, name },
    message,
    state: { values: {} },
    response_url: responseUrl,
    actions: [{ ...element, block_id: blockId, action_ts: at }],
  };
  return { payload: JSON.stringify(payload) };
}

/** The manifest's `should_escape`: people and groups as mentions, and Slack's three characters as entities. */
function escapeTyped(text: string): string {
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return people.reduce((shown, { id, name }) => shown.replaceAll(`@${name}`, mentionOf(id, name)), escaped);
}

const mentionOf = (id: string, name: string): string =>
  id.startsWith("S") ? `<!subteam^${id}|@${name}>` : `<@${id}|${name}>`;

import { people } from "./people.ts";
import type { Channel } from "./workspace.ts";

/** The forms that Slack sends to the app: https://docs.slack.dev/interactivity/implementing-slash-commands */

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

/** The manifest's `should_escape`: people and groups as mentions, and Slack's three characters as entities. */
function escapeTyped(text: string): string {
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return people.reduce((shown, { id, name }) => shown.replaceAll(`@${name}`, mentionOf(id, name)), escaped);
}

const mentionOf = (id: string, name: string): string =>
  id.startsWith("S") ? `<!subteam^${id}|@${name}>` : `<@${id}|${name}>`;

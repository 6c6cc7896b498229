import * as z from "zod/mini";
import { botScopes } from "../command/slack-manifest.ts";
import type { Secret } from "../lambda/runtime/secret.ts";
import type { Refusal } from "../lambda/slack/answers.ts";
import { createSlackChannels } from "../lambda/slack/check-channel.ts";
import { createSession, type Session } from "../lambda/slack/session.ts";
import { bad, good, repairSecret, unchecked, type Finding } from "./finding.ts";

export interface SlackPlace {
  slackApiUrl?: string | undefined;
  defaultChannel?: string | undefined;
  digests?: readonly { channel: string }[];
}

/** Checks the token, the scopes, and the channels of the settings. */
export async function* checkSlack(place: SlackPlace, secret: Secret | undefined): AsyncGenerator<Finding> {
  yield* checkApp(place, secret);
  if (!place.defaultChannel) {
    const why = "none is set, so every registration must name a channel";
    yield unchecked("Default channel", why, "if one should be used, set defaultChannel in cdk.json");
  }
}

async function* checkApp(
  { slackApiUrl, defaultChannel, digests = [] }: SlackPlace,
  secret: Secret | undefined,
): AsyncGenerator<Finding> {
  const token = secret?.slackBotToken;
  if (!token) {
    yield unchecked("Slack", "not checked: there is no usable bot token", repairSecret);
    return;
  }
  const session = openSlack({ slackApiUrl }, token);
  const bot = await session.use<Bot | Refusal>(
    (call) => call("auth.test", {}, botShape),
    (refusal) => refusal,
  );
  if ("kind" in bot) {
    yield refused("Slack", bot);
    return;
  }
  yield good("Slack", `it accepts the token of ${bot.user} in the workspace ${bot.team}`);
  yield checkScopes(bot.response_metadata?.scopes, secret?.slackSigningSecrets !== undefined);
  if (defaultChannel) yield await checkChannel(session, defaultChannel, "Default channel");
  for (const { channel } of digests) yield await checkChannel(session, channel, "Digest");
}

export const openSlack = ({ slackApiUrl }: SlackPlace, token: string): Session =>
  createSession({
    token: { read: async () => token, renew: async () => undefined },
    apiUrl: slackApiUrl,
  });

const name = z.string().check(z.maxLength(200));
const botShape = z.object({
  ok: z.literal(true),
  user: name,
  team: name,
  /** The SDK copies the scopes from a header of the answer. */
  response_metadata: z.optional(z.object({ scopes: z.optional(z.array(name)) })),
});
type Bot = z.output<typeof botShape>;

/** @param mayCall whether Slack may call: without a signing secret nobody needs the scope `commands` */
function checkScopes(scopes: string[] | undefined, mayCall: boolean): Finding {
  const subject = "Slack's scopes";
  if (!scopes)
    return unchecked(subject, "Slack did not list them", "compare them with the manifest: npm run slack-app");
  const needed = botScopes.filter((scope) => scope !== "commands" || mayCall);
  const missing = needed.filter((scope) => !scopes.includes(scope));
  if (missing.length === 0) return good(subject, `the app has ${needed.join(", ")}`);
  return bad(
    subject,
    `the app lacks ${missing.join(", ")}`,
    "npm run slack-app says how to update the app; then write its token into the secret: npm run credentials",
  );
}

export async function checkChannel(session: Session, channel: string, subject: string): Promise<Finding> {
  const check = await createSlackChannels(session).check(channel);
  return check.kind === "fine"
    ? good(subject, `the bot is in ${channel}`)
    : refused(subject, check, ` about ${channel}`);
}

function refused(
  subject: string,
  { kind, reason }: { kind: Refusal["kind"] | "refused"; reason: string },
  about = "",
): Finding {
  if (kind === "unknown" || kind === "later") {
    return bad(
      subject,
      `Slack did not give an answer${about} (${reason})`,
      "check the network and slackApiUrl",
    );
  }
  const [code = "", remedy = "look up the code in Slack's documentation of the method"] =
    reason.split(/: (.*)/s);
  return bad(subject, `Slack answers ${code}${about}`, remedy);
}

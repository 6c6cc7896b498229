import { readFileSync } from "node:fs";
import * as z from "zod/mini";
import type { Secret } from "../lambda/runtime/secret.ts";
import type { Refusal } from "../lambda/slack/answers.ts";
import { createSession, type Session } from "../lambda/slack/session.ts";
import { bad, good, repairSecret, unchecked, type Finding } from "./finding.ts";

export interface SlackPlace {
  slackApiUrl?: string | undefined;
  defaultChannel?: string | undefined;
}

/** Checks the token, the scopes and the channel. */
export async function* checkSlack(place: SlackPlace, secret: Secret | undefined): AsyncGenerator<Finding> {
  yield* checkApp(place, secret);
  if (!place.defaultChannel) {
    const why = "none is set, so every registration must name a channel";
    yield unchecked("Default channel", why, "if one should be used, set defaultChannel in cdk.json");
  }
}

async function* checkApp(
  { slackApiUrl, defaultChannel }: SlackPlace,
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
  yield checkScopes(bot.response_metadata?.scopes);
  if (defaultChannel) yield await checkChannel(session, defaultChannel, "Default channel");
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
const pageShape = z.object({ ok: z.literal(true), messages: z.array(z.unknown()) });

const manifest = JSON.parse(readFileSync(new URL("../slack-app-manifest.json", import.meta.url), "utf8")) as {
  oauth_config: { scopes: { bot: string[] } };
};

function checkScopes(scopes: string[] | undefined): Finding {
  const subject = "Slack's scopes";
  if (!scopes)
    return unchecked(subject, "Slack did not list them", "compare them with slack-app-manifest.json");
  const needed = manifest.oauth_config.scopes.bot;
  const missing = needed.filter((scope) => !scopes.includes(scope));
  if (missing.length === 0) return good(subject, `the app has ${needed.join(", ")}`);
  return bad(
    subject,
    `the app lacks ${missing.join(", ")}`,
    "add the scope under OAuth & Permissions, reinstall the app, and write the new token into the secret: npm run credentials",
  );
}

/** Slack answers `not_in_channel` when the bot is not in the channel. */
export async function checkChannel(session: Session, channel: string, subject: string): Promise<Finding> {
  return session.use(
    async (call) => {
      await call("conversations.history", { channel, limit: 1 }, pageShape);
      return good(subject, `the bot is in ${channel}`);
    },
    (refusal) => refused(subject, refusal, ` about ${channel}`),
  );
}

function refused(subject: string, { kind, reason }: Refusal, about = ""): Finding {
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

import { createSlack, type SlackSettings } from "../../lambda/slack/client.ts";
import type { CredentialSource } from "../../lambda/tracking/ports.ts";
import { localBotToken } from "../../local/canary.ts";
import { createSlackServer, type SlackServerSettings } from "../../local/slack/server.ts";
import { createQuietLog } from "../../testing/quiet-log.ts";
import { channel } from "./builds.ts";

/** The real client and SDK around a local Slack with one channel. */
export async function startWorkspace(
  server: Partial<SlackServerSettings> = {},
  client: Partial<SlackSettings> = {},
) {
  const local = createSlackServer({ channels: [{ id: channel, name: "builds" }], ...server });
  const apiUrl = await local.start();
  const log = createQuietLog();
  const token = tokens(localBotToken);
  return { local, log, slack: createSlack({ token, apiUrl, log, region: "eu-west-101", ...client }) };
}

/** A secret with these tokens. When a token is refused, the secret gives the next one. */
export function tokens(...held: string[]): CredentialSource<string> {
  return {
    read: async () => held[0]!,
    renew: async (refused) => held[held.indexOf(refused) + 1],
  };
}

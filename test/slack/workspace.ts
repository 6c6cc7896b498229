import { createSlack, type SlackSettings } from "../../lambda/slack/client.ts";
import { localBotToken } from "../../local/canary.ts";
import { createSlackServer, type SlackServerSettings } from "../../local/slack/server.ts";
import { createQuietLog } from "../../testing/quiet-log.ts";
import { at, channel } from "./builds.ts";
import { heldCredentials } from "../../testing/held-credentials.ts";

/** The real client and SDK around a local Slack with one channel. */
export async function startWorkspace(
  server: Partial<SlackServerSettings> = {},
  client: Partial<SlackSettings> = {},
) {
  const local = createSlackServer({ channels: [{ id: channel, name: "builds" }], ...server });
  const apiUrl = await local.start();
  const log = createQuietLog();
  const token = heldCredentials(localBotToken);
  return {
    local,
    log,
    slack: createSlack({ token, apiUrl, log, region: "eu-west-101", clock: { now: () => at }, ...client }),
  };
}

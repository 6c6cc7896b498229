/** The Slack app, as Slack's manifests describe it: https://docs.slack.dev/reference/app-manifest */

export const defaultCommand = "/builds";

/** What the bot may do, and why. The scope `commands` is needed only if Slack may call. */
export const botScopes = ["chat:write", "channels:history", "groups:history", "commands"] as const;

export interface AppAddress {
  /** The stack's API, without a slash at the end. */
  apiUrl: string;
  /** Of two apps with the same command in a workspace, Slack calls the one that was installed last. */
  command?: string;
}

export function createManifest({ apiUrl, command = defaultCommand }: AppAddress) {
  const url = `${apiUrl}/slack`;
  return {
    display_information: {
      name: "Build Notifier",
      description: "Shows the progress of ServiceStage builds, phase by phase",
      background_color: "#1f3a5f",
    },
    features: {
      bot_user: { display_name: "Build Notifier", always_online: true },
      slash_commands: [
        {
          command,
          url,
          description: "Shows the builds of a ServiceStage job in this channel",
          usage_hint: "subscribe webshop-checkout",
          // Only then do mentions arrive as ids.
          should_escape: true,
        },
      ],
    },
    oauth_config: { scopes: { bot: botScopes } },
    settings: {
      interactivity: { is_enabled: true, request_url: url },
      org_deploy_enabled: false,
      socket_mode_enabled: false,
      token_rotation_enabled: false,
    },
  };
}

/** Opens Slack's page that creates an app, with the manifest filled in. */
export const linkToCreate = (manifest: object): string =>
  `https://api.slack.com/apps?new_app=1&manifest_json=${encodeURIComponent(JSON.stringify(manifest))}`;

import { writeFileSync } from "node:fs";
import { readOutputs } from "../doctor/aws.ts";
import { render } from "../doctor/finding.ts";
import { beginCommand } from "./command.ts";
import { createManifest, defaultCommand, linkToCreate } from "./slack-manifest.ts";

/** `npm run slack-app`: prints the link that creates the Slack app of a deployed stack, and writes the app's manifest. */

const file = "slack-app-manifest.json";
/** Slack's own rules for the name of a command. */
const commandName = /^\/[a-z0-9_-]{1,31}$/;

const { values } = beginCommand({
  name: "npm run slack-app",
  does: `Prints the link that creates the Slack app of a deployed stack, and writes the app's manifest to ${file}.`,
  flags: {
    stack: { default: "BuildNotifier", describes: "the name of the stack" },
    command: {
      default: defaultCommand,
      describes: "the slash command. Choose another one if another app in the workspace has it",
    },
  },
});

if (!commandName.test(values.command)) {
  console.error(
    "--command must be a slash and 1 to 31 lower-case letters, digits, hyphens or underscores, such as /builds",
  );
  process.exit(2);
}
const { finding, value } = await readOutputs(values.stack);
if (value) {
  const manifest = createManifest({ apiUrl: value.apiUrl, command: values.command });
  writeFileSync(file, `${JSON.stringify(manifest, undefined, 2)}\n`);
  console.log(`Create the app with this link, and install it into your workspace:

${linkToCreate(manifest)}

If you have the app already: open it on https://api.slack.com/apps, choose App Manifest, replace the manifest with the
content of ${file}, save it, and install the app again if Slack asks for it.

Then copy two values into credentials.json, and run npm run credentials:
- slackBotToken: the bot token, under OAuth & Permissions
- slackSigningSecrets: the signing secret, under Basic Information. Leave it out if Slack is not to call the notifier.`);
} else {
  console.log(render(finding));
  process.exitCode = 1;
}

import { App } from "aws-cdk-lib";
import { BuildNotifierStack } from "../lib/build-notifier-stack.ts";
import { addChecks } from "../lib/checks.ts";
import { parseContext, type Settings } from "../lib/settings.ts";

/** If the CDK runs this process, the app is synthesized when the process ends. */
export const app = new App();
addChecks(app);
new BuildNotifierStack(app, "BuildNotifier", readSettings());

/** Prints errors of the settings without a stack trace, because a stack trace would hide them. */
function readSettings(): Settings {
  try {
    return parseContext(app.node.getAllContext() as Record<string, unknown>);
  } catch (error) {
    console.error((error as Error).message);
    return process.exit(1);
  }
}

import { App } from "aws-cdk-lib";
import { BuildNotifierStack } from "../lib/build-notifier-stack.ts";
import { addChecks } from "../lib/checks.ts";
import { parseContext, type Settings } from "../lib/settings.ts";

/** Synthesized when the process ends, if it runs under the CDK. */
export const app = new App();
addChecks(app);
new BuildNotifierStack(app, "BuildNotifier", readSettings());

/** What is wrong with them is said without a stack trace, which would hide it. */
function readSettings(): Settings {
  try {
    return parseContext(app.node.getAllContext() as Record<string, unknown>);
  } catch (error) {
    console.error((error as Error).message);
    return process.exit(1);
  }
}

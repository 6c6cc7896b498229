import { App } from "aws-cdk-lib";
import { BuildNotifierStack } from "../lib/build-notifier-stack.ts";
import { parseSettings, settingsKey } from "../lib/settings.ts";

const app = new App();
new BuildNotifierStack(app, "BuildNotifier", parseSettings(app.node.tryGetContext(settingsKey)));

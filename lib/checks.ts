import { type App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks, ServerlessChecks } from "cdk-nag";

/**
 * Every synth of the app fails on a finding that nobody acknowledged, a warning included. CDK's own validation of the
 * template is a third check, which `cdk.json` turns on: `@aws-cdk/core:validateAgainstDefaultRules`.
 */
export function addChecks(app: App): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
}

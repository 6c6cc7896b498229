import { type App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks, ServerlessChecks } from "cdk-nag";

/**
 * Every synth of the app fails if there is a finding or a warning that nobody acknowledged. CDK's own validation of the
 * template is a third check. `cdk.json` turns it on with `@aws-cdk/core:validateAgainstDefaultRules`.
 */
export function addChecks(app: App): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
}

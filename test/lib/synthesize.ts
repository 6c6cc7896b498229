import { readFileSync } from "node:fs";
import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { BuildNotifierStack } from "../../lib/build-notifier-stack.ts";
import { addChecks } from "../../lib/checks.ts";
import { parseSettings, settingsKey } from "../../lib/settings.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const { context } = JSON.parse(readFileSync(new URL("../../cdk.json", import.meta.url), "utf8"));
export const contextWithoutBundling = { ...context, "aws:cdk:bundling-stacks": [] };

/** CDK's own validation takes longer than the rest of a synth. Most tests need only the template. */
const contextWithoutValidation = {
  ...contextWithoutBundling,
  "@aws-cdk/core:validateAgainstDefaultRules": false,
};

/** An app with the context of `cdk.json` and with its checks. The functions' code is not bundled. */
export function createApp(appContext: Record<string, unknown> = contextWithoutBundling): App {
  const app = new App({ context: appContext, outdir: temporaryFolder("cdk") });
  addChecks(app);
  return app;
}

/** The stack as `cdk.json` describes it, with these settings changed. @throws if a check of cdk-nag finds a fault */
export const synthesize = (changed: Record<string, unknown> = {}): Template =>
  synthesizeIn(createApp(contextWithoutValidation), changed);

/** The same with all checks of the deployed app. @throws if one finds a fault */
export const synthesizeChecked = (changed: Record<string, unknown> = {}): Template =>
  synthesizeIn(createApp(), changed);

const synthesizeIn = (app: App, changed: Record<string, unknown>): Template =>
  Template.fromStack(
    new BuildNotifierStack(app, "BuildNotifier", parseSettings({ ...context[settingsKey], ...changed })),
  );

/** A deployed function. */
export interface Deployed {
  /** The folder of its code. */
  folder: string;
  /** Such as `index.handler`. */
  handler: string;
  /** A reference to another resource is that resource's name, without CDK's digits. */
  environment: Record<string, string>;
}

/**
 * The stack with its functions' code, as `cdk deploy` would upload it, in this folder.
 * @returns its functions by name
 */
export function synthesizeBundles(outdir: string, changed: Record<string, unknown>): Map<string, Deployed> {
  const app = new App({
    context: { ...context, "@aws-cdk/core:validateAgainstDefaultRules": false },
    outdir,
  });
  const settings = parseSettings({ ...context[settingsKey], ...changed });
  const template = Template.fromStack(new BuildNotifierStack(app, "BuildNotifier", settings));
  return new Map(
    resourcesOf(template, "AWS::Lambda::Function").map(([logicalId, { Properties }]) => {
      const folder = `${outdir}/asset.${Properties.Code.S3Key.replace(".zip", "")}`;
      const environment = Object.entries<Part | string>(Properties.Environment.Variables).map(
        ([name, value]) => [name, typeof value === "string" ? value : nameOf(value.Ref)],
      );
      return [
        nameOf(logicalId),
        { folder, handler: Properties.Handler, environment: Object.fromEntries(environment) },
      ];
    }),
  );
}

/** A part of a template. */
export type Part = ReturnType<Template["findResources"]>[string];

/** The resources in the order of the template. */
export const resourcesOf = (template: Template, type: string): [logicalId: string, resource: Part][] =>
  Object.entries(template.findResources(type));

export const propertiesOf = (template: Template, type: string): Part[] =>
  resourcesOf(template, type).map(([, resource]) => resource.Properties);

/** CDK ends a logical id with eight hexadecimal digits. */
export const nameOf = (logicalId: string): string => logicalId.replace(/[0-9A-F]{8}$/, "");

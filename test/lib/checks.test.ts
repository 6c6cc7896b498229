import { describe, expect, test } from "@jest/globals";
import { type Stack, Validations } from "aws-cdk-lib";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { CfnFunction } from "aws-cdk-lib/aws-lambda";
import { CfnLogGroup } from "aws-cdk-lib/aws-logs";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { BuildNotifierStack } from "../../lib/build-notifier-stack.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { contextWithoutBundling, createApp } from "./synthesize.ts";

const functionOf = (stack: Stack): CfnFunction =>
  stack.node.findAll().find((each) => each instanceof CfnFunction)!;

const faults: [who: string, rule: string, what: string, fault: (stack: Stack) => unknown][] = [
  [
    "cdk-nag's AwsSolutions pack",
    "AwsSolutions-SQS4",
    "a queue that accepts connections without TLS",
    (stack) => new Queue(stack, "Plain"),
  ],
  [
    "cdk-nag's AwsSolutions pack",
    "AwsSolutions-IAM5[Resource::*]",
    "a permission on everything",
    (stack) =>
      new Role(stack, "Mighty", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") }).addToPolicy(
        new PolicyStatement({ actions: ["dynamodb:Scan"], resources: ["*"] }),
      ),
  ],
  [
    "cdk-nag's Serverless pack",
    "Serverless-LambdaDLQ",
    "a function without dead letters",
    (stack) => (functionOf(stack).deadLetterConfig = undefined),
  ],
  [
    "cdk-nag's Serverless pack, be it a warning,",
    "Serverless-CloudWatchLogGroupRetentionPeriod",
    "a log that is kept for ever",
    (stack) => new CfnLogGroup(stack, "Endless"),
  ],
  [
    "CDK's own validation",
    "F3012",
    "a timeout that is not a number",
    (stack) => functionOf(stack).addPropertyOverride("Timeout", "soon"),
  ],
];

describe("a synth fails because of", () => {
  test.each(faults)("%s with %s, on %s", (_who, rule, _what, fault) => {
    const app = createApp();
    fault(new BuildNotifierStack(app, "BuildNotifier", { huaweiRegion: "ap-southeast-3" }));
    expect(() => app.synth()).toThrow(rule);
  });

  test("the deployed app has the same checks", async () => {
    process.env["CDK_CONTEXT_JSON"] = JSON.stringify(contextWithoutBundling);
    process.env["CDK_OUTDIR"] = temporaryFolder("cdk");
    const { app } = await import("../../bin/build-notifier.ts");
    for (const [, , , fault] of faults) fault(app.node.findChild("BuildNotifier") as Stack);
    for (const [, rule] of faults) expect(() => app.synth()).toThrow(rule);
  });
});

test("these findings are accepted, each with its reason", () => {
  const app = createApp();
  const stack = new BuildNotifierStack(app, "BuildNotifier", { huaweiRegion: "ap-southeast-3" });
  const accepted = stack.node
    .findAll()
    .flatMap(({ node }) => node.metadata)
    .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
    .flatMap(({ data }) => Object.entries(data as Record<string, string>));
  expect(accepted.map(([rule]) => rule).toSorted()).toEqual([
    expect.stringContaining("AwsSolutions-APIG4"),
    expect.stringContaining("AwsSolutions-SMG4"),
    expect.stringContaining("Serverless-LambdaAsyncFailureDestination"),
    // The API's function and Slack's.
    expect.stringContaining("Serverless-LambdaDLQ"),
    expect.stringContaining("Serverless-LambdaDLQ"),
    expect.stringContaining("Serverless-LambdaTracing"),
    expect.stringContaining("Serverless-SQSRedrivePolicy"),
  ]);
  expect(accepted.filter(([, reason]) => reason.length < 40)).toEqual([]);
});

import { describe, expect, test } from "@jest/globals";
import { App, CfnOutput, RemovalPolicy, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { Alarm } from "aws-cdk-lib/aws-cloudwatch";
import { SqsSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { BuildNotifier } from "../../lib/build-notifier.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { resourcesOf, synthesize } from "./synthesize.ts";

/** A team's own app, without the cdk.json of this project. */
function createTeamStack(): Stack {
  const context = { "aws:cdk:bundling-stacks": [] };
  return new Stack(new App({ context, outdir: temporaryFolder("cdk") }), "TeamTools");
}

const count = (template: Template) =>
  Object.values(template.toJSON().Resources as Record<string, { Type: string }>)
    .map(({ Type }) => Type)
    .filter((type) => type !== "AWS::CDK::Metadata")
    .toSorted();

describe("the construct in another app's stack", () => {
  test("needs only a region, and makes the whole notifier", () => {
    const stack = createTeamStack();
    new BuildNotifier(stack, "Notifier", { huaweiRegion: "eu-west-101" });
    expect(count(Template.fromStack(stack))).toEqual(count(synthesize()));
  });

  test("gives access to its parts", () => {
    const stack = createTeamStack();
    const notifier = new BuildNotifier(stack, "Notifier", { huaweiRegion: "eu-west-101" });
    const pager = new Queue(stack, "Pager");
    notifier.alarmTopic.addSubscription(new SqsSubscription(pager));
    notifier.alarms.NoTick.addAlarmAction({ bind: () => ({ alarmActionArn: pager.queueArn }) });
    new Alarm(stack, "Slow", {
      metric: notifier.function.metricDuration(),
      threshold: 1,
      evaluationPeriods: 1,
    });
    new CfnOutput(stack, "Url", { value: notifier.api.url });
    stack.exportValue(notifier.table.tableName);
    stack.exportValue(notifier.secret.secretArn);
    expect(resourcesOf(Template.fromStack(stack), "AWS::SNS::Subscription")).toHaveLength(1);
  });

  test("gives the table and the secret ids that follow only from its own id", () => {
    const stack = createTeamStack();
    new BuildNotifier(stack, "Notifier", { huaweiRegion: "eu-west-101" });
    const template = Template.fromStack(stack);
    const ids = ["AWS::DynamoDB::GlobalTable", "AWS::SecretsManager::Secret"].flatMap((type) =>
      resourcesOf(template, type).map(([id, { DeletionPolicy }]) => [id, DeletionPolicy]),
    );
    expect(ids).toEqual([
      ["NotifierBuilds4A95EDF3", "RetainExceptOnCreate"],
      ["NotifierCredentials1BC14DC1", "RetainExceptOnCreate"],
    ]);
  });

  test("can be used twice in one stack", () => {
    const stack = createTeamStack();
    new BuildNotifier(stack, "Europe", { huaweiRegion: "eu-west-101" });
    new BuildNotifier(stack, "Asia", {
      huaweiRegion: "ap-southeast-3",
      authorization: "token",
      removalPolicy: RemovalPolicy.DESTROY,
    });
    expect(resourcesOf(Template.fromStack(stack), "AWS::DynamoDB::GlobalTable")).toHaveLength(2);
  });

  test("names every error of its props, and its own path", () => {
    const create = () =>
      new BuildNotifier(createTeamStack(), "Notifier", { huaweiRegion: "Dublin", shards: 17 });
    expect(create).toThrow("The settings of TeamTools/Notifier have errors:\n- huaweiRegion is");
    expect(create).toThrow("\n- shards is 17; it must be a whole number from 1 to 16");
  });
});

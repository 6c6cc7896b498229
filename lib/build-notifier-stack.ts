import { CfnOutput, Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { outputs } from "../lambda/names.ts";
import { BuildNotifier } from "./build-notifier.ts";
import type { BuildNotifierProps } from "./settings.ts";

/** A stack that contains only the notifier. Its outputs give what its owner needs to know. */
export class BuildNotifierStack extends Stack {
  constructor(scope: Construct, id: string, props: BuildNotifierProps) {
    super(scope, id, { description: "Shows the progress of Huawei Cloud ServiceStage builds in Slack" });

    // CDK leaves "Default" out of logical ids, so the ids are the same as without this construct.
    const { api, table, secret, alarmTopic, ...notifier } = new BuildNotifier(this, "Default", props);

    const output = (name: string, value: string, description: string) =>
      new CfnOutput(this, name, { value, description });
    output(outputs.apiUrl, api.url, "The URL of the API that registers builds");
    output(outputs.authorization, api.authorizer ? "token" : "iam", "How callers of the API are authorized");
    output(outputs.tableName, table.tableName, "The builds table");
    output(
      outputs.secretName,
      secret.secretName,
      "The secret with the credentials; npm run credentials writes it",
    );
    output(
      outputs.pollFunctionName,
      notifier.function.functionName,
      "The poll function, which runs the ticks",
    );
    output("PollerLog", notifier.function.logGroup.logGroupName, "The log of the poll function");
    output("ApiAccessLog", api.accessLog.logGroupName, "The log of the API's requests");
    output(
      "SlackLog",
      notifier.slack.function.logGroup.logGroupName,
      "The log of the function for Slack's commands",
    );
    output("ApiLog", api.function.logGroup.logGroupName, "The log of the API function");
    output(
      "DeadLettersUrl",
      notifier.deadLetters.queueUrl,
      "The queue of failed ticks and undelivered alarms",
    );
    output(
      "AlarmTopicArn",
      alarmTopic.topicArn,
      "The topic of the alarms; subscribe an address that your team reads",
    );
  }
}

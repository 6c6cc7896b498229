import { CfnOutput, Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { outputs } from "../lambda/names.ts";
import { BuildNotifier } from "./build-notifier.ts";
import type { BuildNotifierProps } from "./settings.ts";

/** The notifier in a stack of its own, with what its owner needs to know. */
export class BuildNotifierStack extends Stack {
  constructor(scope: Construct, id: string, props: BuildNotifierProps) {
    super(scope, id, { description: "Tells a Slack channel how Huawei Cloud ServiceStage builds go" });

    // "Default" is left out of logical ids: they are as if the resources stood here, so none is replaced.
    const { api, table, secret, alarmTopic, ...notifier } = new BuildNotifier(this, "Default", props);

    const output = (name: string, value: string, description: string) =>
      new CfnOutput(this, name, { value, description });
    output(outputs.apiUrl, api.url, "Where builds are registered");
    output(outputs.authorization, api.authorizer ? "token" : "iam", "How a caller shows who it is");
    output(outputs.tableName, table.tableName, "The builds table");
    output(outputs.secretName, secret.secretName, "The secret; npm run credentials fills it");
    output(outputs.pollFunctionName, notifier.function.functionName, "The function that ticks");
    output("PollerLog", notifier.function.logGroup.logGroupName, "The log of the ticks");
    output("ApiAccessLog", api.accessLog.logGroupName, "The log of the requests");
    output("ApiLog", api.function.logGroup.logGroupName, "The log of the function that answers them");
    output("DeadLettersUrl", notifier.deadLetters.queueUrl, "The queue of what failed");
    output("AlarmTopicArn", alarmTopic.topicArn, "Where the alarms go; subscribe whatever your team reads");
  }
}

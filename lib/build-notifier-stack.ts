import { CfnOutput, Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
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
    output("ApiUrl", api.url, "Where builds are registered");
    output("TableName", table.tableName, "The builds table");
    output("SecretName", secret.secretName, "The secret that holds the credentials");
    output("PollerLog", notifier.function.logGroup.logGroupName, "The log of the ticks");
    output("DeadLettersUrl", notifier.deadLetters.queueUrl, "The queue of what failed");
    output("AlarmTopicArn", alarmTopic.topicArn, "Where the alarms go; subscribe whatever your team reads");
    output(
      "PutCredentials",
      `aws secretsmanager put-secret-value --region ${this.region} --secret-id ${secret.secretName} --secret-string file://credentials.json`,
      "Puts the credentials, once you have written them into credentials.json",
    );
  }
}

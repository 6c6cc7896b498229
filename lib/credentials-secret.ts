import { type RemovalPolicy, SecretValue, Validations } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";

/**
 * The keys to fill in. This text must never change, nor depend on a setting: CloudFormation would write it over the
 * credentials that were put there since.
 */
const placeholder = { slackBotToken: "", huaweiAccessKey: "", huaweiSecretKey: "", apiTokens: [] };

/** The credentials of all sides. The stack creates it with nothing but its keys; the owner puts the values. */
export class CredentialsSecret extends Secret {
  constructor(scope: Construct, id: string, removalPolicy: RemovalPolicy) {
    super(scope, id, {
      description: "Credentials of the build notifier: Slack, Huawei Cloud, and the API's tokens",
      secretStringValue: SecretValue.unsafePlainText(JSON.stringify(placeholder)),
      removalPolicy,
    });
    Validations.of(this).acknowledge({
      id: "AwsSolutions-SMG4",
      reason:
        "Slack and Huawei Cloud issue these credentials: AWS can't rotate them. The owner puts new ones in one command, " +
        "and the functions read them within minutes",
    });
  }

  /** Allows to read the values, and nothing else. */
  get reading(): PolicyStatement {
    return new PolicyStatement({ actions: ["secretsmanager:GetSecretValue"], resources: [this.secretArn] });
  }
}

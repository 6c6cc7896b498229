import { type RemovalPolicy, SecretValue } from "aws-cdk-lib";
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
  }

  /** Allows to read the values, and nothing else. */
  get reading(): PolicyStatement {
    return new PolicyStatement({ actions: ["secretsmanager:GetSecretValue"], resources: [this.secretArn] });
  }
}

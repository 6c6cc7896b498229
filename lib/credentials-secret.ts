import { type RemovalPolicy, SecretValue, Validations } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";

/**
 * The keys to fill in. This text must never change or depend on a setting: CloudFormation would then overwrite the
 * credentials with it.
 */
const placeholder = { slackBotToken: "", huaweiAccessKey: "", huaweiSecretKey: "", apiTokens: [] };

/** The secret with all credentials. The stack creates it with empty fields; the owner writes the values. */
export class CredentialsSecret extends Secret {
  constructor(scope: Construct, id: string, removalPolicy: RemovalPolicy) {
    super(scope, id, {
      description: "Credentials of the Build Notifier: Slack, Huawei Cloud and the API tokens",
      secretStringValue: SecretValue.unsafePlainText(JSON.stringify(placeholder)),
      removalPolicy,
    });
    Validations.of(this).acknowledge({
      id: "AwsSolutions-SMG4",
      reason:
        "Slack and Huawei Cloud issue these credentials, so AWS can't rotate them. The owner writes new ones with one " +
        "command, and the functions read them within minutes",
    });
  }

  /** Allows only reading the secret's value. */
  get reading(): PolicyStatement {
    return new PolicyStatement({ actions: ["secretsmanager:GetSecretValue"], resources: [this.secretArn] });
  }
}

import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";

export interface AlarmTopicProps {
  /** Without an address nobody is subscribed. */
  email: string | undefined;
  /** Holds the notifications that could not be delivered. */
  deadLetters: Queue;
}

/** The topic of the alarms. It is encrypted, and accepts only TLS. It does not use Slack, because Slack may be the problem. */
export class AlarmTopic extends Topic {
  constructor(scope: Construct, id: string, { email, deadLetters: deadLetterQueue }: AlarmTopicProps) {
    super(scope, id, {
      displayName: "Build Notifier",
      enforceSSL: true,
      masterKey: createKey(scope, `${id}Key`),
    });
    this.addToResourcePolicy(
      new PolicyStatement({
        principals: [alarmsOf(scope)],
        actions: ["sns:Publish"],
        resources: [this.topicArn],
      }),
    );
    if (email !== undefined) this.addSubscription(new EmailSubscription(email, { deadLetterQueue }));
  }
}

/** The stack has its own key, because CloudWatch alarms can't use AWS's key for SNS. */
function createKey(scope: Construct, id: string): Key {
  const key = new Key(scope, id, {
    description: "Encrypts the Build Notifier's alarms",
    enableKeyRotation: true,
    // The first two rotations each raise the key's price. So the key rotates as rarely as KMS allows.
    rotationPeriod: Duration.days(2560),
    // Only the topic needs the key.
    removalPolicy: RemovalPolicy.DESTROY,
    pendingWindow: Duration.days(7),
  });
  key.addToResourcePolicy(
    new PolicyStatement({
      principals: [alarmsOf(scope)],
      actions: ["kms:Decrypt", "kms:GenerateDataKey"],
      // In a key's policy, "*" means this key.
      resources: ["*"],
    }),
  );
  return key;
}

/** CloudWatch, only for alarms of this account. */
const alarmsOf = (scope: Construct): ServicePrincipal =>
  new ServicePrincipal("cloudwatch.amazonaws.com", {
    conditions: { StringEquals: { "aws:SourceAccount": Stack.of(scope).account } },
  });

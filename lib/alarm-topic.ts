import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";

export interface AlarmTopicProps {
  /** Nobody is subscribed without one. */
  email: string | undefined;
  /** Holds the notifications that could not be delivered. */
  deadLetters: Queue;
}

/** Where the alarms go: encrypted, TLS only, and not through Slack, which may be what is broken. */
export class AlarmTopic extends Topic {
  constructor(scope: Construct, id: string, { email, deadLetters: deadLetterQueue }: AlarmTopicProps) {
    super(scope, id, {
      displayName: "Build notifier",
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

/** A key of our own: AWS's own key for SNS does not let CloudWatch's alarms use it. */
function createKey(scope: Construct, id: string): Key {
  const key = new Key(scope, id, {
    description: "Encrypts the build notifier's alarms",
    enableKeyRotation: true,
    // Each of its first two rotations raises its price: so it rotates as rarely as KMS allows.
    rotationPeriod: Duration.days(2560),
    // Nothing outlives the topic that would need it.
    removalPolicy: RemovalPolicy.DESTROY,
    pendingWindow: Duration.days(7),
  });
  key.addToResourcePolicy(
    new PolicyStatement({
      principals: [alarmsOf(scope)],
      actions: ["kms:Decrypt", "kms:GenerateDataKey"],
      // In a key's policy this is the key.
      resources: ["*"],
    }),
  );
  return key;
}

/** CloudWatch, on behalf of this account's alarms alone. */
const alarmsOf = (scope: Construct): ServicePrincipal =>
  new ServicePrincipal("cloudwatch.amazonaws.com", {
    conditions: { StringEquals: { "aws:SourceAccount": Stack.of(scope).account } },
  });

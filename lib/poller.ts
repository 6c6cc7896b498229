import { Duration, Stack, Validations } from "aws-cdk-lib";
import { type IRole, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { SqsDestination } from "aws-cdk-lib/aws-lambda-destinations";
import {
  ContextAttribute,
  Schedule,
  ScheduleExpression,
  ScheduleTargetInput,
} from "aws-cdk-lib/aws-scheduler";
import { LambdaInvoke } from "aws-cdk-lib/aws-scheduler-targets";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { environmentNames as names } from "../lambda/names.ts";
import type { Settings } from "./settings.ts";
import { NotifierFunction, sharedEnvironment, type SharedParts } from "./notifier-function.ts";

/** An older event is useless, because the next minute's tick does the same work. */
const maxEventAge = Duration.minutes(1);

/** Runs a tick for each shard every minute. Ticks may overlap; the leases make this safe. */
export class Poller extends Construct {
  readonly function: NotifierFunction;
  /** Holds the events that Scheduler could not deliver, and the events of failed ticks. */
  readonly deadLetters: Queue;
  readonly schedules: Schedule[];

  constructor(scope: Construct, id: string, props: SharedParts) {
    super(scope, id);
    this.deadLetters = createDeadLetters(this, "DeadLetters");
    this.function = this.createFunction(props);
    this.function.configureAsyncInvoke({
      retryAttempts: 0,
      maxEventAge,
      onFailure: new SqsDestination(this.deadLetters),
    });
    const { shards } = props.settings;
    const role = this.createSchedulerRole();
    this.schedules = Array.from({ length: shards }, (_, shard) => this.createSchedule(shard, shards, role));
  }

  private createFunction({ settings, table, secret }: SharedParts): NotifierFunction {
    return new NotifierFunction(this, "Function", {
      handler: "poll",
      // A tick ends within its minute. The remaining time is for a last call that hangs.
      timeout: Duration.seconds(75),
      environment: environmentOf({ settings, table, secret }),
      permissions: [
        ...table.readingAndWriting,
        ...(settings.digests.length > 0 ? [table.readingPartitions] : []),
        secret.reading,
      ],
      deadLetters: this.deadLetters,
      logRetention: settings.logRetentionDays,
    });
  }

  /** This role has its policy before the first schedule starts. CDK's own role gets its policy later, and a wider one. */
  private createSchedulerRole(): IRole {
    const statements = [
      new PolicyStatement({ actions: ["lambda:InvokeFunction"], resources: [this.function.functionArn] }),
      new PolicyStatement({ actions: ["sqs:SendMessage"], resources: [this.deadLetters.queueArn] }),
    ];
    const role = new Role(this, "SchedulerRole", {
      assumedBy: new ServicePrincipal("scheduler.amazonaws.com", {
        conditions: { StringEquals: { "aws:SourceAccount": Stack.of(this).account } },
      }),
      inlinePolicies: { Permissions: new PolicyDocument({ statements }) },
    });
    return role.withoutPolicyUpdates();
  }

  private createSchedule(shard: number, shards: number, role: IRole): Schedule {
    return new Schedule(this, `Shard${shard}`, {
      description: `Polls shard ${shard} of ${shards}`,
      // A cron expression starts at the full minute. A rate would start at the second of the deployment.
      schedule: ScheduleExpression.cron({}),
      target: new LambdaInvoke(this.function, {
        input: ScheduleTargetInput.fromObject({
          shard,
          shards,
          scheduledTime: ContextAttribute.scheduledTime,
        }),
        retryAttempts: 2,
        maxEventAge,
        deadLetterQueue: this.deadLetters,
        role,
      }),
    });
  }
}

/** Messages are kept long enough for somebody to come back from a holiday and read them. */
function createDeadLetters(scope: Construct, id: string): Queue {
  const queue = new Queue(scope, id, {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  Validations.of(queue).acknowledge({
    id: "Serverless-SQSRedrivePolicy",
    reason: "This queue is the dead-letter queue of everything else. Only people read it",
  });
  return queue;
}

/** Undefined for none. */
export const renderDigests = ({ digests }: Settings): string | undefined =>
  digests.map(({ channel, day, time, zone }) => [channel, day, time, zone].join(" ")).join(",") || undefined;

const environmentOf = (parts: SharedParts) => ({
  ...sharedEnvironment(parts),
  [names.language]: parts.settings.language,
  [names.pollIntervalSeconds]: parts.settings.pollIntervalSeconds,
  [names.jobPollSeconds]: parts.settings.jobPollSeconds,
  [names.consoleUrlTemplate]: parts.settings.consoleUrlTemplate,
  [names.slackActions]: parts.settings.slackActions,
  [names.digests]: renderDigests(parts.settings),
});

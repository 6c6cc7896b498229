import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { allTickedPercent } from "../lambda/names.ts";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import type { BuildsApi } from "./builds-api.ts";
import type { Poller } from "./poller.ts";
import type { SlackRequests } from "./slack-requests.ts";
import type { Settings } from "./settings.ts";
import { everyMinute, type Measure, tickMetric } from "./tick-metrics.ts";

export interface AlarmsProps {
  settings: Settings;
  poller: Poller;
  api: BuildsApi;
  slack: SlackRequests;
  topic: ITopic;
}

interface Condition {
  says: string;
  /** By the minute. */
  metric: IMetric;
  /** The alarm fires from this value on; 1 by default. */
  atLeast?: number;
  /**
   * In place of `atLeast`: the alarm fires below this value, and when the values stop. It is silent before the first
   * value, because the first tick comes minutes after a deployment.
   */
  below?: number;
  /** The alarm fires when so many of so many minutes breach. Default: one of one. */
  minutes?: [breaching: number, of: number];
}

/** A message that is pending for longer is late. */
export const lateAfterSeconds = 5 * 60;
/** A poll that comes so long after its time is late. The default poll interval is a quarter of a minute. */
const behindAfterSeconds = 30;

/** The alarm fires if three of five minutes breach, because the next tick may solve the problem by itself. */
const lasting: [number, number] = [3, 5];

function conditionsOf({ poller: { function: poller, deadLetters }, api, slack }: AlarmsProps) {
  const count = (measure: Measure) => tickMetric(poller, measure);
  return {
    NoTick: {
      says: "Ticks are missing: for some channels or all of them, the notifier polls no builds and no jobs, and sends no messages",
      metric: tickMetric(poller, "tickedPercent"),
      below: allTickedPercent,
      minutes: [4, 4],
    },
    TickErrors: {
      says: "Ticks fail, or single builds or jobs fail within ticks",
      metric: new MathExpression({
        expression: "FILL(failed, 0) + FILL(errors, 0)",
        usingMetrics: { failed: poller.metricErrors(everyMinute), errors: count("errors") },
        label: "Failed ticks, and errors within ticks",
        ...everyMinute,
      }),
      minutes: lasting,
    },
    ApiErrors: {
      says: "API requests fail, so builds may not be registered",
      metric: apiErrors(api),
    },
    CommandErrors: {
      says: "Commands or buttons in Slack fail after Slack was told that they were taken",
      metric: slack.function.metricErrors(everyMinute),
    },
    Throttles: {
      says: "Lambda throttles the ticks: the account has reached its concurrency limit",
      metric: poller.metricThrottles(everyMinute),
      minutes: lasting,
    },
    DeadLetters: {
      says: "A tick failed or could not start, or the notification of an alarm could not be delivered",
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: "Maximum", ...everyMinute }),
    },
    MessagesPending: {
      says: "A message has been pending for more than five minutes, and the reason is not only Slack's rate limit for the channel",
      metric: tickMetric(poller, "oldestPendingSeconds", "Maximum"),
      atLeast: lateAfterSeconds,
    },
    HuaweiCredentials: {
      says: "ServiceStage refuses the credentials, so the notifier polls no builds and no jobs",
      metric: count("credentialsRefused"),
    },
    JobsUnreadable: {
      says: "A job with a subscription can't be found or read for an hour, so its new builds are not found",
      metric: count("unreadableJobs"),
    },
    SlackToken: {
      says:
        "Slack refuses the bot token, so no messages are sent; or the token lacks a scope (channels:history, " +
        "groups:history), so messages may be sent twice",
      metric: count("tokenRefused"),
    },
    Undeliverable: {
      says: "A message was given up: Slack refuses its content, or the app has no permission to check whether it arrived",
      metric: count("undeliverable"),
    },
    PollsBehind: {
      says: "Polling is late: a tick has too many builds and jobs for its time",
      metric: tickMetric(poller, "pollDelaySeconds", "Maximum"),
      atLeast: behindAfterSeconds,
      minutes: [5, 5],
    },
    ItemsNotUnderstood: {
      says: "An item in the table can't be read, so its build or job is not polled and its messages are not sent",
      metric: count("notUnderstood"),
    },
  } satisfies Record<string, Condition>;
}

/** One failure makes an alarm: the caller gets an error, but may not try again. */
function apiErrors({ stage, authorizer }: BuildsApi): IMetric {
  const answered = stage.metricServerError({ statistic: "Sum", ...everyMinute });
  if (!authorizer) return answered;
  return new MathExpression({
    expression: "FILL(answered, 0) + FILL(authorizer, 0)",
    usingMetrics: { answered, authorizer: authorizer.metricErrors(everyMinute) },
    label: "Failed requests, and errors of the authorizer",
    ...everyMinute,
  });
}

export type AlarmName = keyof ReturnType<typeof conditionsOf>;

/** Makes an alarm for each condition. It notifies the topic when it begins and ends, and links to the runbook. */
export function createAlarms(scope: Construct, props: AlarmsProps): Record<AlarmName, Alarm> {
  const { topic, settings } = props;
  const create = ([name, condition]: [string, Condition]) => {
    const alarm = new Alarm(scope, name, {
      ...thresholdOf(condition),
      metric: condition.metric,
      alarmDescription: `${condition.says}. What to do: ${settings.runbookUrl ?? runbookPath}#${sectionOf(name)}`,
    });
    const action = new SnsAction(topic);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    if (condition.below !== undefined) alarm.addInsufficientDataAction(action);
    return [name, alarm];
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- TypeScript forgets the names of the conditions on the way through a list.
  return Object.fromEntries(Object.entries(conditionsOf(props)).map(create)) as Record<AlarmName, Alarm>;
}

function thresholdOf({
  atLeast = 1,
  below,
  minutes: [datapointsToAlarm, evaluationPeriods] = [1, 1],
}: Condition) {
  const when =
    below === undefined
      ? {
          threshold: atLeast,
          comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
          treatMissingData: TreatMissingData.NOT_BREACHING,
        }
      : {
          threshold: below,
          comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
          treatMissingData: TreatMissingData.MISSING,
        };
  return { ...when, datapointsToAlarm, evaluationPeriods };
}

/** A path in this repository. */
const runbookPath = "docs/runbook.md";

/** The anchor of the alarm's section in the runbook: `NoTick` has `no-tick`, under the heading "No tick". */
const sectionOf = (name: string): string => name.replace(/\B[A-Z]/g, "-$&").toLowerCase();

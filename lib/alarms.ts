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
import type { Settings } from "./settings.ts";
import { everyMinute, type Measure, tickMetric } from "./tick-metrics.ts";

export interface AlarmsProps {
  settings: Settings;
  poller: Poller;
  api: BuildsApi;
  topic: ITopic;
}

interface Condition {
  says: string;
  /** By the minute. */
  metric: IMetric;
  /** The alarm fires from this value on; 1 by default. */
  atLeast?: number;
  /**
   * Instead: it fires below this value, and when there are no values any more. Before the first one it is silent: a
   * deployment takes minutes until the first tick.
   */
  below?: number;
  /** How many of how many minutes: one of one by default. */
  minutes?: [breaching: number, of: number];
}

/** Messages that are pending for longer are late. */
export const lateAfterSeconds = 5 * 60;
/** A build that is polled so long after its turn is late; its poll interval is a quarter of a minute by default. */
const behindAfterSeconds = 30;

/** The first breach of something that the next tick may mend is no alarm. */
const lasting: [number, number] = [3, 5];

function conditionsOf({ poller: { function: poller, deadLetters }, api }: AlarmsProps) {
  const count = (measure: Measure) => tickMetric(poller, measure);
  return {
    NoTick: {
      says: "Ticks are missing: of some channels, or of all, nothing is polled and nothing told",
      metric: tickMetric(poller, "tickedPercent"),
      below: allTickedPercent,
      minutes: [4, 4],
    },
    TickErrors: {
      says: "Ticks fail, or builds in them do",
      metric: new MathExpression({
        expression: "FILL(failed, 0) + FILL(errors, 0)",
        usingMetrics: { failed: poller.metricErrors(everyMinute), errors: count("errors") },
        label: "Failed ticks, and errors in others",
        ...everyMinute,
      }),
      minutes: lasting,
    },
    ApiErrors: {
      says: "The API answers that it failed: a build may not be registered",
      metric: apiErrors(api),
    },
    Throttles: {
      says: "Lambda throttles the ticks: the account's concurrency is used up",
      metric: poller.metricThrottles(everyMinute),
      minutes: lasting,
    },
    DeadLetters: {
      says: "A tick failed or could not begin, or an alarm's e-mail did not arrive",
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: "Maximum", ...everyMinute }),
    },
    MessagesPending: {
      says: "A message has been pending for more than five minutes, and does not only wait for its channel's pace",
      metric: tickMetric(poller, "oldestPendingSeconds", "Maximum"),
      atLeast: lateAfterSeconds,
    },
    HuaweiCredentials: {
      says: "ServiceStage refuses the credentials: no build is polled",
      metric: count("credentialsRefused"),
    },
    SlackToken: {
      says:
        "Slack refuses the token, so nothing is told; or the token lacks a scope (channels:history, groups:history), " +
        "so messages may be told twice",
      metric: count("tokenRefused"),
    },
    Undeliverable: {
      says: "A message is given up: Slack refuses what it says, or nobody can know whether it arrived",
      metric: count("undeliverable"),
    },
    PollsBehind: {
      says: "Polls fall behind: a tick has more builds than time",
      metric: tickMetric(poller, "pollDelaySeconds", "Maximum"),
      atLeast: behindAfterSeconds,
      minutes: [5, 5],
    },
    ItemsNotUnderstood: {
      says: "A build's item in the table can't be understood: it is neither polled nor told",
      metric: count("notUnderstood"),
    },
  } satisfies Record<string, Condition>;
}

/** Who calls the API is told that it failed, but may not try again: so the first one counts. */
function apiErrors({ stage, authorizer }: BuildsApi): IMetric {
  const answered = stage.metricServerError({ statistic: "Sum", ...everyMinute });
  if (!authorizer) return answered;
  return new MathExpression({
    expression: "FILL(answered, 0) + FILL(authorizer, 0)",
    usingMetrics: { answered, authorizer: authorizer.metricErrors(everyMinute) },
    label: "Failed requests, and failures of the authorizer",
    ...everyMinute,
  });
}

export type AlarmName = keyof ReturnType<typeof conditionsOf>;

/** An alarm for each condition. Each tells the topic when it begins and when it is over, and where to read on. */
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

/** In this repository. */
const runbookPath = "docs/runbook.md";

/** The anchor of the alarm's section in the runbook: `NoTick` has `no-tick`, under the heading "No tick". */
const sectionOf = (name: string): string => name.replace(/\B[A-Z]/g, "-$&").toLowerCase();

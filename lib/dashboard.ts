import { Duration } from "aws-cdk-lib";
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  TextWidget,
} from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";
import { lateAfterSeconds } from "./alarms.ts";
import type { BuildsApi } from "./builds-api.ts";
import type { BuildsTable } from "./builds-table.ts";
import { dollarsADay, fixedCosts } from "./costs.ts";
import type { Poller } from "./poller.ts";
import type { Settings } from "./settings.ts";
import { everyMinute, tickMetric } from "./tick-metrics.ts";

export interface DashboardProps {
  settings: Settings;
  table: BuildsTable;
  poller: Poller;
  api: BuildsApi;
  alarms: Record<string, Alarm>;
}

/** Answers one question in each row. */
export class NotifierDashboard extends Dashboard {
  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id, {
      defaultInterval: Duration.hours(3),
      widgets: [
        [
          new AlarmStatusWidget({
            title: "Alarms",
            alarms: Object.values(props.alarms),
            width: 24,
            height: 3,
          }),
        ],
        ...doesItTick(props),
        ...doesServiceStageAnswer(props),
        ...doesSlackTakeIt(props),
        ...howLateAreMessages(props),
        ...whatDoesItCost(props),
      ],
    });
  }
}

function doesItTick({ settings, poller: { function: poller, deadLetters } }: DashboardProps): IWidget[][] {
  const ended = tickMetric(poller, "errors", "SampleCount").with({ label: "Ticks that ended" });
  return row(
    "Does it tick?",
    graph("Ticks a minute", [ended], { value: settings.shards, label: "Schedules" }),
    graph("What went wrong", [
      poller.metricErrors({ label: "Ticks that failed", ...everyMinute }),
      poller.metricThrottles({ label: "Throttled", ...everyMinute }),
      tickMetric(poller, "errors").with({ label: "Errors within ticks" }),
      tickMetric(poller, "notUnderstood").with({ label: "Items not understood" }),
      deadLetters.metricApproximateNumberOfMessagesVisible({ label: "Dead letters", ...everyMinute }),
    ]),
    graph("Milliseconds a tick", [
      poller.metricDuration({ label: "Longest", statistic: "Maximum", ...everyMinute }),
    ]),
  );
}

function doesServiceStageAnswer({ poller: { function: poller } }: DashboardProps): IWidget[][] {
  return row(
    "Does ServiceStage answer?",
    graph("Builds that could not be read", [
      tickMetric(poller, "unreadable").with({ label: "All" }),
      tickMetric(poller, "credentialsRefused").with({ label: "Since the credentials are refused" }),
    ]),
    graph("Seconds until a pass has polled its last build", [
      tickMetric(poller, "pollDelaySeconds", "Maximum").with({ label: "Slowest pass" }),
    ]),
  );
}

function doesSlackTakeIt({ poller: { function: poller } }: DashboardProps): IWidget[][] {
  return row(
    "Does Slack take it?",
    graph("Messages told", [tickMetric(poller, "told").with({ label: "Told" })]),
    graph("What Slack refused", [
      tickMetric(poller, "refused").with({ label: "The channel" }),
      tickMetric(poller, "tokenRefused").with({ label: "The token" }),
      tickMetric(poller, "undeliverable").with({ label: "What a message says" }),
    ]),
  );
}

function howLateAreMessages({ poller: { function: poller } }: DashboardProps): IWidget[][] {
  const owed = tickMetric(poller, "oldestOwedSeconds", "Maximum").with({ label: "Oldest message owed" });
  return row("How late are messages?", graph("Seconds", [owed], { value: lateAfterSeconds, label: "Late" }));
}

function whatDoesItCost(props: DashboardProps): IWidget[][] {
  return row(
    `What does it cost?\n${fixedCosts(Object.keys(props.alarms).length)}`,
    graph("US dollars a day, at us-east-1's list prices", dollarsADay(props), undefined, Duration.days(30)),
  );
}

/** The question, and what answers it side by side. */
function row(question: string, ...graphs: ((width: number) => IWidget)[]): IWidget[][] {
  const heading = new TextWidget({
    markdown: `# ${question}`,
    width: 24,
    height: question.includes("\n") ? 2 : 1,
  });
  return [[heading], graphs.map((create) => create(24 / graphs.length))];
}

const graph =
  (title: string, left: IMetric[], line?: { value: number; label: string }, interval?: Duration) =>
  (width: number): IWidget =>
    new GraphWidget({
      title,
      left,
      width,
      leftYAxis: { min: 0, showUnits: false },
      ...(line && { leftAnnotations: [line] }),
      ...(interval && { start: `-P${interval.toDays()}D` }),
    });

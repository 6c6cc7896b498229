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
import type { SlackRequests } from "./slack-requests.ts";
import { everyMinute, tickMetric } from "./tick-metrics.ts";

export interface DashboardProps {
  table: BuildsTable;
  poller: Poller;
  api: BuildsApi;
  slack: SlackRequests;
  alarms: Record<string, Alarm>;
}

/** The dashboard. Each row answers one question. */
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
        ...doesTheApiAnswer(props),
        ...areCommandsCarriedOut(props),
        ...whatDoesItCost(props),
      ],
    });
  }
}

function doesItTick({ poller: { function: poller, deadLetters } }: DashboardProps): IWidget[][] {
  const ticked = tickMetric(poller, "tickedPercent").with({ label: "Schedules that ran" });
  return row(
    "Is the notifier running?",
    graph("Schedules that ran, in percent", [ticked], { value: 100, label: "All" }),
    graph("Problems", [
      poller.metricErrors({ label: "Failed ticks", ...everyMinute }),
      poller.metricThrottles({ label: "Throttled", ...everyMinute }),
      tickMetric(poller, "errors").with({ label: "Errors within ticks" }),
      tickMetric(poller, "notUnderstood").with({ label: "Items not understood" }),
      deadLetters.metricApproximateNumberOfMessagesVisible({ label: "Dead letters", ...everyMinute }),
    ]),
    graph("Duration of a tick, in milliseconds", [
      poller.metricDuration({ label: "Longest", statistic: "Maximum", ...everyMinute }),
    ]),
  );
}

function doesServiceStageAnswer({ poller: { function: poller } }: DashboardProps): IWidget[][] {
  return row(
    "Does ServiceStage answer?",
    graph("Builds and jobs that could not be read", [
      tickMetric(poller, "unreadable").with({ label: "All" }),
      tickMetric(poller, "credentialsRefused").with({ label: "Because the credentials are refused" }),
      tickMetric(poller, "unknownBuilds").with({ label: "Because ServiceStage does not know the build" }),
      tickMetric(poller, "unreadableJobs").with({ label: "Jobs that can't be read for an hour" }),
    ]),
    graph("New builds that subscriptions found", [tickMetric(poller, "found").with({ label: "Found" })]),
    graph("Seconds from a pass's start to its last poll", [
      tickMetric(poller, "pollDelaySeconds", "Maximum").with({ label: "Slowest pass" }),
    ]),
  );
}

function doesSlackTakeIt({ poller: { function: poller } }: DashboardProps): IWidget[][] {
  return row(
    "Does Slack accept messages?",
    graph("Delivered messages", [tickMetric(poller, "delivered").with({ label: "Delivered" })]),
    graph("Refused by Slack", [
      tickMetric(poller, "refused").with({ label: "The channel" }),
      tickMetric(poller, "tokenRefused").with({ label: "The token" }),
      tickMetric(poller, "undeliverable").with({ label: "The content of a message" }),
    ]),
  );
}

function howLateAreMessages({ poller: { function: poller } }: DashboardProps): IWidget[][] {
  const pending = tickMetric(poller, "oldestPendingSeconds", "Maximum").with({
    label: "Oldest pending message",
  });
  return row(
    "How late are messages?",
    graph("Seconds", [pending], { value: lateAfterSeconds, label: "Late" }),
  );
}

function doesTheApiAnswer({ api: { stage, function: api, authorizer } }: DashboardProps): IWidget[][] {
  const sum = { statistic: "Sum", ...everyMinute };
  return row(
    "Does the API answer?",
    graph("Requests", [
      stage.metricCount({ label: "All", ...sum }),
      stage.metricClientError({ label: "Refused", ...sum }),
      stage.metricServerError({ label: "Failed", ...sum }),
    ]),
    graph("Failures", [
      api.metricErrors({ label: "The API", ...everyMinute }),
      api.metricThrottles({ label: "The API, throttled", ...everyMinute }),
      ...(authorizer
        ? [
            authorizer.metricErrors({ label: "The authorizer", ...everyMinute }),
            authorizer.metricThrottles({ label: "The authorizer, throttled", ...everyMinute }),
          ]
        : []),
    ]),
  );
}

/** Each command is one call, or two if it was deferred. */
function areCommandsCarriedOut({ slack: { function: slack } }: DashboardProps): IWidget[][] {
  return row(
    "Are commands and buttons in Slack carried out?",
    graph("Calls", [slack.metricInvocations({ label: "All", ...everyMinute })]),
    graph("Failures", [
      slack.metricErrors({ label: "Failed", ...everyMinute }),
      slack.metricThrottles({ label: "Throttled", ...everyMinute }),
    ]),
    graph("Duration, in milliseconds (Slack waits 3,000 for the first call)", [
      slack.metricDuration({ label: "Longest", statistic: "Maximum", ...everyMinute }),
    ]),
  );
}

function whatDoesItCost(props: DashboardProps): IWidget[][] {
  return row(
    `What does it cost?\n${fixedCosts(Object.values(props.alarms))}`,
    graph(
      "US dollars a day, at the list prices of us-east-1",
      dollarsADay(props),
      undefined,
      Duration.days(30),
    ),
  );
}

/** A row: the question as a heading, and the graphs that answer it. */
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

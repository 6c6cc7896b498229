import { Duration } from "aws-cdk-lib";
import { type Alarm, type IMetric, MathExpression, Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { metrics, table as names } from "../lambda/names.ts";
import type { BuildsApi } from "./builds-api.ts";
import type { BuildsTable } from "./builds-table.ts";
import { memoryMegabytes } from "./notifier-function.ts";
import type { Poller } from "./poller.ts";
import type { SlackRequests } from "./slack-requests.ts";
import { prices, type PriceName } from "./prices.ts";

/** CloudWatch's expressions don't support exponents, so small prices are given for a million. */
const million = 1_000_000;
const byTheMillion = (name: PriceName): number => Number((prices[name].dollars * million).toFixed(6));

const daily = { period: Duration.days(1), statistic: "Sum" };

export interface Costly {
  table: BuildsTable;
  poller: Poller;
  api: BuildsApi;
  slack: SlackRequests;
}

/** The costs that grow with the number of builds: one line for each service. */
export function dollarsADay({ table, poller, api, slack }: Costly): IMetric[] {
  return [
    functionCost("Poller", poller.function),
    functionCost("API", api.function),
    functionCost("Slack", slack.function),
    tableCost(table),
    logCost(poller.function),
    line(
      "API Gateway",
      { requests: api.stage.metricCount(daily) },
      `requests / ${million} * ${byTheMillion("httpApiRequest")}`,
    ),
  ];
}

function functionCost(label: string, of: IFunction): IMetric {
  const id = label.toLowerCase();
  const gigabyteSeconds = `${id}Millis / 1000 * ${memoryMegabytes / 1024}`;
  return line(
    `Lambda: ${label}`,
    { [`${id}Millis`]: of.metricDuration(daily), [`${id}Calls`]: of.metricInvocations(daily) },
    `(${gigabyteSeconds} * ${byTheMillion("lambdaGigabyteSecond")} + ${id}Calls * ${byTheMillion("lambdaRequest")}) / ${million}`,
  );
}

/** DynamoDB measures an index separately from its table. */
function tableCost(table: BuildsTable): IMetric {
  const consumed = (kind: "Read" | "Write", index: Record<string, string> = {}) =>
    new Metric({
      namespace: "AWS/DynamoDB",
      metricName: `Consumed${kind}CapacityUnits`,
      dimensionsMap: { TableName: table.tableName, ...index },
      ...daily,
    });
  const index = { GlobalSecondaryIndexName: names.index };
  return line(
    "DynamoDB",
    {
      reads: consumed("Read"),
      indexReads: consumed("Read", index),
      writes: consumed("Write"),
      indexWrites: consumed("Write", index),
    },
    `((FILL(reads, 0) + FILL(indexReads, 0)) * ${byTheMillion("dynamoReadUnit")}` +
      ` + (FILL(writes, 0) + FILL(indexWrites, 0)) * ${byTheMillion("dynamoWriteUnit")}) / ${million}`,
  );
}

function logCost({ logGroup }: Poller["function"]): IMetric {
  const bytes = new Metric({
    namespace: "AWS/Logs",
    metricName: "IncomingBytes",
    dimensionsMap: { LogGroupName: logGroup.logGroupName },
    ...daily,
  });
  return line("Logs of the poller", { bytes }, `bytes / ${1024 ** 3} * ${prices.logGigabyte.dollars}`);
}

const line = (label: string, usingMetrics: Record<string, IMetric>, expression: string): IMetric =>
  new MathExpression({ label, usingMetrics, expression, period: daily.period });

/** A sentence about the fixed costs. */
export function fixedCosts(alarms: Alarm[]): string {
  const { namespace: _none, ...measured } = metrics;
  const items = {
    // An alarm costs its price for each metric that it reads.
    alarms: alarms.flatMap(({ metric }) => metricsIn(metric)).length * prices.alarm.dollars,
    metrics: Object.keys(measured).length * prices.metric.dollars,
    "this dashboard": prices.dashboard.dollars,
    "the alarms' key": prices.key.dollars,
    "the secret": prices.secret.dollars,
  };
  const sum = Object.values(items).reduce((total, price) => total + price);
  const parts = Object.entries(items).map(([name, price]) => `${name} ${price.toFixed(2)}`);
  return `The graph does not include fixed costs of at most ${sum.toFixed(2)} US dollars a month: ${parts.join(", ")}. CloudWatch's free tier may cover most of them.`;
}

const metricsIn = (metric: IMetric): IMetric[] =>
  metric instanceof MathExpression ? Object.values(metric.usingMetrics) : [metric];

import { CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import { clientOptions } from "../lambda/runtime/aws-clients.ts";
import { allTickedPercent, metrics } from "../lambda/names.ts";
import { awsTrouble } from "./aws.ts";
import { bad, good, type Finding } from "./finding.ts";

const subject = "Schedule";
const minuteMillis = 60_000;
const windowMinutes = 10;
/** The minutes that are checked, counted back from now. Younger metrics may not have reached CloudWatch. */
const recentMinutes = [2, 3, 4];
const seeSchedules =
  "check in EventBridge Scheduler that the stack's schedules are enabled; after a deployment, wait three minutes";

/** A value for each minute; the key is the minute's beginning in epoch milliseconds. A minute without data has no entry. */
type Series = ReadonlyMap<number, number>;

/** A tick writes metrics when it ends. Lambda's own metrics show whether a tick began. */
export async function checkSchedule(functionName: string, now: number): Promise<Finding> {
  const thisMinute = Math.floor(now / minuteMillis) * minuteMillis;
  let read: Map<string | undefined, Series>;
  try {
    read = await readSeries(functionName, thisMinute);
  } catch (error) {
    return awsTrouble(subject, error, "cloudwatch:GetMetricData");
  }
  const none: Series = new Map();
  const [ticks = none, errors = none, invocations = none, ticked = none] = ids.map((id) => read.get(id));
  const readLog = `read the log of the function ${functionName}`;
  const inWindow = `in the last ${windowMinutes} minutes`;
  if (sumOf(ticks) === 0 && sumOf(invocations) > 0)
    return bad(subject, `${sumOf(invocations)} ticks started ${inWindow}, but none finished`, readLog);
  if (sumOf(ticks) === 0) return bad(subject, `no tick started ${inWindow}`, seeSchedules);
  const recent = recentMinutes.map((ago) => ticked.get(thisMinute - ago * minuteMillis) ?? 0);
  if (recent.every((percent) => percent === 0)) {
    const ago = Math.round((thisMinute - Math.max(...ticks.keys())) / minuteMillis);
    return bad(subject, `the last tick finished ${ago} minutes ago`, `${seeSchedules}, or ${readLog}`);
  }
  if (recent.every((percent) => percent < allTickedPercent)) {
    const most = Math.round(Math.max(...recent));
    return bad(subject, `only ${most} % of the schedules work`, `${seeSchedules}, or ${readLog}`);
  }
  if (sumOf(errors) > 0)
    return bad(subject, `${sumOf(ticks)} ticks finished ${inWindow}, with ${sumOf(errors)} errors`, readLog);
  return good(subject, `${sumOf(ticks)} ticks finished ${inWindow}`);
}

const sumOf = (series: Series): number => [...series.values()].reduce((sum, value) => sum + value, 0);

const ids = ["ticks", "errors", "invocations", "ticked"];

async function readSeries(functionName: string, until: number): Promise<Map<string | undefined, Series>> {
  const ofTick = { Name: "service", Value: functionName };
  const ofLambda = { Name: "FunctionName", Value: functionName };
  const command = new GetMetricDataCommand({
    StartTime: new Date(until - windowMinutes * minuteMillis),
    EndTime: new Date(until),
    MetricDataQueries: [
      query("ticks", metrics.namespace, metrics.errors, ofTick, "SampleCount"),
      query("errors", metrics.namespace, metrics.errors, ofTick, "Sum"),
      query("invocations", "AWS/Lambda", "Invocations", ofLambda, "Sum"),
      query("ticked", metrics.namespace, metrics.tickedPercent, ofTick, "Sum"),
    ],
  });
  const { MetricDataResults: results = [] } = await new CloudWatchClient(clientOptions).send(command);
  return new Map(results.map(({ Id, Timestamps = [], Values = [] }) => [Id, seriesOf(Timestamps, Values)]));
}

const seriesOf = (times: Date[], values: number[]): Series =>
  new Map(times.map((time, index) => [time.getTime(), values[index] ?? 0]));

const query = (
  Id: string,
  Namespace: string,
  MetricName: string,
  dimension: { Name: string; Value: string },
  Stat: string,
): MetricDataQuery => ({
  Id,
  MetricStat: { Metric: { Namespace, MetricName, Dimensions: [dimension] }, Period: 60, Stat },
});

import { CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import { clientOptions } from "../lambda/aws.ts";
import { metrics } from "../lambda/names.ts";
import { awsTrouble } from "./aws.ts";
import { bad, good, type Finding } from "./finding.ts";

const subject = "Schedule";
const windowMinutes = 10;

/** Every tick that ends leaves its metrics; those of Lambda tell whether one was begun. */
export async function checkSchedule(functionName: string, now: number): Promise<Finding> {
  let sums: Map<string | undefined, number>;
  try {
    sums = await readSums(functionName, now);
  } catch (error) {
    return awsTrouble(subject, error, "cloudwatch:GetMetricData");
  }
  const [ticks = 0, errors = 0, invocations = 0] = ["ticks", "errors", "invocations"].map((id) =>
    sums.get(id),
  );
  const readLog = `read the log of the function ${functionName}`;
  if (ticks > 0 && errors === 0)
    return good(subject, `${ticks} ticks ended in the last ${windowMinutes} minutes`);
  if (ticks > 0)
    return bad(
      subject,
      `${ticks} ticks ended in the last ${windowMinutes} minutes, with ${errors} errors`,
      readLog,
    );
  if (invocations > 0)
    return bad(
      subject,
      `${invocations} ticks began in the last ${windowMinutes} minutes, and none ended`,
      readLog,
    );
  return bad(
    subject,
    `no tick in the last ${windowMinutes} minutes`,
    "see that the stack's schedules are enabled in EventBridge Scheduler; after a deployment wait three minutes",
  );
}

async function readSums(functionName: string, now: number): Promise<Map<string | undefined, number>> {
  const ofTick = { Name: "service", Value: functionName };
  const ofLambda = { Name: "FunctionName", Value: functionName };
  const command = new GetMetricDataCommand({
    StartTime: new Date(now - windowMinutes * 60_000),
    EndTime: new Date(now),
    MetricDataQueries: [
      query("ticks", metrics.namespace, metrics.errors, ofTick, "SampleCount"),
      query("errors", metrics.namespace, metrics.errors, ofTick, "Sum"),
      query("invocations", "AWS/Lambda", "Invocations", ofLambda, "Sum"),
    ],
  });
  const { MetricDataResults: results = [] } = await new CloudWatchClient(clientOptions).send(command);
  return new Map(results.map(({ Id, Values = [] }) => [Id, Values.reduce((sum, value) => sum + value, 0)]));
}

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

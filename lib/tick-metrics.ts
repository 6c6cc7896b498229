import { Duration } from "aws-cdk-lib";
import { Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { metrics } from "../lambda/names.ts";

const { namespace, ...names } = metrics;
export type Measure = keyof typeof names;

export const everyMinute = { period: Duration.minutes(1) };

/**
 * A metric of the poller's ticks, for each minute, over all schedules.
 * @param statistic `Sum` for counts, `Maximum` for seconds
 */
export const tickMetric = (
  poller: IFunction,
  measure: Measure,
  statistic: "Sum" | "Maximum" = "Sum",
): Metric =>
  new Metric({
    namespace,
    metricName: names[measure],
    dimensionsMap: { service: poller.functionName },
    statistic,
    ...everyMinute,
  });

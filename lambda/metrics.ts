import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { metrics as names } from "./names.ts";
import type { TickReport } from "./tracking/tick.ts";

const { namespace, ...counted } = names;
type Measure = keyof typeof counted;

/**
 * Writes what a tick measured to standard output, as one line of CloudWatch's embedded metric format; zeros too, so
 * that a metric without data means that no tick ended. `POWERTOOLS_METRICS_DISABLED=true` leaves the line out.
 */
export function publishMetrics(report: TickReport, functionName: string): void {
  const metrics = new Metrics({ namespace, serviceName: functionName });
  for (const [measure, name] of Object.entries(counted) as [Measure, string][]) {
    metrics.addMetric(name, unitOf(measure), report[measure]);
  }
  metrics.publishStoredMetrics();
}

const unitOf = (measure: Measure) => (measure.endsWith("Seconds") ? MetricUnit.Seconds : MetricUnit.Count);

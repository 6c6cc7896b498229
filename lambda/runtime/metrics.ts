import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { metrics as names } from "../names.ts";
import type { TickReport } from "../tracking/tick.ts";

const { namespace, ...counted } = names;
type Measure = keyof typeof counted;

/**
 * Writes a tick's metrics to standard output, as one line in CloudWatch's embedded metric format. It writes zeros too, so
 * a metric without data means that no tick has finished. `POWERTOOLS_METRICS_DISABLED=true` leaves the line out.
 */
export function publishMetrics(report: TickReport, shards: number, functionName: string): void {
  const metrics = new Metrics({ namespace, serviceName: functionName });
  const measured: Record<Measure, number> = { ...report, tickedPercent: 100 / shards };
  const values = new Map(Object.entries(measured));
  for (const [measure, name] of Object.entries(counted)) {
    metrics.addMetric(name, unitOf(measure), values.get(measure)!);
  }
  metrics.publishStoredMetrics();
}

function unitOf(measure: string) {
  if (measure.endsWith("Percent")) return MetricUnit.Percent;
  return measure.endsWith("Seconds") ? MetricUnit.Seconds : MetricUnit.Count;
}

import {
  dimensionsOf,
  metrics,
  type Measurement,
  type Metrics,
  type MeasurementContext,
} from "@lockmaster/core/contract/metrics.ts";
import { printable } from "@lockmaster/core/lib/printable.ts";

/**
 * Writes measurements as log lines in CloudWatch's embedded metric format, from which CloudWatch makes metrics: no call and
 * no permission is needed.
 *
 * The lines bypass `console`: Lambda's runtime would wrap them in its own JSON, and CloudWatch expects `_aws` at the top
 * level of a line.
 *
 * @param namespace CloudWatch's namespace of this installation
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function embeddedMetrics(namespace: string): Metrics {
  return {
    record(measurements, context = {}) {
      const now = new Date();
      for (const measurement of measurements) {
        process.stdout.write(`${JSON.stringify(embedded(namespace, measurement, context, now))}\n`);
      }
    },
  };
}

/** One line for each measurement: a line has one value for a dimension. */
function embedded(namespace: string, measurement: Measurement, context: MeasurementContext, now: Date): object {
  const { metric, value } = measurement;
  const dimensions = dimensionsOf(metric, "of" in measurement ? measurement.of : undefined);
  return {
    ...Object.fromEntries(Object.entries(context).map(([name, value]) => [name, printable(value)])),
    ...dimensions,
    [metric]: value,
    _aws: {
      Timestamp: now.getTime(),
      CloudWatchMetrics: [
        {
          Namespace: namespace,
          Dimensions: [Object.keys(dimensions)],
          Metrics: [{ Name: metric, Unit: metrics[metric].unit }],
        },
      ],
    },
  };
}

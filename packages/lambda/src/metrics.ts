import {
  dimensionsOf,
  metrics,
  type Measurement,
  type Metrics,
  type Subject,
} from "@lockmaster/core/contract/metrics.ts";

/**
 * Writes measurements as log lines in CloudWatch's embedded metric format: CloudWatch makes metrics of them by itself, without
 * a call and a permission.
 *
 * The lines go past `console`: Lambda's runtime would wrap those of a function that logs in JSON, and CloudWatch looks for
 * `_aws` in the line itself.
 *
 * @param namespace CloudWatch's, of this installation
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function embeddedMetrics(namespace: string): Metrics {
  return {
    record(measurements, subject = {}) {
      const now = new Date();
      for (const measurement of measurements) {
        process.stdout.write(`${JSON.stringify(embedded(namespace, measurement, subject, now))}\n`);
      }
    },
  };
}

/** One line for each: a line has one value for a dimension. */
function embedded(namespace: string, measurement: Measurement, subject: Subject, now: Date): object {
  const { metric, value } = measurement;
  const dimensions = dimensionsOf(metric, "of" in measurement ? measurement.of : undefined);
  return {
    ...subject,
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

import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  paginateFilterLogEvents,
} from "@aws-sdk/client-cloudwatch-logs";
import * as v from "valibot";
import type { Shop } from "./shop.fixture.ts";

/**
 * A line in CloudWatch's embedded metric format, as far as Lockmaster uses it.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
const Embedded = v.looseObject({
  _aws: v.strictObject({
    Timestamp: v.pipe(v.number(), v.integer()),
    CloudWatchMetrics: v.pipe(
      v.array(
        v.strictObject({
          Namespace: v.pipe(v.string(), v.regex(/^[\w./#:-]{1,256}$/)),
          Dimensions: v.pipe(v.array(v.pipe(v.array(v.string()), v.maxLength(30))), v.minLength(1)),
          Metrics: v.pipe(
            v.array(v.strictObject({ Name: v.string(), Unit: v.picklist(["Count", "Seconds"]) })),
            v.maxLength(100),
          ),
        }),
      ),
      v.minLength(1),
    ),
  }),
});

/** One value of one series, as CloudWatch extracts it from a line. */
export type Datum = { namespace: string; metric: string; dimensions: Record<string, string>; value: number };

/** All values in the functions' logs. */
export async function readMetrics(shop: Shop): Promise<Datum[]> {
  const client = new CloudWatchLogsClient(shop.rehearsal.aws.clientConfig());
  const { logGroups = [] } = await client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "/aws/lambda/" }));
  const lines: string[] = [];
  for (const { logGroupName } of logGroups) {
    for await (const { events = [] } of paginateFilterLogEvents({ client }, { logGroupName })) {
      lines.push(...events.flatMap(({ message }) => message ?? []));
    }
  }
  client.destroy();
  return lines.filter((line) => line.includes('"_aws"')).flatMap((line) => dataIn(JSON.parse(line)));
}

function dataIn(line: unknown): Datum[] {
  const { _aws, ...members } = v.parse(Embedded, line);
  return _aws.CloudWatchMetrics.flatMap(({ Namespace: namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) =>
      Metrics.map(({ Name: metric }) => ({
        namespace,
        metric,
        dimensions: Object.fromEntries(names.map((name) => [name, v.parse(v.string(), members[name])])),
        value: v.parse(v.number(), members[metric]),
      })),
    ),
  );
}

/** Values of one series, in no order. */
export const valuesOf = (data: readonly Datum[], metric: string, dimensions: Record<string, string> = {}): number[] =>
  data.filter((datum) => datum.metric === metric && sameSeries(datum.dimensions, dimensions)).map(({ value }) => value);

const sameSeries = (one: Record<string, string>, other: Record<string, string>): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/** CloudWatch Logs' API model: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/ */
import * as sdk from "@aws-sdk/client-cloudwatch-logs";
import type { Constraint, Constraints } from "../../protocol/constraints.ts";

const logGroupName: Constraint = { length: [1, 512], pattern: /[.\-_/#A-Za-z0-9]+/ };
const logStreamName: Constraint = { length: [1, 512], pattern: /[^:*]*/ };
const token: Constraint = { length: [1, Infinity] };
const time: Constraint = { range: [0, Number.MAX_SAFE_INTEGER], integer: true };
const groups: Readonly<Record<string, Constraint>> = { limit: { range: [1, 50], integer: true }, nextToken: token };
const events: Readonly<Record<string, Constraint>> = {
  startTime: time,
  endTime: time,
  limit: { range: [1, 10_000], integer: true },
  nextToken: token,
};

export const logsConstraints: Constraints = {
  CreateLogGroupRequest: { logGroupName },
  CreateLogStreamRequest: { logGroupName, logStreamName },
  DescribeLogGroupsRequest: {
    logGroupNamePrefix: logGroupName,
    logGroupNamePattern: { length: [0, 512], pattern: /[.\-_/#A-Za-z0-9]*/ },
    ...groups,
  },
  DescribeLogStreamsRequest: {
    logGroupName,
    logStreamNamePrefix: logStreamName,
    orderBy: { oneOf: Object.values(sdk.OrderBy) },
    ...groups,
  },
  PutLogEventsRequest: { logGroupName, logStreamName, logEvents: { length: [1, 10_000] }, sequenceToken: token },
  InputLogEvent: { timestamp: time, message: { length: [1, Infinity] } },
  GetLogEventsRequest: { logGroupName, logStreamName, ...events },
  FilterLogEventsRequest: {
    logGroupName,
    logStreamNames: { length: [1, 100], each: logStreamName },
    logStreamNamePrefix: logStreamName,
    filterPattern: { length: [0, 1024] },
    ...events,
  },
};

import type { Access, ServiceAccess } from "../../protocol/demand.ts";

const group: Access = { on: ["log-group:{logGroupName}"] };
const stream: Access = { on: ["log-group:{logGroupName}:log-stream:{logStreamName}"] };

/** docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html */
export const logsAccess: ServiceAccess = {
  prefix: "logs",
  operations: {
    CreateLogGroup: group,
    CreateLogStream: group,
    DescribeLogGroups: { on: "*" },
    DescribeLogStreams: group,
    FilterLogEvents: group,
    GetLogEvents: stream,
    PutLogEvents: stream,
  },
};

import {
  CreateLogGroup$,
  type CreateLogGroupRequest,
  CreateLogStream$,
  type CreateLogStreamRequest,
  DescribeLogGroups$,
  type DescribeLogGroupsRequest,
  type DescribeLogGroupsResponse,
  DescribeLogStreams$,
  type DescribeLogStreamsRequest,
  type DescribeLogStreamsResponse,
  type LogGroup as LogGroupDescription,
  type LogStream as LogStreamDescription,
} from "@aws-sdk/client-cloudwatch-logs";
import { notInLocalAws } from "../../protocol/errors.ts";
import { type Operation, operation, type Parsed } from "../../protocol/service.ts";
import { paginate } from "../../protocol/pagination.ts";
import { invalid } from "./errors.ts";
import type { LogGroup, LogGroups, LogStream } from "./state.ts";

/** The operations on log groups and streams. */
export function groupOperations(groups: LogGroups): Readonly<Record<string, Operation>> {
  return {
    CreateLogGroup: operation<CreateLogGroupRequest, void>(CreateLogGroup$, ["logGroupName"], ({ logGroupName }) => {
      groups.createGroup(logGroupName);
    }),
    CreateLogStream: operation<CreateLogStreamRequest, void>(
      CreateLogStream$,
      ["logGroupName", "logStreamName"],
      ({ logGroupName, logStreamName }) => {
        groups.createStream(groups.group(logGroupName), logStreamName);
      },
    ),
    DescribeLogGroups: operation<DescribeLogGroupsRequest, DescribeLogGroupsResponse>(
      DescribeLogGroups$,
      ["logGroupNamePrefix", "logGroupNamePattern", "limit", "nextToken"],
      (input) => {
        const { logGroupNamePrefix: prefix, logGroupNamePattern: pattern } = input;
        if (prefix !== undefined && pattern !== undefined) {
          throw invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
        }
        const found = [...groups.byName.values()]
          .filter(({ name }) => name.startsWith(prefix ?? "") && name.includes(pattern ?? ""))
          .sort((a, b) => compare(a.name, b.name));
        const { items, nextToken } = paginate(found, paging(input));
        return { logGroups: items.map(describeGroup), nextToken };
      },
    ),
    DescribeLogStreams: operation<DescribeLogStreamsRequest, DescribeLogStreamsResponse>(
      DescribeLogStreams$,
      ["logGroupName", "logStreamNamePrefix", "orderBy", "descending", "limit", "nextToken"],
      (input) => {
        const { items, nextToken } = paginate(streams(groups, input), paging(input));
        return { logStreams: items.map(describeStream), nextToken };
      },
    ),
  };
}

function streams(groups: LogGroups, input: Parsed<DescribeLogStreamsRequest>): LogStream[] {
  if (input.logGroupName === undefined) throw notInLocalAws("DescribeLogStreams without logGroupName");
  const { logStreamNamePrefix = "", orderBy = "LogStreamName", descending = false } = input;
  if (orderBy === "LastEventTime" && logStreamNamePrefix !== "") {
    throw invalid("Cannot order by LastEventTime with a logStreamNamePrefix.");
  }
  const order: (a: LogStream, b: LogStream) => number =
    orderBy === "LastEventTime"
      ? (a, b) => (a.events.at(-1)?.timestamp ?? 0) - (b.events.at(-1)?.timestamp ?? 0)
      : (a, b) => compare(a.name, b.name);
  return [...groups.group(input.logGroupName).streams.values()]
    .filter((stream) => stream.name.startsWith(logStreamNamePrefix))
    .sort((a, b) => (descending ? order(b, a) : order(a, b)));
}

function describeGroup(group: LogGroup): LogGroupDescription {
  return {
    logGroupName: group.name,
    creationTime: group.createdAt,
    metricFilterCount: 0,
    arn: `${group.arn}:*`,
    logGroupArn: group.arn,
    storedBytes: 0,
    logGroupClass: "STANDARD",
  };
}

function describeStream(stream: LogStream): LogStreamDescription {
  const [first] = stream.events;
  const last = stream.events.at(-1);
  return {
    logStreamName: stream.name,
    creationTime: stream.createdAt,
    firstEventTimestamp: first?.timestamp,
    lastEventTimestamp: last?.timestamp,
    lastIngestionTime: last?.ingestionTime,
    arn: stream.arn,
    // AWS always returns 0 since 2019.
    storedBytes: 0,
  };
}

const maxLimit = 50;

function paging(input: { limit?: number | undefined; nextToken?: string | undefined }) {
  const { limit = maxLimit } = input;
  return {
    size: limit,
    nextToken: input.nextToken,
    invalidToken: invalid("The specified nextToken is invalid."),
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

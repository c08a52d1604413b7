import type { Validated } from "../validation.fixture.ts";

const stream = { logGroupName: "shop", logStreamName: "web" };

export const validatedLogs: Validated = {
  errors: ["InvalidParameterException"],
  setUp: [
    ["CreateLogGroup", { logGroupName: "shop" }],
    ["CreateLogStream", stream],
  ],
  free: [
    // AWS ignores sequence tokens. A message's limit is the size of the request.
    "PutLogEvents.sequenceToken",
    "PutLogEvents.logEvents.message",
  ],
  absent: [
    ["CreateLogGroup", { logGroupName: "shop" }, "ResourceAlreadyExistsException"],
    ["CreateLogStream", stream, "ResourceAlreadyExistsException"],
    ...["CreateLogStream", "DescribeLogStreams", "FilterLogEvents", "GetLogEvents", "PutLogEvents"].map(
      (operation) => [operation, { logGroupName: "none" }, "ResourceNotFoundException"] as const,
    ),
    ...["GetLogEvents", "PutLogEvents"].map(
      (operation) => [operation, { logStreamName: "none" }, "ResourceNotFoundException"] as const,
    ),
    ...["DescribeLogGroups", "DescribeLogStreams", "FilterLogEvents", "GetLogEvents"].map(
      (operation) => [operation, { nextToken: "none" }, "InvalidParameterException"] as const,
    ),
    ["DescribeLogGroups", { logGroupNamePrefix: "a", logGroupNamePattern: "b" }, "InvalidParameterException"],
    ["FilterLogEvents", { logStreamNames: ["web"], logStreamNamePrefix: "w" }, "InvalidParameterException"],
    ["DescribeLogStreams", { logStreamNamePrefix: "w", orderBy: "LastEventTime" }, "InvalidParameterException"],
  ],
  valid: {
    CreateLogGroup: { logGroupName: "blog" },
    CreateLogStream: { logGroupName: "shop", logStreamName: "api" },
    DescribeLogStreams: { logGroupName: "shop" },
    FilterLogEvents: { logGroupName: "shop" },
    GetLogEvents: stream,
    PutLogEvents: { ...stream, logEvents: [{ timestamp: 0, message: "started" }] },
  },
};

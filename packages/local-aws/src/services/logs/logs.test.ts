import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { describe, expect, test } from "vitest";
import { failureOf, startWire } from "../../protocol/wire.fixture.ts";
import { virtualClock } from "../../clock/virtual-clock.ts";
import { createLogs } from "./logs.ts";

const names = { logGroupName: "/ecs/web", logStreamName: "web/1" };

async function setUp() {
  const clock = virtualClock();
  const logs = createLogs({ clock, region: "us-east-1", accountId: "111122223333" });
  const wire = await startWire({ services: [logs.service] }, clock);
  return { clock, logs, sdk: new CloudWatchLogsClient(wire.client) };
}

/** Requests pages until a token repeats, which AWS documents as the end. */
async function pages(sdk: CloudWatchLogsClient, startFromHead: boolean): Promise<string[][]> {
  const found: string[][] = [];
  let nextToken: string | undefined;
  for (;;) {
    const answer = await sdk.send(new GetLogEventsCommand({ ...names, limit: 2, startFromHead, nextToken }));
    const token = startFromHead ? answer.nextForwardToken : answer.nextBackwardToken;
    if (token === nextToken) return found;
    found.push((answer.events ?? []).map(({ message }) => message ?? ""));
    nextToken = token;
  }
}

describe("GetLogEvents", () => {
  test("returns the newest events, oldest first, by default", async () => {
    const { clock, logs, sdk } = await setUp();
    logs.append(names.logGroupName, names.logStreamName, ["a", "b"]);
    await clock.advance(5000);
    logs.append(names.logGroupName, names.logStreamName, ["c"]);

    const { events } = await sdk.send(new GetLogEventsCommand({ ...names, limit: 2 }));

    const now = clock.now();
    expect(events).toEqual([
      { message: "b", timestamp: now - 5000, ingestionTime: now - 5000 },
      { message: "c", timestamp: now, ingestionTime: now },
    ]);
  });

  test.each([
    ["forwards", true, [["a", "b"], ["c", "d"], ["e"]]],
    ["backwards", false, [["d", "e"], ["b", "c"], ["a"]]],
  ])("returns pages %s until the token repeats", async (_, startFromHead, expected) => {
    const { logs, sdk } = await setUp();
    logs.append(names.logGroupName, names.logStreamName, ["a", "b", "c", "d", "e"]);

    const found = await pages(sdk, startFromHead);

    expect(found).toEqual(expected);
  });

  test("continues at the end with events that were written later", async () => {
    const { logs, sdk } = await setUp();
    logs.append(names.logGroupName, names.logStreamName, ["a"]);
    const { nextForwardToken: nextToken } = await sdk.send(new GetLogEventsCommand({ ...names, startFromHead: true }));
    logs.append(names.logGroupName, names.logStreamName, ["b"]);

    const { events } = await sdk.send(new GetLogEventsCommand({ ...names, startFromHead: true, nextToken }));

    expect(events?.map(({ message }) => message)).toEqual(["b"]);
  });

  test("includes the start time and excludes the end time, which FilterLogEvents includes", async () => {
    const { clock, logs, sdk } = await setUp();
    const start = clock.now();
    for (const line of ["a", "b", "c"]) {
      logs.append(names.logGroupName, names.logStreamName, [line]);
      await clock.advance(1000);
    }

    const range = { startTime: start + 1000, endTime: start + 2000 };
    const got = await sdk.send(new GetLogEventsCommand({ ...names, ...range }));
    const filtered = await sdk.send(new FilterLogEventsCommand({ logGroupName: names.logGroupName, ...range }));

    expect(got.events?.map(({ message }) => message)).toEqual(["b"]);
    expect(filtered.events?.map(({ message }) => message)).toEqual(["b", "c"]);
  });

  test.each([
    ["an unknown group", { ...names, logGroupName: "other" }, "The specified log group does not exist."],
    ["an unknown stream", { ...names, logStreamName: "other" }, "The specified log stream does not exist."],
    ["a made-up token", { ...names, nextToken: "f/1" }, "The specified nextToken is invalid."],
    ["too high a limit", { ...names, limit: 10_001 }, "less than or equal to 10000"],
  ])("refuses %s", async (_, input, message) => {
    const { logs, sdk } = await setUp();
    logs.append(names.logGroupName, names.logStreamName, ["a"]);

    const error = await failureOf(sdk.send(new GetLogEventsCommand(input)));

    expect(error).toMatchObject({ message: expect.stringContaining(message), $metadata: { httpStatusCode: 400 } });
  });
});

describe("PutLogEvents", () => {
  async function withStream() {
    const world = await setUp();
    await world.sdk.send(new CreateLogGroupCommand({ logGroupName: names.logGroupName }));
    await world.sdk.send(new CreateLogStreamCommand(names));
    return world;
  }

  test("stores events that are neither too old nor too new", async () => {
    const { clock, sdk } = await withStream();
    const [now, day] = [clock.now(), 24 * 3_600_000];
    const put = (times: number[]) =>
      sdk.send(
        new PutLogEventsCommand({
          ...names,
          logEvents: times.map((timestamp) => ({ timestamp, message: String(timestamp - now) })),
        }),
      );

    const recent = await put([now - 5, now, now + 3 * 3_600_000]);
    const old = await put([now - 14 * day - 1, now - 14 * day]);

    expect(recent.rejectedLogEventsInfo).toEqual({ tooNewLogEventStartIndex: 2 });
    expect(old.rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 1 });
    const { events } = await sdk.send(new GetLogEventsCommand({ ...names, startFromHead: true }));
    expect(events?.map(({ message }) => message)).toEqual([String(-14 * day), "-5", "0"]);
  });

  test.each([
    ["events out of order", [2, 1], "must be in chronological order"],
    ["more than a day at once", [0, 24 * 3_600_000 + 1], "cannot span more than 24 hours"],
    ["no events", [], "Member must have length"],
  ])("refuses %s", async (_, times, message) => {
    const { clock, sdk } = await withStream();
    const logEvents = times.map((time) => ({ timestamp: clock.now() - 48 * 3_600_000 + time, message: "a" }));

    const error = await failureOf(sdk.send(new PutLogEventsCommand({ ...names, logEvents })));

    expect(error).toMatchObject({
      name: "InvalidParameterException",
      message: expect.stringContaining(message),
    });
  });
});

describe("groups and streams", () => {
  test("are described in the requested order", async () => {
    const { clock, logs, sdk } = await setUp();
    logs.append("/b", "one", ["x"]);
    await clock.advance(1000);
    logs.append("/a", "two", ["x"]);
    logs.append("/b", "newest", ["x"]);

    const groups = await sdk.send(new DescribeLogGroupsCommand({}));
    const streams = await sdk.send(
      new DescribeLogStreamsCommand({ logGroupName: "/b", orderBy: "LastEventTime", descending: true }),
    );

    expect(groups.logGroups).toMatchObject([
      { logGroupName: "/a", arn: "arn:aws:logs:us-east-1:111122223333:log-group:/a:*" },
      { logGroupName: "/b" },
    ]);
    expect(streams.logStreams).toMatchObject([
      { logStreamName: "newest", lastEventTimestamp: clock.now() },
      { logStreamName: "one", arn: "arn:aws:logs:us-east-1:111122223333:log-group:/b:log-stream:one" },
    ]);
  });

  test("cannot be created twice", async () => {
    const { logs, sdk } = await setUp();
    logs.append(names.logGroupName, names.logStreamName, []);

    const group = await failureOf(sdk.send(new CreateLogGroupCommand({ logGroupName: names.logGroupName })));
    const stream = await failureOf(sdk.send(new CreateLogStreamCommand(names)));

    expect([group, stream]).toMatchObject([
      { name: "ResourceAlreadyExistsException" },
      { name: "ResourceAlreadyExistsException" },
    ]);
  });
});

import {
  FilterLogEvents$,
  type FilterLogEventsRequest,
  type FilterLogEventsResponse,
  GetLogEvents$,
  type GetLogEventsRequest,
  type GetLogEventsResponse,
  PutLogEvents$,
  type PutLogEventsRequest,
  type PutLogEventsResponse,
} from "@aws-sdk/client-cloudwatch-logs";
import { notInLocalAws } from "../../protocol/errors.ts";
import { type Operation, operation, type Parsed } from "../../protocol/service.ts";
import { paginate } from "../../protocol/pagination.ts";
import { invalid } from "./errors.ts";
import { compileFilterPattern } from "./filter-pattern.ts";
import type { LogEvent, LogGroups, LogsWorld } from "./state.ts";

const hourMs = 60 * 60 * 1000;
const maxBatchBytes = 1_048_576;
/** Size that AWS adds to each event's message. */
const eventOverheadBytes = 26;
const maxEvents = 10_000;

/** The operations on log events. */
export function eventOperations(world: LogsWorld, groups: LogGroups): Readonly<Record<string, Operation>> {
  return {
    PutLogEvents: operation<PutLogEventsRequest, PutLogEventsResponse>(
      PutLogEvents$,
      // The sequence token is accepted and ignored, as at AWS.
      ["logGroupName", "logStreamName", "logEvents", "sequenceToken"],
      (input) => putLogEvents(world, groups, input),
    ),
    GetLogEvents: operation<GetLogEventsRequest, GetLogEventsResponse>(
      GetLogEvents$,
      ["logGroupName", "logStreamName", "startTime", "endTime", "nextToken", "limit", "startFromHead"],
      (input) => getLogEvents(groups, input),
    ),
    FilterLogEvents: operation<FilterLogEventsRequest, FilterLogEventsResponse>(
      FilterLogEvents$,
      // Since 2019 AWS ignores `interleaved`: events of all streams are interleaved.
      [
        "logGroupName",
        "logStreamNames",
        "logStreamNamePrefix",
        "startTime",
        "endTime",
        "filterPattern",
        "limit",
        "nextToken",
        "interleaved",
      ],
      (input) => filterLogEvents(groups, input),
    ),
  };
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html for the limits. */
function putLogEvents(world: LogsWorld, groups: LogGroups, input: Parsed<PutLogEventsRequest>): PutLogEventsResponse {
  const stream = groups.stream(input.logGroupName, input.logStreamName);
  refuseBatch(input.logEvents);
  const now = world.clock.now();
  const tooNew = input.logEvents.findIndex(({ timestamp }) => timestamp > now + 2 * hourMs);
  const oldEnough = input.logEvents.findIndex(({ timestamp }) => timestamp >= now - 14 * 24 * hourMs);
  const from = oldEnough === -1 ? input.logEvents.length : oldEnough;
  const to = tooNew === -1 ? input.logEvents.length : tooNew;
  groups.write(stream, input.logEvents.slice(from, to));
  if (from === 0 && tooNew === -1) return {};
  return {
    rejectedLogEventsInfo: {
      ...(from === 0 ? {} : { tooOldLogEventEndIndex: from }),
      ...(tooNew === -1 ? {} : { tooNewLogEventStartIndex: tooNew }),
    },
  };
}

function refuseBatch(events: Parsed<PutLogEventsRequest>["logEvents"]): void {
  const sizeBytes = events.reduce((sum, { message }) => sum + Buffer.byteLength(message) + eventOverheadBytes, 0);
  if (sizeBytes > maxBatchBytes) {
    throw invalid(`Upload too large: ${sizeBytes} bytes exceeds limit of ${maxBatchBytes}`);
  }
  const times = events.map(({ timestamp }) => timestamp);
  if (times.some((time, index) => time < (times[index - 1] ?? time))) {
    throw invalid("Log events in a single PutLogEvents request must be in chronological order.");
  }
  if ((times.at(-1) ?? 0) - (times[0] ?? 0) > 24 * hourMs) {
    throw invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
  }
}

/** Tokens contain a page's edge: `f/` continues after the page, `b/` before it. At an end of the stream the token repeats. */
function getLogEvents(groups: LogGroups, input: Parsed<GetLogEventsRequest>): GetLogEventsResponse {
  if (input.logGroupName === undefined) throw notInLocalAws("GetLogEvents without logGroupName");
  const events = inTime(groups.stream(input.logGroupName, input.logStreamName).events, input.startTime, input.endTime);
  const limit = input.limit ?? maxEvents;
  const edge = edgeOf(input.nextToken, input.startFromHead === true, events.length);
  const from = edge.forward ? edge.index : edge.index - countThatFit(events.slice(0, edge.index).reverse(), limit);
  const to = edge.forward ? edge.index + countThatFit(events.slice(edge.index), limit) : edge.index;
  return {
    events: events
      .slice(from, to)
      .map(({ timestamp, ingestionTime, message }) => ({ timestamp, ingestionTime, message })),
    nextForwardToken: `f/${tokenDigits(to)}/s`,
    nextBackwardToken: `b/${tokenDigits(from)}/s`,
  };
}

/** The number of events, counted from the first, that fit into one answer. */
function countThatFit(events: readonly LogEvent[], limit: number): number {
  let sizeBytes = 0;
  const tooMany = events.slice(0, limit).findIndex(({ message }) => {
    sizeBytes += Buffer.byteLength(message) + eventOverheadBytes;
    return sizeBytes > maxBatchBytes;
  });
  // One event always fits into an answer: PutLogEvents has the same size limit.
  return tooMany === -1 ? Math.min(events.length, limit) : Math.max(1, tooMany);
}

function edgeOf(token: string | undefined, fromHead: boolean, count: number): { forward: boolean; index: number } {
  if (token === undefined) return fromHead ? { forward: true, index: 0 } : { forward: false, index: count };
  const [, direction, digits] = /^([fb])\/(\d{56})\/s$/.exec(token) ?? [];
  const index = Number(digits);
  if (direction === undefined || index > count) throw invalid("The specified nextToken is invalid.");
  return { forward: direction === "f", index };
}

/** As long as AWS's tokens and ids, so that callers do not truncate them. */
function tokenDigits(index: number): string {
  return String(index).padStart(56, "0");
}

/** Unlike GetLogEvents, FilterLogEvents includes events at `endTime`. */
function filterLogEvents(groups: LogGroups, input: Parsed<FilterLogEventsRequest>): FilterLogEventsResponse {
  if (input.logGroupName === undefined) throw notInLocalAws("FilterLogEvents without logGroupName");
  const { logStreamNames: names, logStreamNamePrefix: prefix = "", startTime, endTime = Infinity } = input;
  if (names !== undefined && prefix !== "") {
    throw invalid("LogStreamNames and LogStreamNamePrefix are mutually exclusive.");
  }
  const matches = compileFilterPattern(input.filterPattern ?? "");
  const events = [...groups.group(input.logGroupName).streams.values()]
    .filter(({ name }) => names?.includes(name) ?? name.startsWith(prefix))
    .flatMap((stream) =>
      inTime(stream.events, startTime, endTime + 1).map((event) => ({ ...event, logStreamName: stream.name })),
    )
    .filter(({ message }) => matches(message))
    .sort((a, b) => a.timestamp - b.timestamp || a.id - b.id);
  const { items, nextToken } = paginate(events, {
    // At AWS also 1 MB of events ends a page; here only their number does.
    size: input.limit ?? maxEvents,
    nextToken: input.nextToken,
    invalidToken: invalid("The specified nextToken is invalid."),
  });
  return {
    events: items.map(({ id, ...event }) => ({ ...event, eventId: tokenDigits(id) })),
    searchedLogStreams: [],
    nextToken,
  };
}

function inTime(events: readonly LogEvent[], from = 0, before = Infinity): readonly LogEvent[] {
  if (from === 0 && before === Infinity) return events;
  return events.filter(({ timestamp }) => timestamp >= from && timestamp < before);
}

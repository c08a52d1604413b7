import {
  PutEvents$,
  type PutEventsRequest,
  type PutEventsRequestEntry,
  type PutEventsResponse,
  type PutEventsResultEntry,
} from "@aws-sdk/client-eventbridge";
import { isJsonObject } from "../../protocol/json.ts";
import { type Operation, operation, type Parsed } from "../../protocol/service.ts";
import type { Bus } from "./bus.ts";
import { invalid } from "./errors.ts";
import { refuseOtherBus } from "./rules.ts";
import type { EventBridgeState } from "./state.ts";

/** PutEvents: an invalid entry fails alone; the request itself succeeds. */
export function putEventsOperation(state: EventBridgeState, bus: Bus): Operation {
  return operation<PutEventsRequest, PutEventsResponse>(PutEvents$, ["Entries"], ({ Entries }) => {
    if (Entries.reduce((sum, entry) => sum + sizeOf(entry), 0) > maxBytes) {
      throw invalid("Total size of the entries in the request is over the limit.");
    }
    for (const { EventBusName } of Entries) refuseOtherBus(state, EventBusName);
    const results = Entries.map((entry) => putEvent(bus, entry));
    return { FailedEntryCount: results.filter((result) => result.ErrorCode !== undefined).length, Entries: results };
  });
}

/**
 * Maximum size of all entries of a request together: 256 KB until January 2026.
 *
 * @see https://aws.amazon.com/about-aws/whats-new/2026/01/amazon-eventbridge-increases-event-payload-size-256-kb-1-mb/
 */
const maxBytes = 1024 * 1024;

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size */
function sizeOf({ Time, Source = "", DetailType = "", Detail = "", Resources = [] }: Entry): number {
  const timeBytes = Time === undefined ? 0 : 14;
  return [Source, DetailType, Detail, ...Resources].reduce((sum, text) => sum + Buffer.byteLength(text), timeBytes);
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html */
const maxDetailTypeCharacters = 128;

type Entry = Parsed<PutEventsRequestEntry>;

function putEvent(bus: Bus, entry: Entry): PutEventsResultEntry {
  const { Source, DetailType, Detail } = entry;
  if (!Source) return missing("Source");
  if (!DetailType) return missing("DetailType");
  if (!Detail) return missing("Detail");
  if (DetailType.length > maxDetailTypeCharacters) {
    return invalidArgument("DetailType", `Length must be at most ${maxDetailTypeCharacters} characters.`);
  }
  if (Source.startsWith("aws.")) {
    return { ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: "Not authorized for the source." };
  }
  const detail = jsonObject(Detail);
  if (detail === undefined) return { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
  const event = { source: Source, detailType: DetailType, resources: entry.Resources ?? [], detail };
  return { EventId: bus.publish(entry.Time === undefined ? event : { ...event, time: entry.Time }) };
}

function missing(parameter: string): PutEventsResultEntry {
  return invalidArgument(parameter, `${parameter} is a required argument.`);
}

function invalidArgument(parameter: string, reason: string): PutEventsResultEntry {
  return { ErrorCode: "InvalidArgument", ErrorMessage: `Parameter ${parameter} is not valid. Reason: ${reason}` };
}

function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return isJsonObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

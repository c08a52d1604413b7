import {
  PutEvents$,
  type PutEventsRequest,
  type PutEventsRequestEntry,
  type PutEventsResponse,
  type PutEventsResultEntry,
} from "@aws-sdk/client-eventbridge";
import { notInLocalAws } from "../../protocol/errors.ts";
import { isJsonObject } from "../../protocol/json.ts";
import { type Operation, operation, type Parsed } from "../../protocol/service.ts";
import type { World } from "../../world/world.ts";
import type { Bus } from "./bus.ts";
import { invalid } from "./errors.ts";

/** PutEvents: an invalid entry fails alone; the request itself succeeds. */
export function putEventsOperation(world: Pick<World, "region" | "accountId">, bus: Bus): Operation {
  return operation<PutEventsRequest, PutEventsResponse>(PutEvents$, ["Entries"], ({ Entries }) => {
    if (Entries.length < 1 || Entries.length > 10) {
      throw invalid(
        "1 validation error detected: Value at 'entries' failed to satisfy constraint: " +
          "Member must have length between 1 and 10",
      );
    }
    for (const entry of Entries) refuseUnimplemented(world, entry);
    const results = Entries.map((entry) => putEvent(bus, entry));
    return { FailedEntryCount: results.filter((result) => result.ErrorCode !== undefined).length, Entries: results };
  });
}

type Entry = Parsed<PutEventsRequestEntry>;

function refuseUnimplemented(world: Pick<World, "region" | "accountId">, entry: Entry): void {
  const bus = entry.EventBusName ?? "default";
  if (bus !== "default" && bus !== `arn:aws:events:${world.region}:${world.accountId}:event-bus/default`) {
    throw notInLocalAws(`the event bus '${bus}'`);
  }
}

function putEvent(bus: Bus, entry: Entry): PutEventsResultEntry {
  const { Source, DetailType, Detail } = entry;
  if (!Source) return missing("Source");
  if (!DetailType) return missing("DetailType");
  if (!Detail) return missing("Detail");
  if (Source.startsWith("aws.")) {
    return { ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: "Not authorized for the source." };
  }
  const detail = jsonObject(Detail);
  if (detail === undefined) return { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
  const event = { source: Source, detailType: DetailType, resources: entry.Resources ?? [], detail };
  return { EventId: bus.publish(entry.Time === undefined ? event : { ...event, time: entry.Time }) };
}

function missing(parameter: string): PutEventsResultEntry {
  return {
    ErrorCode: "InvalidArgument",
    ErrorMessage: `Parameter ${parameter} is not valid. Reason: ${parameter} is a required argument.`,
  };
}

function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return isJsonObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

import { PutEventsCommand, EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { SideEffectError } from "@lockmaster/core/lib/errors.ts";
import type { DomainEvents } from "@lockmaster/core/notify/ports.ts";
import { clientOptions, type CallLimits } from "../lib/client-options.ts";

/** @param limits of one call; the default suits a step of the state machine */
export const eventbridgeClient = (limits?: CallLimits) => new EventBridgeClient(clientOptions(limits));

/**
 * Publishes to the account's default event bus.
 *
 * Whatever goes wrong is a SideEffectError EVENT_NOT_PUBLISHED: what an event tells of has been committed before.
 */
export function eventbridgeEvents(client: EventBridgeClient): DomainEvents {
  return {
    async publish(detailType, detail) {
      const entry = { Source: "lockmaster", DetailType: detailType, Detail: JSON.stringify(detail) };
      const answer = await client.send(new PutEventsCommand({ Entries: [entry] })).catch((cause: unknown) => {
        throw notPublished(detailType, cause instanceof Error ? `${cause.name}: ${cause.message}` : "unknown", cause);
      });
      // A refused entry is told inside an answer of status 200.
      if ((answer.FailedEntryCount ?? 0) === 0) return;
      const refused = answer.Entries?.[0];
      throw notPublished(detailType, `${refused?.ErrorCode}: ${refused?.ErrorMessage}`);
    },
  };
}

const notPublished = (detailType: string, why: string, cause?: unknown) =>
  new SideEffectError(`the event ${detailType} could not be published: ${why}`, { code: "EVENT_NOT_PUBLISHED", cause });

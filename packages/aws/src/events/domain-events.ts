import { PutEventsCommand, EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { SideEffectError } from "@lockmaster/core/lib/errors.ts";
import type { DomainEvents } from "@lockmaster/core/notify/ports.ts";
import { clientOptions, type CallLimits } from "../lib/client-options.ts";

/** @param limits of one call; the default suits a step of the state machine */
export const eventbridgeClient = (limits?: CallLimits) => new EventBridgeClient(clientOptions(limits));

/**
 * Publishes to the account's default event bus.
 *
 * Every error is a SideEffectError EVENT_NOT_PUBLISHED: the outcome that an event reports is already recorded.
 */
export function eventbridgeEvents(client: EventBridgeClient): DomainEvents {
  return {
    async publish(detailType, detail) {
      const entry = { Source: "lockmaster", DetailType: detailType, Detail: JSON.stringify(detail) };
      const answer = await client.send(new PutEventsCommand({ Entries: [entry] })).catch((cause: unknown) => {
        throw notPublished(
          detailType,
          cause instanceof Error ? `${cause.name}: ${cause.message}` : "unknown error",
          cause,
        );
      });
      // EventBridge reports a rejected entry in an answer of status 200.
      if (answer.Entries === undefined) throw notPublished(detailType, "EventBridge's answer does not have the entry");
      if ((answer.FailedEntryCount ?? 0) === 0) return;
      const rejected = answer.Entries?.[0];
      throw notPublished(detailType, `${rejected?.ErrorCode}: ${rejected?.ErrorMessage}`);
    },
  };
}

const notPublished = (detailType: string, why: string, cause?: unknown) =>
  new SideEffectError(`the event ${detailType} could not be published: ${why}`, { code: "EVENT_NOT_PUBLISHED", cause });

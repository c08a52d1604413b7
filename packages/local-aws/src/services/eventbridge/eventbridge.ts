import type { LocalService } from "../../protocol/service.ts";
import type { Scenario } from "../../scenario/scenario.ts";
import type { ServiceEvent } from "../../world/world.ts";
import { eventBridgeAccess } from "./access.ts";
import { eventBridgeConstraints } from "./constraints.ts";
import { type Bus, type BusWorld, createBus } from "./bus.ts";
import { putEventsOperation } from "./put-events.ts";
import { ruleOperations } from "./rules.ts";
import { createSchedules } from "./schedule.ts";
import { ruleSwitchOperations } from "./rule-switch.ts";
import type { EventBridgeState } from "./state.ts";

export type EventBridge = {
  service: LocalService;
  /** Implements `World.emit`. */
  emit(event: ServiceEvent): void;
  /** Calls `listener` for every accepted event, whether or not a rule matches it. */
  onEvent: Bus["onEvent"];
  /** Ends the schedules. */
  close(): void;
};

/** EventBridge's default bus, with rules that match events or have a schedule, and Lambda functions as targets. */
export function createEventBridge(world: BusWorld, scenario: Pick<Scenario, "events"> = { events: [] }): EventBridge {
  const busArn = `arn:aws:events:${world.region}:${world.accountId}:event-bus/default`;
  const state: EventBridgeState = { busArn, rules: new Map() };
  const bus = createBus(world, state, scenario.events);
  const schedules = createSchedules(world, bus.send);
  return {
    service: {
      name: "events",
      api: {
        protocol: "json",
        targetPrefix: "AWSEvents",
        jsonVersion: "1.1",
        constraints: eventBridgeConstraints,
        operations: {
          ...ruleOperations(world, state, schedules),
          ...ruleSwitchOperations(state),
          PutEvents: putEventsOperation(state, bus),
        },
      },
      access: eventBridgeAccess,
    },
    emit: (event) => void bus.publish(event),
    onEvent: bus.onEvent,
    close: schedules.close,
  };
}

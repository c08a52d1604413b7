import {
  DisableRule$,
  type DisableRuleRequest,
  EnableRule$,
  type EnableRuleRequest,
} from "@aws-sdk/client-eventbridge";
import { type Operation, operation } from "../../protocol/service.ts";
import { findRule } from "./rules.ts";
import type { EventBridgeState } from "./state.ts";

/** A rule that is off hears of nothing, and nothing is kept for it. */
export function ruleSwitchOperations(state: EventBridgeState): Readonly<Record<string, Operation>> {
  const turn = ({ Name, EventBusName }: { Name: string; EventBusName?: string | undefined }, enabled: boolean) => {
    findRule(state, Name, EventBusName).enabled = enabled;
    return {};
  };
  return {
    DisableRule: operation<DisableRuleRequest, object>(DisableRule$, ["Name", "EventBusName"], (input) =>
      turn(input, false),
    ),
    EnableRule: operation<EnableRuleRequest, object>(EnableRule$, ["Name", "EventBusName"], (input) =>
      turn(input, true),
    ),
  };
}

import {
  DisableRule$,
  type DisableRuleRequest,
  EnableRule$,
  type EnableRuleRequest,
} from "@aws-sdk/client-eventbridge";
import { type Operation, operation } from "../../protocol/service.ts";
import { findRule } from "./rules.ts";
import type { EventBridgeState } from "./state.ts";

/** DisableRule and EnableRule. EventBridge does not deliver later the events that a disabled rule missed. */
export function ruleSwitchOperations(state: EventBridgeState): Readonly<Record<string, Operation>> {
  const setEnabled = (
    { Name, EventBusName }: { Name: string; EventBusName?: string | undefined },
    enabled: boolean,
  ) => {
    findRule(state, Name, EventBusName).enabled = enabled;
    return {};
  };
  return {
    DisableRule: operation<DisableRuleRequest, object>(DisableRule$, ["Name", "EventBusName"], (input) =>
      setEnabled(input, false),
    ),
    EnableRule: operation<EnableRuleRequest, object>(EnableRule$, ["Name", "EventBusName"], (input) =>
      setEnabled(input, true),
    ),
  };
}

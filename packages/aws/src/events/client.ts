import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { clientOptions, type CallLimits } from "../lib/client-options.ts";

/** @param limits how long one call may take; the default suits a step of the state machine */
export const eventbridgeClient = (limits?: CallLimits) => new EventBridgeClient(clientOptions(limits));

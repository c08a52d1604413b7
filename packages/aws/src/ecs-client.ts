import { ECSClient } from "@aws-sdk/client-ecs";
import { clientOptions, type CallLimits } from "./client-options.ts";

/** @param limits how long one call may take; the default suits a step of the state machine */
export const ecsClient = (limits?: CallLimits) => new ECSClient(clientOptions(limits));

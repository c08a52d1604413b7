import { SFNClient } from "@aws-sdk/client-sfn";
import { clientOptions, type CallLimits } from "../lib/client-options.ts";

/** @param limits how long one call may take; the default suits a step of the state machine */
export const sfnClient = (limits?: CallLimits) => new SFNClient(clientOptions(limits));

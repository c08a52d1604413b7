import { STSClient } from "@aws-sdk/client-sts";
import { clientOptions, type CallLimits } from "../lib/client-options.ts";

/** @param limits how long one call may take; the default suits a step of the state machine */
export const stsClient = (limits?: CallLimits) => new STSClient(clientOptions(limits));

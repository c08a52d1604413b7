import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { clientOptions, type CallLimits } from "./client-options.ts";

/** @param limits how long one call may take; the default suits a step of the state machine */
export const logsClient = (limits?: CallLimits) => new CloudWatchLogsClient(clientOptions(limits));

import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { clientOptions, type ClientTarget } from "../lib/client-options.ts";

/** @param place of the environment; Lockmaster's own when absent */
export const logsClient = (place?: ClientTarget) => new CloudWatchLogsClient(clientOptions(undefined, place));

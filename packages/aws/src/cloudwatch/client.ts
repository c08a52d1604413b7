import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { clientOptions, type ClientTarget } from "../lib/client-options.ts";

/** @param place of the environment; Lockmaster's own when absent */
export const cloudwatchClient = (place?: ClientTarget) => new CloudWatchClient(clientOptions(undefined, place));

import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { clientOptions, type ClientPlace } from "../lib/client-options.ts";

/** @param place of the environment; Lockmaster's own when absent */
export const cloudwatchClient = (place?: ClientPlace) => new CloudWatchClient(clientOptions(undefined, place));

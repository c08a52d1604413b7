import { ECSClient } from "@aws-sdk/client-ecs";
import { clientOptions, type ClientPlace } from "../lib/client-options.ts";

/** @param place of the environment; Lockmaster's own when absent */
export const ecsClient = (place?: ClientPlace) => new ECSClient(clientOptions(undefined, place));

import { ECSClient } from "@aws-sdk/client-ecs";
import { clientOptions, type ClientTarget } from "../lib/client-options.ts";

/** @param place of the environment; Lockmaster's own when absent */
export const ecsClient = (place?: ClientTarget) => new ECSClient(clientOptions(undefined, place));

import { ECSClient } from "@aws-sdk/client-ecs";
import { clientOptions, type ClientTarget } from "../lib/client-options.ts";

/** @param target the account and region to act in; Lockmaster's own when absent */
export const ecsClient = (target?: ClientTarget) => new ECSClient(clientOptions(undefined, target));

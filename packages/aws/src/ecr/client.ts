import { ECRClient } from "@aws-sdk/client-ecr";
import { clientOptions, type CallLimits } from "../lib/client-options.ts";

/** @param limits of one call; the default suits a step of the state machine */
export const ecrClient = (limits?: CallLimits) => new ECRClient(clientOptions(limits));

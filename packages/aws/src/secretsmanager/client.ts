import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { clientOptions, type CallLimits } from "../lib/client-options.ts";

/** @param limits how long one call may take; the default suits a step of the state machine */
export const secretsManagerClient = (limits?: CallLimits) => new SecretsManagerClient(clientOptions(limits));

import { CodeBuildClient } from "@aws-sdk/client-codebuild";
import { clientOptions, type CallLimits } from "../lib/client-options.ts";

/** @param limits how long one call may take; the default suits a step of the state machine */
export const codebuildClient = (limits?: CallLimits) => new CodeBuildClient(clientOptions(limits));

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { clientOptions, type CallLimits } from "../lib/client-options.ts";

/** @param limits how long one call may take; the default suits a step of the state machine */
export const dynamodbClient = (limits?: CallLimits) => new DynamoDBClient(clientOptions(limits));

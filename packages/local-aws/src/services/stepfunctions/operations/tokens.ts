import {
  SendTaskFailure$,
  SendTaskHeartbeat$,
  SendTaskSuccess$,
  type SendTaskFailureInput,
  type SendTaskFailureOutput,
  type SendTaskHeartbeatInput,
  type SendTaskHeartbeatOutput,
  type SendTaskSuccessInput,
  type SendTaskSuccessOutput,
} from "@aws-sdk/client-sfn";
import { AwsError } from "../../../protocol/errors.ts";
import { operation, type Operation } from "../../../protocol/service.ts";
import { StateError } from "../language/errors.ts";
import { parseJson, type Json } from "../language/json.ts";
import type { Store } from "./store.ts";

/** SendTaskSuccess, SendTaskFailure, SendTaskHeartbeat. */
export function tokenOperations({ tokens }: Store): Record<string, Operation> {
  return {
    SendTaskSuccess: operation<SendTaskSuccessInput, SendTaskSuccessOutput>(
      SendTaskSuccess$,
      ["taskToken", "output"],
      ({ taskToken, output }) => {
        const value = parseOutput(output);
        tokens.waitingTask(taskToken).succeed(value);
        return {};
      },
    ),
    SendTaskFailure: operation<SendTaskFailureInput, SendTaskFailureOutput>(
      SendTaskFailure$,
      ["taskToken", "error", "cause"],
      ({ taskToken, error, cause }) => {
        tokens.waitingTask(taskToken).fail(new StateError(error, cause));
        return {};
      },
    ),
    SendTaskHeartbeat: operation<SendTaskHeartbeatInput, SendTaskHeartbeatOutput>(
      SendTaskHeartbeat$,
      ["taskToken"],
      ({ taskToken }) => {
        tokens.waitingTask(taskToken).recordHeartbeat();
        return {};
      },
    ),
  };
}

function parseOutput(output: string): Json {
  try {
    return parseJson(output);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new AwsError("InvalidOutput", `Invalid Output: '${problem}'`);
  }
}

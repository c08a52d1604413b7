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
import { DATA_LIMIT_BYTES, StateError } from "../language/errors.ts";
import { parseJson, type Json } from "../language/json.ts";
import type { Store } from "./store.ts";
import { checkLength, MAX_CAUSE_CHARACTERS, MAX_ERROR_CHARACTERS } from "./lengths.ts";

/** SendTaskSuccess, SendTaskFailure, SendTaskHeartbeat. */
export function tokenOperations({ tokens }: Store): Record<string, Operation> {
  return {
    SendTaskSuccess: operation<SendTaskSuccessInput, SendTaskSuccessOutput>(
      SendTaskSuccess$,
      ["taskToken", "output"],
      ({ taskToken, output }) => {
        checkLength("output", output, DATA_LIMIT_BYTES);
        const value = parseOutput(output);
        tokens.waitingTask(taskToken).succeed(value);
        return {};
      },
    ),
    SendTaskFailure: operation<SendTaskFailureInput, SendTaskFailureOutput>(
      SendTaskFailure$,
      ["taskToken", "error", "cause"],
      ({ taskToken, error, cause }) => {
        checkLength("error", error ?? "", MAX_ERROR_CHARACTERS);
        checkLength("cause", cause ?? "", MAX_CAUSE_CHARACTERS);
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

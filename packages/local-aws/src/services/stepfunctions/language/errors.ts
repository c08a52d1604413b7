import { AwsError } from "../../../protocol/errors.ts";
import type { Json } from "./json.ts";

/** Maximum size in bytes of UTF-8 of an input or output of a state, a task or an execution. */
export const DATA_LIMIT_BYTES = 262_144;

/**
 * The failure of a state, with its ASL error name. Both members are optional because a Fail state can omit them.
 *
 * Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
 */
export class StateError extends Error {
  override readonly name = "StateError";
  readonly error: string | undefined;
  readonly explanation: string | undefined;
  /** A second name that `ErrorEquals` matches. */
  readonly alias: string | undefined;

  constructor(error: string | undefined, explanation: string | undefined, alias?: string) {
    super(`${error ?? "(no error)"}: ${explanation ?? "(no cause)"}`);
    this.error = error;
    this.explanation = explanation;
    this.alias = alias;
  }

  /** `$states.errorOutput`, and the default output of a Catch. */
  toOutput(): Json {
    return {
      ...(this.error === undefined ? {} : { Error: this.error }),
      ...(this.explanation === undefined ? {} : { Cause: this.explanation }),
    };
  }

  /** As in the details of an event. */
  toDetails(): { error?: string; cause?: string } {
    return {
      ...(this.error === undefined ? {} : { error: this.error }),
      ...(this.explanation === undefined ? {} : { cause: this.explanation }),
    };
  }
}

/** Thrown in a branch that was aborted. It unwinds the branch and is not recorded. */
export class Aborted extends Error {
  override readonly name = "Aborted";
}

export function dataLimitExceeded(stateOrTask: string): StateError {
  return new StateError(
    "States.DataLimitExceeded",
    `The state/task '${stateOrTask}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  );
}

/** An error of the interpreter about one state, with AWS's message. */
export function stateProblem(error: string, stateName: string, enteredEventId: number, problem: string): StateError {
  return new StateError(
    error,
    `An error occurred while executing the state '${stateName}' (entered at the event id #${enteredEventId}). ${problem}`,
  );
}

/** The error for a definition that AWS refuses or that the local AWS does not implement. */
export function invalidDefinition(code: string, problem: string, path: string): AwsError {
  return new AwsError("InvalidDefinition", `Invalid State Machine Definition: '${code}: ${problem} at ${path}'`);
}

/** The error for a request that violates a constraint of the service's model. */
export function validationError(member: string, value: string, constraint: string): AwsError {
  return new AwsError(
    "ValidationException",
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ${constraint}`,
  );
}

import { AwsError } from "../../../protocol/errors.ts";
import type { Json } from "./json.ts";

/** Bytes of UTF-8 that a state, a task or an execution may take in or put out. */
export const DATA_LIMIT_BYTES = 262_144;

/**
 * A state failed, with an error as ASL names it. Both members are optional because a Fail state may give neither.
 *
 * Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
 */
export class StateError extends Error {
  override readonly name = "StateError";
  readonly error: string | undefined;
  readonly explanation: string | undefined;
  /** A second name that matches in `ErrorEquals`. */
  readonly alias: string | undefined;

  constructor(error: string | undefined, explanation: string | undefined, alias?: string) {
    super(`${error ?? "(no error)"}: ${explanation ?? "(no cause)"}`);
    this.error = error;
    this.explanation = explanation;
    this.alias = alias;
  }

  /** `$states.errorOutput`, and what a Catch passes on by default. */
  toOutput(): Json {
    return {
      ...(this.error === undefined ? {} : { Error: this.error }),
      ...(this.explanation === undefined ? {} : { Cause: this.explanation }),
    };
  }

  /** As the details of an event hold it. */
  toDetails(): { error?: string; cause?: string } {
    return {
      ...(this.error === undefined ? {} : { error: this.error }),
      ...(this.explanation === undefined ? {} : { cause: this.explanation }),
    };
  }
}

/** The thread that sees this has been stopped from outside: it unwinds without a trace. */
export class Aborted extends Error {
  override readonly name = "Aborted";
}

export function dataLimitExceeded(stateOrTask: string): StateError {
  return new StateError(
    "States.DataLimitExceeded",
    `The state/task '${stateOrTask}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  );
}

/** An error of the interpreter about one state, worded as AWS does. */
export function stateProblem(error: string, stateName: string, enteredEventId: number, problem: string): StateError {
  return new StateError(
    error,
    `An error occurred while executing the state '${stateName}' (entered at the event id #${enteredEventId}). ${problem}`,
  );
}

/** The refusal of a definition, by AWS or because the local AWS does not run it. */
export function invalidDefinition(code: string, problem: string, path: string): AwsError {
  return new AwsError("InvalidDefinition", `Invalid State Machine Definition: '${code}: ${problem} at ${path}'`);
}

/** A request that breaks a constraint of the service's model. */
export function validationError(member: string, value: string, constraint: string): AwsError {
  return new AwsError(
    "ValidationException",
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ${constraint}`,
  );
}

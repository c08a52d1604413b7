import * as v from "valibot";
import { errorCodes, type ErrorCode } from "../lib/errors.ts";
import type { Failure } from "../contract/steps.ts";

/** Lambda reports an error to Step Functions as JSON inside the cause. */
const LambdaCause = v.pipe(v.string(), v.parseJson(), v.object({ errorMessage: v.string() }));

/** Why a release failed: for people in one line, for machines as a code. */
export type FailureReason = { code: ErrorCode; message: string };

/**
 * Reads the failure that the state machine caught; its cause may have the error's name before it.
 *
 * @returns the message without its leading code; STEP_FAILED for what did not come from a step of Lockmaster's
 */
export function failureReason({ error, cause }: v.InferOutput<typeof Failure>): FailureReason {
  const parsed = v.safeParse(LambdaCause, cause.replace(/^[\w.]+: (?=\{)/, ""));
  const message = (parsed.success ? parsed.output.errorMessage : cause).replaceAll(/\s+/g, " ").trim();
  const code = errorCodes.find((known) => message.startsWith(`${known}: `));
  if (code !== undefined) return { code, message: withoutFullStop(message.slice(code.length + 2)) };
  return { code: "STEP_FAILED", message: withoutFullStop(message === "" ? error : `${error}: ${message}`) };
}

/** So that a sentence can follow. */
const withoutFullStop = (message: string): string => message.replace(/[.\s]+$/, "");

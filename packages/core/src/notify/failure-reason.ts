import * as v from "valibot";
import { errorCodes, type ErrorCode } from "../lib/errors.ts";
import type { Failure } from "../contract/steps.ts";

/** The cause that Lambda reports to Step Functions: the error as JSON. */
const LambdaCause = v.pipe(v.string(), v.parseJson(), v.object({ errorMessage: v.string() }));

/** Why a release failed: a code, and one line for the operator. */
export type FailureReason = { code: ErrorCode; message: string };

/**
 * Reads the failure that the state machine caught. The cause may begin with the error's name.
 *
 * @returns the message without its leading code; STEP_FAILED when the error has no code of Lockmaster
 */
export function failureReason({ error, cause }: v.InferOutput<typeof Failure>): FailureReason {
  const parsed = v.safeParse(LambdaCause, cause.replace(/^[\w.]+: (?=\{)/, ""));
  const message = (parsed.success ? parsed.output.errorMessage : cause).replaceAll(/\s+/g, " ").trim();
  const code = errorCodes.find((known) => message.startsWith(`${known}: `));
  if (code !== undefined) return { code, message: withoutFullStop(message.slice(code.length + 2)) };
  return { code: "STEP_FAILED", message: withoutFullStop(message === "" ? error : `${error}: ${message}`) };
}

/** Lets another sentence follow. */
const withoutFullStop = (message: string): string => message.replace(/[.\s]+$/, "");

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
  const message = messageIn(cause.replace(/^[\w.]+: (?=\{)/, ""))
    .replaceAll(/\s+/g, " ")
    .trim();
  const code = errorCodes.find((known) => message.startsWith(`${known}: `));
  if (code !== undefined) return { code, message: withoutFullStop(message.slice(code.length + 2)) };
  return { code: "STEP_FAILED", message: withoutFullStop(message === "" ? error : `${error}: ${message}`) };
}

/** The state machine may have cut the JSON, within the message or after it. */
function messageIn(cause: string): string {
  const parsed = v.safeParse(LambdaCause, cause);
  if (parsed.success) return parsed.output.errorMessage;
  const [, cut] = /^\{"errorType":"[^"]*","errorMessage":"((?:[^"\\]|\\(?:u[0-9a-f]{4}|[^u]))*)/.exec(cause) ?? [];
  return cut === undefined ? cause : String(JSON.parse(`"${cut}"`));
}

/** Lets another sentence follow. */
const withoutFullStop = (message: string): string => message.replace(/[.\s]+$/, "");

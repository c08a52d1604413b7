import { RejectedError, RetryableError } from "@lockmaster/core/lib/errors.ts";

/** What was asked of AWS, for the message: an IAM action (`ecs:UpdateService`) and what it acts on. */
export type AwsCall = { action: string; resource: string };

/** Names under which AWS's services and the SDK report what passes by itself, beside status 429 and 5xx. */
const passing = new Set([
  "Throttling",
  "ThrottlingException",
  "ThrottledException",
  "RequestThrottled",
  "RequestThrottledException",
  "RequestLimitExceeded",
  "ProvisionedThroughputExceededException",
  "TooManyRequestsException",
  "RequestTimeout",
  "RequestTimeoutException",
  "TimeoutError",
  "ServerException",
  "InternalFailure",
  "InternalServerError",
  "ServiceUnavailable",
  "ServiceUnavailableException",
]);

/** Node's codes for a connection that could not be made or did not last. */
const connectionTrouble = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);

const denied = new Set(["AccessDeniedException", "AccessDenied", "UnauthorizedOperation", "UnauthorizedException"]);

/**
 * Runs a call to AWS and lets through core's errors only.
 *
 * @throws RetryableError AWS_UNAVAILABLE: throttling, time-outs, connections, 5xx
 * @throws RejectedError AWS_REFUSED: every other answer of AWS, with the action, the resource and the remedy
 */
export async function withTranslatedErrors<T>(call: AwsCall, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw translate(error, call);
  }
}

/** The error of core's that an error of the SDK means; anything that did not come from AWS is a bug, and stays what it is. */
export function translate(error: unknown, { action, resource }: AwsCall): unknown {
  if (!(error instanceof Error)) return error;
  if (isPassing(error)) {
    return new RetryableError(`${action} on ${resource} got no answer: ${describe(error)}`, {
      code: "AWS_UNAVAILABLE",
      cause: error,
    });
  }
  if (statusOf(error) === undefined) return error;
  const remedy = denied.has(error.name)
    ? `Allow ${action} on it in the policy of this function's role`
    : "Mend what AWS names";
  return new RejectedError(`${action} on ${resource} was refused: ${describe(error)}. ${remedy}, then redrive.`, {
    code: "AWS_REFUSED",
    cause: error,
  });
}

/** Whether AWS answered with this error. Names, not classes: an adapter and its client may be bundled apart. */
export function isAwsError(error: unknown, ...names: string[]): error is Error {
  return error instanceof Error && names.includes(error.name);
}

function isPassing(error: Error): boolean {
  const status = statusOf(error);
  if (status !== undefined && (status === 429 || status >= 500)) return true;
  if (passing.has(error.name)) return true;
  if ("$retryable" in error && error.$retryable !== undefined) return true;
  return "code" in error && typeof error.code === "string" && connectionTrouble.has(error.code);
}

function statusOf(error: Error): number | undefined {
  if (!("$metadata" in error) || typeof error.$metadata !== "object" || error.$metadata === null) return undefined;
  const { $metadata } = error;
  return "httpStatusCode" in $metadata && typeof $metadata.httpStatusCode === "number"
    ? $metadata.httpStatusCode
    : undefined;
}

const describe = (error: Error): string => `${error.name}: ${error.message}`.replace(/\.+$/, "");

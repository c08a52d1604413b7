import { RejectedError, RetryableError } from "@lockmaster/core/lib/errors.ts";

/** A call to AWS, for the message: an IAM action (`ecs:UpdateService`) and the resource that it acts on. */
export type AwsCall = { action: string; resource: string };

/** Errors of AWS's services and the SDK that a retry can fix; those of status 429 and 5xx need no name. */
const transient = new Set([
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

/** Node's codes for a connection that could not be made or was lost. */
const connectionErrors = new Set([
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
 * Runs a call to AWS and translates AWS's errors into core's.
 *
 * @throws RetryableError AWS_UNAVAILABLE: throttling, timeouts, lost connections, 5xx, answers that the SDK cannot read
 * @throws RejectedError AWS_REFUSED: every other error of AWS, with the action, the resource and the remedy
 */
export async function withTranslatedErrors<T>(call: AwsCall, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw translate(error, call);
  }
}

/** Translates an error of the SDK into one of core's. Any other error is a bug and stays unchanged. */
export function translate(error: unknown, { action, resource }: AwsCall): unknown {
  if (!(error instanceof Error)) return error;
  if (isTransient(error)) {
    return new RetryableError(`${action} on ${resource} failed temporarily: ${describe(error)}`, {
      code: "AWS_UNAVAILABLE",
      cause: error,
    });
  }
  if (statusOf(error) === undefined) return error;
  const isDenied = denied.has(error.name);
  const remedy = isDenied
    ? `Allow ${deniedActionOf(error) ?? action} on it in the policy of this function's role`
    : "Fix the cause that AWS names";
  return new RejectedError(
    `${action} on ${resource} was ${isDenied ? "denied" : "refused"}: ${describe(error)}. ${remedy}, then redrive.`,
    {
      code: "AWS_REFUSED",
      cause: error,
    },
  );
}

/** The action that AWS names as denied. One call can need several: ECR reads Amazon Inspector's findings with the caller's permissions. */
const deniedActionOf = ({ message }: Error): string | undefined =>
  /not authorized to perform:? ([\w-]+:\w+)/.exec(message)?.[1];

/** The error for a successful answer that lacks what AWS always returns, for example an empty one. A retry can fix it. */
export function incompleteAnswer({ action, resource }: AwsCall, missing: string): RetryableError {
  return new RetryableError(`${action} on ${resource} was answered without ${missing}`, { code: "AWS_UNAVAILABLE" });
}

/** What AWS always returns. @throws RetryableError AWS_UNAVAILABLE when a successful answer lacks it */
export function required<T>(value: T | undefined, call: AwsCall, what: string): T {
  if (value === undefined) throw incompleteAnswer(call, what);
  return value;
}

/** Whether this is one of these errors of AWS. Compares names, not classes: the SDK can be bundled twice. */
export function isAwsError(error: unknown, ...names: string[]): error is Error {
  return error instanceof Error && names.includes(error.name);
}

function isTransient(error: Error): boolean {
  const status = statusOf(error);
  // An error with a status below 400 is a successful answer that the SDK could not read.
  if (status !== undefined && (status === 429 || status >= 500 || status < 400)) return true;
  if (transient.has(error.name)) return true;
  if ("$retryable" in error && error.$retryable !== undefined) return true;
  return "code" in error && typeof error.code === "string" && connectionErrors.has(error.code);
}

function statusOf(error: Error): number | undefined {
  if (!("$metadata" in error) || typeof error.$metadata !== "object" || error.$metadata === null) return undefined;
  const { $metadata } = error;
  return "httpStatusCode" in $metadata && typeof $metadata.httpStatusCode === "number"
    ? $metadata.httpStatusCode
    : undefined;
}

const describe = (error: Error): string => `${error.name}: ${error.message}`.replace(/\.+$/, "");

import { printableLines } from "./printable.ts";

/** Why a release stopped. docs/troubleshooting.md explains each code. */
export const errorCodes = [
  "CONFIGURATION_INVALID",
  "CONFIGURATION_MISSING",
  "CONFIGURATION_NEWER",
  "INPUT_INVALID",
  "CLUSTER_NOT_FOUND",
  "SERVICE_NOT_FOUND",
  "SERVICE_INACTIVE",
  "CONTAINER_NOT_FOUND",
  "TEMPLATE_NOT_FOUND",
  "TASK_DEFINITION_NOT_COVERED",
  "DEPLOYMENT_CONTROLLER_UNSUPPORTED",
  "SCALE_TO_ZERO_IMPOSSIBLE",
  "BUILD_FAILED",
  "SCAN_REFUSED",
  "SCAN_FAILED",
  "SCAN_UNSUPPORTED",
  "SCAN_DEADLINE_EXCEEDED",
  "IMAGE_TOO_LARGE",
  "IMAGE_GREW",
  "IMAGE_RUNS_AS_ROOT",
  "IMAGE_PLATFORM_WRONG",
  "IMAGE_WITHOUT_ENTRYPOINT",
  "IMAGE_LABEL_MISSING",
  "IMAGE_NOT_FOUND",
  "IMAGE_UNREADABLE",
  "REQUEST_UNVERIFIED",
  "REQUESTER_NOT_ALLOWED",
  "REF_MISMATCH",
  "REPOSITORY_CHANGED",
  "UPSTREAM_UNVERIFIED",
  "UPSTREAM_DEADLINE_EXCEEDED",
  "VERSION_TAG_TAKEN",
  "VERSION_OLDER",
  "CHECK_SUPERSEDED",
  "ROLLBACK_TARGET_MISSING",
  "ROLLBACK_OUTDATED",
  "EXECUTION_ENDED",
  "LOCK_LOST",
  "ENVIRONMENT_FROZEN",
  "KNOWN_BAD_IMAGES",
  "OLDER_COMMIT",
  "PROBE_FAILED",
  "ALARM_NOT_FOUND",
  "ALARM_RAISED",
  "BUILD_WITHOUT_DIGEST",
  "ROLLED_BACK_BY_ECS",
  "DEPLOYMENT_REPLACED",
  "DEPLOYMENT_STOPPED",
  "IMAGE_CANNOT_BE_PULLED",
  "CONTAINER_CANNOT_START",
  "CONTAINER_EXITED",
  "OUT_OF_MEMORY",
  "RESOURCE_INITIALIZATION_FAILED",
  "HEALTH_CHECK_FAILED",
  "PLACEMENT_IMPOSSIBLE",
  "TASK_STOPPED",
  "TASK_REFUSED",
  "TARGET_NOT_REGISTERED",
  "DEPLOYMENT_DEADLOCKED",
  "DEADLINE_EXCEEDED",
  "TASK_FAILED",
  "TASK_DEADLINE_EXCEEDED",
  "TASK_NOT_STARTED",
  "STEP_FAILED",
  "CONFLICT",
  "AWS_UNAVAILABLE",
  "AWS_REFUSED",
  "GITHUB_UNAVAILABLE",
  "EVENT_NOT_PUBLISHED",
  "VERSION_TAG_NOT_SET",
  "WAITERS_NOT_WOKEN",
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** Step Functions keeps 32,768 characters of a cause: Lambda's JSON around the message, with its stack, has to fit. */
const longestMessage = 12_000;

type ErrorOptions = { code: ErrorCode; cause?: unknown };

/**
 * Base of the errors that the state machine distinguishes. `name` is a literal, because the state machine compares names and
 * bundles are minified; `code` is the reason. An operator reads the message in the Step Functions console.
 */
abstract class LockmasterError extends Error {
  readonly code: ErrorCode;

  constructor(message: string, { code, cause }: ErrorOptions) {
    // Functions never validate a whole configuration: its author has to see every problem.
    const longest = code === "CONFIGURATION_INVALID" ? undefined : longestMessage;
    super(printableLines(`${code}: ${message}`, longest), cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** A temporary failure: the state machine retries. */
export class RetryableError extends LockmasterError {
  override readonly name = "RetryableError";
}

/** A gate or a precondition refused. Nothing was changed; when the cause is fixed, Redrive continues at this state. */
export class RejectedError extends LockmasterError {
  override readonly name = "RejectedError";
}

/** The rollout failed: the release is rolled back. */
export class RolloutFailedError extends LockmasterError {
  override readonly name = "RolloutFailedError";
}

/** The input is invalid: a bug, or an input that an operator wrote. The message names every offending field. */
export class InvalidInputError extends LockmasterError {
  override readonly name = "InvalidInputError";
}

/** The environment's lock has passed to another release, and this one must change nothing. Never a reason to roll back. */
export class LockLostError extends LockmasterError {
  override readonly name = "LockLostError";
}

/** A slot in CodeBuild's queue may be free: the waiting release requests its build again. */
export class BuildSlotError extends LockmasterError {
  override readonly name = "BuildSlotError";
}

/** The outcome is committed, but a notification failed. Retried, and never undoes the outcome. */
export class SideEffectError extends LockmasterError {
  override readonly name = "SideEffectError";
}

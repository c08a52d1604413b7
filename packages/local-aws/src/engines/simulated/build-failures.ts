import type { BuildEvent, BuildPhase } from "../engine.ts";

export type Failure = Extract<BuildEvent, { type: "failed" }>;

/**
 * https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details-phases.html:
 * after a failed BUILD, POST_BUILD runs nevertheless; after a failure before it, the build is finalized.
 */
export function phaseAfterFailure(phase: BuildPhase, { status }: Failure): BuildPhase {
  if (status === "FAILED" && phase === "BUILD") return "POST_BUILD";
  if (status === "FAILED" && phase === "POST_BUILD") return "UPLOAD_ARTIFACTS";
  return "FINALIZING";
}

function statusCode(phase: BuildPhase, status: Failure["status"]): string {
  if (status === "TIMED_OUT") return "BUILD_TIMED_OUT";
  if (status === "FAULT") return "INTERNAL_SERVICE_ERROR";
  return phase === "DOWNLOAD_SOURCE" ? "CLIENT_ERROR" : "COMMAND_EXECUTION_ERROR";
}

/** The failure that a rule of the scenario specifies. */
export function ruledFailure(phase: BuildPhase, message: string, status: Failure["status"] = "FAILED"): Failure {
  return failure(status, statusCode(phase, status), message);
}

function failure(status: Failure["status"], statusCode: string, message: string): Failure {
  return { type: "failed", status, statusCode, message };
}

/** A command of the buildspec fails. As at AWS, the reason is in the log only. */
export function commandFailure(problem: string): { failure: Failure; log: readonly string[] } {
  const message = "Error while executing command: ./build.sh. Reason: exit status 1";
  return { failure: failure("FAILED", "COMMAND_EXECUTION_ERROR", message), log: [problem] };
}

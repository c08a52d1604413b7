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

function statusCode(status: Failure["status"]): string {
  if (status === "TIMED_OUT") return "BUILD_TIMED_OUT";
  if (status === "FAULT") return "INTERNAL_SERVICE_ERROR";
  return "CLIENT_ERROR";
}

/** The failure that a rule of the scenario specifies. Of a command that fails, CodeBuild's message only repeats the command. */
export function ruledFailure(
  phase: BuildPhase,
  message: string,
  status: Failure["status"] = "FAILED",
  command?: string,
): Failure {
  const runsCommands = phase === "INSTALL" || phase === "PRE_BUILD" || phase === "BUILD" || phase === "POST_BUILD";
  if (status === "FAILED" && runsCommands) return commandFailure(command);
  return { type: "failed", status, statusCode: statusCode(status), message };
}

/** A command of the buildspec fails. */
export function commandFailure(command = "./build.sh"): Failure {
  const message = `Error while executing command: ${command}. Reason: exit status 1`;
  return { type: "failed", status: "FAILED", statusCode: "COMMAND_EXECUTION_ERROR", message };
}

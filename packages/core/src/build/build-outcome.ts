import type { BuildLogs, Builds, ObservedBuild } from "./ports.ts";
import type { BuildRecord } from "../ledger/build-record.ts";
import { cut, failedOutput, reasonIn } from "./build-log.ts";
import { attemptOf, projectOf } from "./build-variables.ts";

/** How an attempt ended. */
export type BuildOutcome =
  | (Pick<BuildRecord, "digest" | "sizeBytes"> & { status: "succeeded" })
  | { status: "failed"; failure: NonNullable<BuildRecord["failure"]> };

const digestPattern = /^sha256:[0-9a-f]{64}$/;
/** In characters: the message must fit into one line of the console. The record has the last lines, and the log has all of it. */
const maxMessageLength = 600;

/**
 * Reads the outcome of a build from CodeBuild's record; `undefined` while the build is under way. A check that has passed has
 * no digest: one that it exports is ignored, since a pull request controls what its check exports.
 */
export function readOutcome(build: ObservedBuild, { check }: Pick<BuildRecord, "check">): BuildOutcome | undefined {
  if (build.status === "IN_PROGRESS") return undefined;
  if (build.status !== "SUCCEEDED") return failed("BUILD_FAILED", describeFailure(build), build);
  return check === true ? readCheck(build) : readImage(build);
}

function readCheck(build: ObservedBuild): BuildOutcome {
  if (build.exported["LOCKMASTER_OUTCOME"] === "tested") return { status: "succeeded" };
  const message =
    "the build succeeded but did not export LOCKMASTER_OUTCOME=tested; check that its CodeBuild project uses Lockmaster's buildspec";
  return failed("BUILD_FAILED", message, build);
}

function readImage(build: ObservedBuild): BuildOutcome {
  const digest = build.exported.LOCKMASTER_DIGEST ?? "";
  if (!digestPattern.test(digest)) {
    const exported =
      digest === "" ? "no LOCKMASTER_DIGEST" : `LOCKMASTER_DIGEST=${JSON.stringify(digest.slice(0, 100))}`;
    const message = `the build succeeded but exported ${exported} instead of sha256: and 64 hexadecimal digits; check that its CodeBuild project uses Lockmaster's buildspec`;
    return failed("BUILD_WITHOUT_DIGEST", message, build);
  }
  const sizeBytes = Number(build.exported.LOCKMASTER_SIZE_BYTES);
  return { status: "succeeded", digest, ...(Number.isSafeInteger(sizeBytes) && sizeBytes > 0 && { sizeBytes }) };
}

/** The record of an ended attempt. It keeps its waiters, so that reading it again gives them the same answer. */
export function endedRecord(record: BuildRecord, build: ObservedBuild, outcome: BuildOutcome): BuildRecord {
  const { waitsForSlotSince: _, ...rest } = record;
  return {
    ...rest,
    ...outcome,
    buildId: build.id,
    ...(build.durationSeconds !== undefined && { durationSeconds: build.durationSeconds }),
    version: record.version + 1,
  };
}

/** Whether a build is the one that the record's attempt started. */
function isAttemptOf(record: BuildRecord, build: ObservedBuild): boolean {
  const attempt = attemptOf(build.environment);
  return (
    attempt !== undefined &&
    attempt.repository === record.repository &&
    attempt.image === record.image &&
    attempt.sha === record.sha &&
    attempt.recipe === record.recipe &&
    attempt.attempt === record.attempt
  );
}

/** Finds the build of an attempt whose start the ledger has not recorded. */
export async function findUnconfirmed(
  builds: Pick<Builds, "recent">,
  record: BuildRecord,
  projectPrefix: string,
): Promise<ObservedBuild | undefined> {
  const recent = await builds.recent(projectOf(record, projectPrefix));
  return recent.find((build) => isAttemptOf(record, build));
}

function failed(
  code: "BUILD_FAILED" | "BUILD_WITHOUT_DIGEST",
  message: string,
  { logUrl }: ObservedBuild,
): BuildOutcome {
  return { status: "failed", failure: { code, message, ...(logUrl !== undefined && { logUrl }) } };
}

/**
 * Adds to a failed outcome what the build wrote last: the message gets the reason, the record the lines. Other outcomes, and a build
 * without a log, stay as they are.
 */
export async function withLog(
  logs: BuildLogs | undefined,
  build: ObservedBuild,
  outcome: BuildOutcome,
): Promise<BuildOutcome> {
  if (
    logs === undefined ||
    outcome.status !== "failed" ||
    outcome.failure.code !== "BUILD_FAILED" ||
    build.log === undefined
  )
    return outcome;
  const { exitStatus, lines } = failedOutput(await logs.tail(build.log));
  if (lines.length === 0) return outcome;
  const message = describeFailure(build, { exitStatus, reason: reasonIn(lines) });
  return { status: "failed", failure: { ...outcome.failure, message, logLines: [...lines] } };
}

/** CodeBuild repeats the text of the command, which is longer than a message may be. */
const commandFailure = /Error while executing command: .*[.]\s*Reason: (.*)$/s;

function describeFailure(
  { status, failedPhase }: ObservedBuild,
  output: { exitStatus: number | undefined; reason: string } = { exitStatus: undefined, reason: "" },
): string {
  const command = commandFailure.exec(failedPhase?.message ?? "")?.[1];
  const ended = command ?? (output.exitStatus === undefined ? undefined : `exit status ${output.exitStatus}`);
  const parts = [
    `${endings[status]}${failedPhase === undefined ? "" : ` in phase ${failedPhase.phase}`}${ended === undefined ? "" : ` with ${ended}`}`,
    ...(command === undefined && failedPhase !== undefined && output.exitStatus === undefined
      ? [failedPhase.message]
      : []),
    output.reason,
  ];
  return cut(
    parts
      .filter((part) => part !== "")
      .join(": ")
      .replaceAll(/\s+/g, " ")
      .trim(),
    maxMessageLength,
  );
}

const endings: Readonly<Record<ObservedBuild["status"], string>> = {
  IN_PROGRESS: "the build is under way",
  SUCCEEDED: "the build succeeded",
  FAILED: "the build failed",
  FAULT: "CodeBuild ended the build with an internal fault",
  TIMED_OUT: "the build took longer than the image's timeoutMinutes",
  STOPPED: "the build was stopped",
};

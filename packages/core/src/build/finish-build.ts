import { RetryableError } from "../lib/errors.ts";
import type { BuildLedger } from "../ledger/ports.ts";
import type { BuildLogs, Builds, ObservedBuild } from "./ports.ts";
import type { BuildRecord } from "../ledger/build-record.ts";
import { answerWaiters, type TaskTokens } from "./answer-waiters.ts";
import { endedRecord, readOutcome, withLog, type BuildOutcome } from "./build-outcome.ts";
import { attemptOf } from "./build-variables.ts";
import { isAbandoned } from "./abandon-build.ts";

export type FinishBuildPorts = {
  ledger: BuildLedger;
  builds: Pick<Builds, "describe">;
  /** Absent where a bundle has no room for the client: the message then lacks the reason. */
  logs?: BuildLogs;
  tokens: TaskTokens;
};

/** For the log. */
export type FinishedBuild =
  | { state: "answered"; status: string; waiters: number }
  | { state: "ignored"; reason: string };

/**
 * Records how a build ended and answers its waiters. Reads the outcome from CodeBuild and the attempt from the build's
 * variables, since the event may come twice, late, or before the start was recorded.
 *
 * @throws RetryableError AWS_UNAVAILABLE when CodeBuild does not show the end yet; CONFLICT when the record was written meanwhile
 */
export async function finishBuild(
  { ledger, builds, logs, tokens }: FinishBuildPorts,
  buildId: string,
): Promise<FinishedBuild> {
  const build = await builds.describe(buildId);
  if (build === undefined) return ignored("CodeBuild does not know the build");
  const attempt = attemptOf(build.environment);
  if (attempt === undefined) return ignored("Lockmaster did not start this build: its variables name no attempt");
  const record = await ledger.build(attempt);
  if (record === undefined) return ignored("the ledger has no record of this build");
  if (record.attempt !== attempt.attempt) {
    return ignored(`it was attempt ${attempt.attempt}, and the newest attempt is ${record.attempt}`);
  }
  if (record.buildId !== undefined && record.buildId !== build.id) {
    return ignored(`the build of this attempt is ${record.buildId}`);
  }
  const outcome = readOutcome(build, record);
  if (outcome === undefined) {
    throw new RetryableError(
      `build ${buildId} has ended, but CodeBuild still shows it as running; the event is delivered again`,
      {
        code: "AWS_UNAVAILABLE",
      },
    );
  }
  const ended = withOutcome(record, build, await withLog(logs, build, outcome));
  if (ended !== record) await ledger.writeBuild(ended);
  await answerWaiters(tokens, ended, attempt.repositoryUri);
  return { state: "answered", status: ended.status, waiters: ended.waiters.length };
}

/** An abandoned build that has succeeded counts as a success. A record that has ended otherwise stays as it is. */
function withOutcome(record: BuildRecord, build: ObservedBuild, outcome: BuildOutcome): BuildRecord {
  const isOpen = record.status === "starting" || record.status === "running";
  if (isOpen) return endedRecord(record, build, outcome);
  if (!isAbandoned(record) || outcome.status !== "succeeded") return record;
  const { failure: _, ...rest } = record;
  return endedRecord(rest, build, outcome);
}

const ignored = (reason: string): FinishedBuild => ({ state: "ignored", reason });

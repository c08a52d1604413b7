import { RetryableError } from "../lib/errors.ts";
import type { BuildLedger } from "../ledger/ports.ts";
import type { Builds, ObservedBuild } from "./ports.ts";
import type { BuildRecord } from "../ledger/build-record.ts";
import { answerWaiters, type TaskTokens } from "./answer-waiters.ts";
import { endedRecord, readOutcome, type BuildOutcome } from "./build-outcome.ts";
import { attemptOf } from "./build-variables.ts";
import { isGivenUp } from "./abandon-build.ts";

export type FinishPorts = { ledger: BuildLedger; builds: Pick<Builds, "describe">; tokens: TaskTokens };

/** For the log. */
export type Finished = { state: "answered"; status: string; waiters: number } | { state: "ignored"; reason: string };

/**
 * Writes down how a build ended and answers everybody who waits for it. CodeBuild's own record counts, and the build's
 * variables tell whose it is: the event may come twice, late, or before its start was recorded.
 *
 * @throws RetryableError when CodeBuild's record lags behind its event, or CONFLICT when the record was written meanwhile
 */
export async function finishBuild({ ledger, builds, tokens }: FinishPorts, buildId: string): Promise<Finished> {
  const build = await builds.describe(buildId);
  if (build === undefined) return ignored("CodeBuild does not know the build");
  const told = attemptOf(build.environment);
  if (told === undefined) return ignored("its variables do not name an image of Lockmaster's");
  const record = await ledger.build(told);
  if (record === undefined) return ignored("the ledger holds no such build");
  if (record.attempt !== told.attempt) {
    return ignored(`it was attempt ${told.attempt}, and the newest is ${record.attempt}`);
  }
  if (record.buildId !== undefined && record.buildId !== build.id) {
    return ignored(`the attempt's build is ${record.buildId}`);
  }
  const outcome = readOutcome(build, record);
  if (outcome === undefined) {
    throw new RetryableError(`CodeBuild says that ${buildId} has ended and is under way`, { code: "AWS_UNAVAILABLE" });
  }
  const ended = recoveredBy(record, build, outcome);
  if (ended !== record) await ledger.writeBuild(ended);
  await answerWaiters(tokens, ended, told.repositoryUri);
  return { state: "answered", status: ended.status, waiters: ended.waiters.length };
}

/** What was given up and ended well all the same is an image like any other. */
function recoveredBy(record: BuildRecord, build: ObservedBuild, outcome: BuildOutcome): BuildRecord {
  const isOpen = record.status === "starting" || record.status === "running";
  if (isOpen) return endedRecord(record, build, outcome);
  if (!isGivenUp(record) || outcome.status !== "succeeded") return record;
  const { failure: _, ...rest } = record;
  return endedRecord(rest, build, outcome);
}

const ignored = (reason: string): Finished => ({ state: "ignored", reason });

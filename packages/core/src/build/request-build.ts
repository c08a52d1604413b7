import type { BuildLedger, BuildSlotLedger } from "../ledger/ports.ts";
import type { BuildLogs, Builds, ObservedBuild, Registry } from "./ports.ts";
import type { BuildRecord } from "../ledger/build-record.ts";
import { answerWaiter, answerWaiters, failWaiter, type TaskTokens } from "./answer-waiters.ts";
import { decideBuild, nextAttempt, type BuildDecision } from "./build-decision.ts";
import type { ConfiguredBuild } from "./configured-build.ts";
import { endedRecord, findUnconfirmed, readOutcome, withLog } from "./build-outcome.ts";
import { startBuildRequest } from "./build-variables.ts";
import { isAbandoned, stopIfAbandoned } from "./abandon-build.ts";

export type BuildPorts = {
  ledger: BuildLedger & BuildSlotLedger;
  builds: Builds;
  logs: BuildLogs;
  registry: Registry;
  tokens: TaskTokens;
};

/** For the log; the result itself goes to the task token. */
export type BuildProgress = {
  state: "reused" | "started" | "waits for a build slot" | "waiting" | "ended";
  attempt: number;
  buildId?: string;
};

/**
 * Completes the waiter's token with the image or with the build's failure: now, or later by `finishBuild`. Never builds twice
 * at once: it stores the token first, then searches for a build, and starts one only when there is none. Idempotent, and may be
 * repeated with a new token at any time.
 *
 * @throws RetryableError CONFLICT when another function wrote the build's record meanwhile
 */
export async function requestBuild(ports: BuildPorts, configured: ConfiguredBuild): Promise<BuildProgress> {
  const { request, image } = configured;
  const repositoryUri = await ports.registry.repositoryUri(image.repository);
  const known = await recordLateSuccess(ports, configured, await ports.ledger.build(request));
  const decision = await decideRequest(ports.registry, configured, known);

  switch (decision.action) {
    case "reuse": {
      const { attempt, buildId } = decision.record;
      await answerWaiter(ports.tokens, request.waiter.taskToken, decision.record, repositoryUri);
      return { state: "reused", attempt, ...(buildId !== undefined && { buildId }) };
    }
    case "fail":
      await failWaiter(ports.tokens, request.waiter.taskToken, decision.record, decision.failure);
      return { state: "ended", attempt: decision.record.attempt };
    case "start":
      await ports.ledger.writeBuild(decision.record);
      return await start(ports, configured, decision.record, repositoryUri);
    case "join":
      await ports.ledger.writeBuild(decision.record);
      return await joinBuild(ports, configured, decision, repositoryUri);
  }
}

/**
 * An abandoned build may have succeeded before CodeBuild could stop it: then its record becomes a success. When the stop failed,
 * the build may still run: then it is stopped before another one is started.
 */
async function recordLateSuccess(
  ports: BuildPorts,
  configured: ConfiguredBuild,
  record: BuildRecord | undefined,
): Promise<BuildRecord | undefined> {
  if (record === undefined || !isAbandoned(record)) return record;
  const build = await findBuild(ports, configured, record);
  const outcome = build && readOutcome(build, record);
  if (build !== undefined && outcome === undefined) await ports.builds.stop(build.id);
  if (build === undefined || outcome?.status !== "succeeded") return record;
  const { failure: _, ...rest } = record;
  const ended = endedRecord(rest, build, outcome);
  await ports.ledger.writeBuild(ended);
  return ended;
}

/** What to do about a request now. Changes nothing. */
export async function decideRequest(
  registry: Pick<Registry, "hasImage">,
  { request, image }: ConfiguredBuild,
  known: BuildRecord | undefined,
): Promise<BuildDecision> {
  const imageHeld = known?.digest !== undefined && (await registry.hasImage(image.repository, known.digest));
  return decideBuild(known, imageHeld, request);
}

/** Finds the build of a record's attempt and does what is missing: starts it, records its id, or records its end. */
async function joinBuild(
  ports: BuildPorts,
  configured: ConfiguredBuild,
  { record, isNewWaiter }: { record: BuildRecord; isNewWaiter: boolean },
  repositoryUri: string,
): Promise<BuildProgress> {
  const build = await findBuild(ports, configured, record);
  if (build === undefined) {
    return record.buildId === undefined
      ? await start(ports, configured, record, repositoryUri)
      : await startNextAttempt(ports, configured, record, repositoryUri);
  }
  const outcome = readOutcome(build, record);
  if (outcome === undefined) {
    if (record.buildId === undefined) await ports.ledger.writeBuild(runningRecord(record, build.id));
    return { state: "waiting", attempt: record.attempt, buildId: build.id };
  }
  // A new waiter of a build that has failed already requests another attempt, not the old failure.
  const triesAgain = isNewWaiter && outcome.status === "failed";
  const waiters = triesAgain ? record.waiters.filter((waiter) => waiter !== configured.request.waiter) : record.waiters;
  const ended = endedRecord({ ...record, waiters }, build, await withLog(ports.logs, build, outcome));
  await ports.ledger.writeBuild(ended);
  await answerWaiters(ports.tokens, ended, repositoryUri);
  return triesAgain
    ? await startNextAttempt(ports, configured, ended, repositoryUri)
    : { state: "ended", attempt: ended.attempt, buildId: build.id };
}

async function findBuild(
  { builds }: BuildPorts,
  { projectPrefix }: ConfiguredBuild,
  record: BuildRecord,
): Promise<ObservedBuild | undefined> {
  return record.buildId === undefined
    ? findUnconfirmed(builds, record, projectPrefix)
    : builds.describe(record.buildId);
}

async function startNextAttempt(
  ports: BuildPorts,
  configured: ConfiguredBuild,
  last: BuildRecord,
  repositoryUri: string,
): Promise<BuildProgress> {
  const record = nextAttempt(last, configured.request);
  await ports.ledger.writeBuild(record);
  return await start(ports, configured, record, repositoryUri);
}

async function start(
  { builds, ledger }: BuildPorts,
  { image, projectPrefix, request, rank }: ConfiguredBuild,
  record: BuildRecord,
  repositoryUri: string,
): Promise<BuildProgress> {
  const wanted = startBuildRequest(record, image, repositoryUri, projectPrefix);
  let current = record;
  let started = await builds.start(wanted);
  if (started === "full") {
    current = await recordFull(ledger, record, request.now);
    const { repository, image: name, sha, recipe, waitsForSlotSince: since = request.now.toISOString() } = current;
    const { execution, taskToken } = request.waiter;
    await ledger.waitForSlot({ repository, image: name, sha, recipe, execution, taskToken, since, rank });
    // A build that ended before this was recorded has woken no waiter.
    started = await builds.start(wanted);
    if (started === "full") return { state: "waits for a build slot", attempt: record.attempt };
  }
  const { id } = started;
  try {
    await ledger.writeBuild(runningRecord(current, id));
  } catch (error) {
    await stopIfAbandoned({ ledger, builds }, current, id);
    throw error;
  }
  if (current.waitsForSlotSince !== undefined) await ledger.leaveSlots([current]);
  return { state: "started", attempt: record.attempt, buildId: id };
}

/** The record of a build that waits for a slot, since the first refusal. */
async function recordFull(ledger: BuildLedger, record: BuildRecord, now: Date): Promise<BuildRecord> {
  if (record.waitsForSlotSince !== undefined) return record;
  const waiting = { ...record, waitsForSlotSince: now.toISOString(), version: record.version + 1 };
  await ledger.writeBuild(waiting);
  return waiting;
}

function runningRecord(record: BuildRecord, buildId: string): BuildRecord {
  const { waitsForSlotSince: _, ...rest } = record;
  return { ...rest, status: "running", buildId, version: record.version + 1 };
}

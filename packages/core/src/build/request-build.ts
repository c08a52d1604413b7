import type { BuildLedger } from "../ledger/ports.ts";
import type { Builds, ObservedBuild, Registry } from "./ports.ts";
import type { BuildRecord } from "../ledger/build-record.ts";
import { answer, answerWaiters, failBuild, type TaskTokens } from "./answer-waiters.ts";
import { decideBuild, nextAttempt, type BuildDecision } from "./build-decision.ts";
import type { ConfiguredBuild } from "./build-request.ts";
import { endedRecord, findUnconfirmed, readOutcome } from "./build-outcome.ts";
import { startBuildRequest } from "./build-variables.ts";
import { isGivenUp, stopIfGivenUp } from "./abandon-build.ts";

export type BuildPorts = { ledger: BuildLedger; builds: Builds; registry: Registry; tokens: TaskTokens };

/** For the log; the answer itself goes to the task token. */
export type BuildProgress = { state: "reused" | "started" | "waiting" | "ended"; attempt: number; buildId?: string };

/**
 * Sees to it that the waiter's token is answered, by now or by `finishBuild`: with the image when there is one, with the
 * failure when its build failed. Never builds twice at once: the token is stored first, then a build is looked for, and only
 * when there is none it is started. Safe to ask again at any time, with a new token.
 *
 * @throws RetryableError CONFLICT when somebody else dealt with the same build meanwhile
 */
export async function requestBuild(ports: BuildPorts, order: ConfiguredBuild): Promise<BuildProgress> {
  const { request, image } = order;
  const repositoryUri = await ports.registry.repositoryUri(image.repository);
  const known = await withoutGivenUp(ports, order, await ports.ledger.build(request));
  const decision = await considerOrder(ports.registry, order, known);

  switch (decision.action) {
    case "reuse": {
      const { attempt, buildId } = decision.record;
      await answer(ports.tokens, request.waiter.taskToken, decision.record, repositoryUri);
      return { state: "reused", attempt, ...(buildId !== undefined && { buildId }) };
    }
    case "fail":
      await failBuild(ports.tokens, request.waiter.taskToken, decision.record, decision.failure);
      return { state: "ended", attempt: decision.record.attempt };
    case "start":
      await ports.ledger.writeBuild(decision.record);
      return await start(ports, order, decision.record, repositoryUri);
    case "join":
      await ports.ledger.writeBuild(decision.record);
      return await followUp(ports, order, decision, repositoryUri);
  }
}

/**
 * A build that was given up may have ended well before it could be stopped: then the record says so from now on, and the image
 * is no less one. It may also never have been told to stop: then it is, before another one is started.
 */
async function withoutGivenUp(
  ports: BuildPorts,
  order: ConfiguredBuild,
  record: BuildRecord | undefined,
): Promise<BuildRecord | undefined> {
  if (record === undefined || !isGivenUp(record)) return record;
  const build = await find(ports, order, record);
  const outcome = build && readOutcome(build, record);
  if (build !== undefined && outcome === undefined) await ports.builds.stop(build.id);
  if (build === undefined || outcome?.status !== "succeeded") return record;
  const { failure: _, ...rest } = record;
  const ended = endedRecord(rest, build, outcome);
  await ports.ledger.writeBuild(ended);
  return ended;
}

/** What is to be done about an order, as things stand. Changes nothing. */
export async function considerOrder(
  registry: Pick<Registry, "hasImage">,
  { request, image }: ConfiguredBuild,
  known: BuildRecord | undefined,
): Promise<BuildDecision> {
  const imageHeld = known?.digest !== undefined && (await registry.hasImage(image.repository, known.digest));
  return decideBuild(known, imageHeld, request);
}

/** Looks for the build that a record tells of, and does what is missing: starts it, notes its id, or ends it. */
async function followUp(
  ports: BuildPorts,
  order: ConfiguredBuild,
  { record, newcomer }: { record: BuildRecord; newcomer: boolean },
  repositoryUri: string,
): Promise<BuildProgress> {
  const build = await find(ports, order, record);
  if (build === undefined) {
    return record.buildId === undefined
      ? await start(ports, order, record, repositoryUri)
      : await startAnew(ports, order, record, repositoryUri);
  }
  const outcome = readOutcome(build, record);
  if (outcome === undefined) {
    if (record.buildId === undefined) await ports.ledger.writeBuild(runningRecord(record, build.id));
    return { state: "waiting", attempt: record.attempt, buildId: build.id };
  }
  // Who comes when a build has failed already asks for another try, not for the old answer.
  const triesAgain = newcomer && outcome.status === "failed";
  const waiters = triesAgain ? record.waiters.filter((waiter) => waiter !== order.request.waiter) : record.waiters;
  const ended = endedRecord({ ...record, waiters }, build, outcome);
  await ports.ledger.writeBuild(ended);
  await answerWaiters(ports.tokens, ended, repositoryUri);
  return triesAgain
    ? await startAnew(ports, order, ended, repositoryUri)
    : { state: "ended", attempt: ended.attempt, buildId: build.id };
}

async function find(
  { builds }: BuildPorts,
  { projectPrefix }: ConfiguredBuild,
  record: BuildRecord,
): Promise<ObservedBuild | undefined> {
  return record.buildId === undefined
    ? findUnconfirmed(builds, record, projectPrefix)
    : builds.describe(record.buildId);
}

async function startAnew(
  ports: BuildPorts,
  order: ConfiguredBuild,
  last: BuildRecord,
  repositoryUri: string,
): Promise<BuildProgress> {
  const record = nextAttempt(last, order.request);
  await ports.ledger.writeBuild(record);
  return await start(ports, order, record, repositoryUri);
}

async function start(
  { builds, ledger }: BuildPorts,
  { image, projectPrefix }: ConfiguredBuild,
  record: BuildRecord,
  repositoryUri: string,
): Promise<BuildProgress> {
  const { id } = await builds.start(startBuildRequest(record, image, repositoryUri, projectPrefix));
  try {
    await ledger.writeBuild(runningRecord(record, id));
  } catch (error) {
    await stopIfGivenUp({ ledger, builds }, record, id);
    throw error;
  }
  return { state: "started", attempt: record.attempt, buildId: id };
}

const runningRecord = (record: BuildRecord, buildId: string): BuildRecord => ({
  ...record,
  status: "running",
  buildId,
  version: record.version + 1,
});

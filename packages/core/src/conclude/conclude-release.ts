import type * as v from "valibot";
import type { EnvironmentConfiguration } from "../config/schema.ts";
import { RejectedError } from "../errors.ts";
import { concludeCheck } from "../checks/conclude-check.ts";
import { policyOf, type Policy } from "../plan/plan-release.ts";
import type { DomainEvents, Ledger, TaskDefinitionRegistry, VersionTags } from "../ports.ts";
import { imageTagOf } from "../promotion/version.ts";
import type { ReleaseRecord, ReleaseRef } from "../records.ts";
import type { ConcludeReleaseInput, ConcludeReleaseOutput } from "../steps.ts";
import { rolledBackError } from "./describe-rollback.ts";
import { failureReason } from "./failure-reason.ts";
import { refutedTaskDefinitions } from "./refuted-task-definitions.ts";
import { releaseEvent } from "./release-event.ts";
import { releasedDigests } from "./released-digests.ts";

export type ConcludePorts = {
  ledger: Pick<Ledger, "configuration" | "release" | "closeRelease" | "reopenRelease">;
  taskDefinitions: TaskDefinitionRegistry;
  events: DomainEvents;
  versionTags: Pick<VersionTags, "put">;
};

type Input = v.InferOutput<typeof ConcludeReleaseInput>;
type Failed = Extract<Input, { result: "failed" }>;
type Released = Extract<Input, { result: "released" }>;
type Context = { record: ReleaseRecord; policy: Policy; now: Date };

/**
 * Ends a release: commits the outcome to the ledger, then tells others. Doing it again changes nothing but tells again.
 *
 * @returns `redriven` when an operator redrove the finished rollback: the release is open again, and to be tried anew
 * @throws RolloutFailedError once a release that failed is recorded as such: the execution ends on this very state, with the
 * original reason, and can be redriven here
 * @throws SideEffectError EVENT_NOT_PUBLISHED, VERSION_TAG_NOT_SET; the outcome stands
 */
export async function concludeRelease(ports: ConcludePorts, input: Input, now: Date): Promise<ConcludeReleaseOutput> {
  const { ledger } = ports;
  if (input.result === "failed" && input.redriveCount > input.rollbackBeganAt) {
    await ledger.reopenRelease(input.release, input.redriveCount);
    return { outcome: "redriven" };
  }
  if (input.result === "checked") return await concludeCheck(ledger, input.release, now);
  const record = await ledger.release(input.release);
  if (record === undefined) throw unknownRelease(input.release);
  const policy = policyOf(input.release, await ledger.configuration(input.release.repository));
  const context = { record, policy, now };
  return input.result === "released"
    ? await concludeSuccess(ports, input, context)
    : await concludeFailure(ports, input, context);
}

async function concludeSuccess(
  { ledger, events, versionTags }: ConcludePorts,
  { release, proven, images }: Released,
  { record, policy, now }: Context,
): Promise<ConcludeReleaseOutput> {
  const released = Object.fromEntries(images.map(({ image, digest }) => [image, digest]));
  const inherited = record.images ?? {};
  const outcome = {
    status: proven ? "succeeded" : "unproven",
    images: { ...inherited, ...released },
    services: releasedDigests(policy.environment, released, inherited, record.snapshot),
    endedAt: record.endedAt ?? now.toISOString(),
  } as const;
  await ledger.closeRelease(release, outcome);
  const { detailType, detail } = releaseEvent(record, outcome);
  // None is kept back by the other's failure.
  const told = await Promise.allSettled([
    events.publish(detailType, detail),
    ...(release.kind === "promote" ? tagVersion(versionTags, release, policy, images) : []),
  ]);
  const failure = told.find((one) => one.status === "rejected");
  if (failure !== undefined) throw failure.reason;
  return { outcome: "released" };
}

/** Names the promoted images in the registry by their version as well. */
function tagVersion(
  versionTags: Pick<VersionTags, "put">,
  { ref }: ReleaseRef,
  policy: Policy,
  images: Released["images"],
): Promise<void>[] {
  return images.flatMap(({ image, digest }) => {
    const repository = policy.images[image]?.repository;
    return repository === undefined ? [] : [versionTags.put(repository, digest, imageTagOf(ref))];
  });
}

async function concludeFailure(
  { ledger, events, taskDefinitions }: ConcludePorts,
  { release, failure, wayBack, wayBackMessage = "" }: Failed,
  { record, policy: { environment }, now }: Context,
): Promise<never> {
  const reason = failureReason(failure);
  const isBack = wayBack === "healthy";
  const outcome = {
    status: isBack ? "rolled-back" : "rollback-failed",
    failure: { error: failure.error, cause: `${reason.code}: ${reason.message}` },
    endedAt: record.endedAt ?? now.toISOString(),
  } as const;
  await ledger.closeRelease(release, outcome);
  // While services may still run them, the refuted task definitions are evidence.
  const notes = isBack ? await retire(taskDefinitions, record, environment) : [];
  const { detailType, detail } = releaseEvent(record, outcome, reason);
  await events.publish(detailType, detail);
  const wayBackFailure = isBack ? undefined : failureReason({ error: "", cause: wayBackMessage }).message;
  throw rolledBackError(reason, record, environment.firstDeployment, wayBackFailure, notes);
}

/** Takes the refuted task definitions out of use; a refusal is a note, since the release is over either way. */
async function retire(
  taskDefinitions: TaskDefinitionRegistry,
  record: ReleaseRecord,
  { cluster, services }: EnvironmentConfiguration,
): Promise<string[]> {
  const names = Object.values(services).map(({ service }) => service);
  try {
    const refuted = refutedTaskDefinitions(record, await taskDefinitions.inUse(cluster, names));
    for (const arn of refuted) await taskDefinitions.deregister(arn);
    return [];
  } catch (error) {
    if (!(error instanceof RejectedError)) throw error;
    return [`The refuted task definitions are still registered: ${error.message}`];
  }
}

const unknownRelease = ({ id, repository, environment }: ReleaseRef) =>
  new RejectedError(`the ledger does not know the release ${id} of ${repository} to ${environment}`, {
    code: "CONFLICT",
  });

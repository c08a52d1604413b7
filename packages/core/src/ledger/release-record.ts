import * as v from "valibot";
import { record } from "../lib/record.ts";
import { parseInput, parseStored } from "../lib/parse.ts";
import { Evidence } from "./evidence.ts";
import { Judgement } from "./judgement.ts";
import { RecoveredExecution, ReleaseRef } from "./release-ref.ts";
import { ReleaseTarget } from "./release-target.ts";
import { StringByName, type Stored } from "./stored.ts";
import { TaskRun } from "./task-run.ts";
import { Verification } from "./verification.ts";

/** `lockmaster` itself requests a recovery: the rollback of an environment that a release left half changed. */
export const RequestedBy = v.variant("kind", [
  v.object({ kind: v.literal("github"), login: v.string() }),
  v.object({ kind: v.literal("operator"), name: v.string() }),
  v.object({ kind: v.literal("lockmaster") }),
]);
export type RequestedBy = Stored<typeof RequestedBy>;

/** The state of one service before the release changed it: what a rollback restores. */
export const ServiceSnapshot = v.object({
  /** ARN of the task definition to roll back to; absent when the service was never proven (a first deployment). */
  taskDefinition: v.exactOptional(v.string()),
  /** Digest of each container's image as it ran (`sha256:…`), by container name; empty where ECS reported none. */
  digests: StringByName,
  /** ARN of the service revision of `taskDefinition`, when ECS reported it. */
  serviceRevision: v.exactOptional(v.string()),
  /** Id of the primary deployment at that time (`ecs-svc/…`). */
  deploymentId: v.exactOptional(v.string()),
  desiredCount: v.number(),
});
export type ServiceSnapshot = Stored<typeof ServiceSnapshot>;

/** Written before a service is changed, completed afterwards: shows what was changed even when the function died midway. */
export const ServiceIntent = v.object({
  at: v.string(),
  /** ARN that was registered, or found registered, for this release. */
  taskDefinition: v.exactOptional(v.string()),
  deploymentId: v.exactOptional(v.string()),
});
export type ServiceIntent = Stored<typeof ServiceIntent>;

/**
 * `superseded`: a newer release was requested, and this one changed nothing. `failed`: the execution ended without finishing
 * its release, and recovery closed the record; until the release is reopened, its steps can change nothing.
 */
export const ReleaseStatus = v.picklist([
  "open",
  "succeeded",
  "unproven",
  "rolled-back",
  "rollback-failed",
  "superseded",
  "failed",
]);
export type ReleaseStatus = v.InferOutput<typeof ReleaseStatus>;

/** What is notified of a release's end. */
export const SideEffect = v.picklist(["event", "tags"]);
export type SideEffect = v.InferOutput<typeof SideEffect>;

/** A release without what only its own steps read, and what may be long. */
export const ReleaseSummary = v.object({
  ...ReleaseRef.entries,
  /** The commit that the branch pointed to before the push; of a push only. */
  before: v.exactOptional(v.string()),
  requestedBy: RequestedBy,
  /** Absent in records of an older version. */
  verification: v.exactOptional(Verification),
  /** As far as the request's claim can be believed: see `believedTime`. */
  requestedAt: v.string(),
  /** Hash of the configuration that the release was planned under. */
  policyHash: v.string(),
  status: ReleaseStatus,
  /** Its execution was redriven: the time since its start includes the time until the redrive. */
  redriven: v.exactOptional(v.literal(true)),
  /** Epoch of the environment's lock under which the newest snapshot was taken; intents belong to it. */
  attempt: v.exactOptional(v.number()),
  /**
   * Epoch of the environment's lock when the release was planned; absent when a release held the lock then, and may have
   * changed what runs.
   */
  plannedAtEpoch: v.exactOptional(v.number()),
  /** What runs is not what the plan assumed: the release must be planned again. */
  outdated: v.exactOptional(v.literal(true)),
  /** Digest by image name: of every image of the environment, released now or inherited. */
  images: v.exactOptional(StringByName),
  /** Commit that each of `images` was built from. */
  builtFrom: v.exactOptional(StringByName),
  /** Of a promotion: the release that verified the images. */
  promotedFrom: v.exactOptional(v.object({ environment: v.string(), release: v.string() })),
  /** What the gates found, by image name. */
  judgements: v.exactOptional(record(v.string(), Judgement)),
  /** Digests that run afterwards, by service and container: complete, so that a later promotion needs no other record. */
  services: v.exactOptional(record(v.string(), StringByName)),
  failure: v.exactOptional(v.object({ error: v.string(), cause: v.string() })),
  /** The newer release that made this one superfluous. */
  supersededBy: v.exactOptional(v.string()),
  /** The newer release had ended without success by then: neither is deployed. */
  supersededInVain: v.exactOptional(v.literal(true)),
  endedAt: v.exactOptional(v.string()),
  /** What was not notified of the release's end yet; nothing when absent. */
  pending: v.exactOptional(v.array(SideEffect)),
  /** Notifications that failed for good: why, in a sentence each. */
  abandoned: v.exactOptional(v.array(v.string())),
  /** The version of its tag no longer counts: an operator has retired it. */
  retired: v.exactOptional(v.object({ by: v.string(), at: v.string(), reason: v.string() })),
  /** Of a rollback: the release whose end state it restores; absent when no recorded release has that state. */
  rollsBackTo: v.exactOptional(v.string()),
  /** Of a manual rollback: the last success in the environment's lock when the rollback was planned. */
  standing: v.exactOptional(v.string()),
  /** Of a recovery: the execution that left the environment half changed. */
  recovers: v.exactOptional(RecoveredExecution),
});
export type ReleaseSummary = Stored<typeof ReleaseSummary>;

export const ReleaseRecord = v.object({
  ...ReleaseSummary.entries,
  /** What the release was planned to change; absent in records of an older version, and in checks. */
  target: v.exactOptional(ReleaseTarget),
  /** Of each service, by the configuration's name. */
  snapshot: v.exactOptional(record(v.string(), ServiceSnapshot)),
  /** By service. */
  intents: v.exactOptional(record(v.string(), ServiceIntent)),
  /** Tasks that were run before or after the services were changed, by the configuration's name. */
  tasks: v.exactOptional(record(v.string(), TaskRun)),
  evidence: v.exactOptional(v.array(Evidence)),
});
export type ReleaseRecord = Stored<typeof ReleaseRecord>;

/** @throws InvalidInputError INPUT_INVALID naming every offending path */
export const readReleaseRecord = (value: unknown): ReleaseRecord => parseStored(ReleaseRecord, value);

/** @throws InvalidInputError INPUT_INVALID naming every offending path */
export const readReleaseSummary = (value: unknown): ReleaseSummary => parseInput(ReleaseSummary, value);

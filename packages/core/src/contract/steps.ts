/**
 * What the state machine hands to each step and gets back: the contract between `statemachine/release.asl.json` and
 * `functions/`. Payloads carry identities and small verdicts; policy and snapshots are read from the ledger.
 */
import * as v from "valibot";
import type { ErrorCode } from "../lib/errors.ts";
import { ReleaseRef } from "../ledger/release-ref.ts";

const Count = v.pipe(v.number(), v.integer(), v.minValue(0));
const Instant = v.pipe(v.string(), v.isoTimestamp());

const Release = v.object({ ...ReleaseRef.entries, startedAt: Instant });

/** Every step after Plan is told which release it works for, and how often the execution was redriven by now. */
const ofRelease = { release: Release, redriveCount: Count };

/** `$states.context.Execution`. */
export const Execution = v.object({
  arn: v.string(),
  name: v.string(),
  startedAt: Instant,
  /** When it was started, or redriven for the last time; absent in what an older state machine hands over. */
  attemptedAt: v.exactOptional(Instant),
  redriveCount: Count,
});
export type Execution = v.InferOutput<typeof Execution>;

export type PlanReleaseOutput =
  /** Nothing was recorded: the release that this one builds on has not ended yet. */
  | { state: "waiting"; retryAfterSeconds: number; reason: string }
  | {
      state: "ready";
      release: ReleaseRef;
      /** What is to be built, or reused; of a release each with one clause that says why, for people. */
      images: { image: string; reason?: string }[];
      /** What is known by digest already: a promotion's images. */
      known: BuiltImage[];
      /** The services that this release changes; the others keep what they run. */
      services: { service: string }[];
      /** So long, at most, nobody may be able to look at the release's health before it counts as refuted. */
      healthSeconds: number;
    }
  /** `by` was asked for later: this release is superfluous. */
  | { state: "superseded"; release: ReleaseRef; by: string };

/** Invoked with a task token: the answer goes to the token, as `BuiltImage` or `Superseded`. */
export const StartBuildInput = v.object({
  ...ofRelease,
  image: v.string(),
  /** How often nothing had come of waiting before. */
  polls: Count,
  taskToken: v.string(),
});

/** In place of an image, or of what a gate found: another release was asked for later, and there is no use in waiting. */
export type Superseded = { state: "superseded"; by: string };

export const BuiltImage = v.object({
  image: v.string(),
  /** `registry/repository`, without tag. */
  repositoryUri: v.string(),
  digest: v.string(),
  /** Of the build that made it, when this release asked for one. */
  buildId: v.exactOptional(v.string()),
});
export type BuiltImage = v.InferOutput<typeof BuiltImage>;

/** One image before it is deployed, judged by the policy of the release's environment. */
export const CheckImageInput = v.object({ ...ofRelease, image: BuiltImage });
export type CheckImageOutput = {
  /** Compressed, of the image that will run. */
  sizeBytes: number;
  /** Against the environment's last successful release; absent where it is not judged. */
  growthPercent?: number;
  /** What was not judged, and why. */
  notes: string[];
};

export const CheckScanInput = v.object({
  ...ofRelease,
  image: BuiltImage,
  /** Since when the release waits for the scan, or since a later redrive. */
  since: Instant,
});
export type CheckScanOutput =
  | { state: "waiting"; retryAfterSeconds: number; reason: string }
  | { state: "passed"; warnings: string[] }
  | Superseded;

/** Invoked with a task token: the answer goes to the token, as `AcquireLockAnswer`. */
export const AcquireLockInput = v.object({
  ...ofRelease,
  /** What is to be deployed. */
  images: v.array(BuiltImage),
  /** After so long the state machine looks again by itself. */
  waitLimitSeconds: v.pipe(v.number(), v.integer(), v.minValue(1)),
  taskToken: v.string(),
});
export type AcquireLockAnswer =
  /** `epoch` is what every later step is to be told. */
  | { state: "held"; epoch: number }
  /** Something has changed, or will: ask again, and wait so long this time. */
  | { state: "poll"; waitLimitSeconds?: number }
  | Superseded;

/** Every step after Acquire lock is told the epoch of the lock, and changes nothing once the lock has passed on. */
const underLock = { ...ofRelease, epoch: Count };

export const SnapshotServicesInput = v.object({
  ...underLock,
  /** What is to be deployed. */
  images: v.array(BuiltImage),
  /** Since when the release has been waiting for the services to settle. */
  waitingSince: Instant,
});
export type SnapshotServicesOutput =
  /** `tasks`: whether the configuration has any to run before, and after, the services are changed. */
  | { state: "ready"; tasks: { before: boolean; after: boolean } }
  /** What runs is not what the release was planned for: the lock was given back, and it is to be planned anew. */
  | { state: "outdated"; reason: string }
  | { state: "waiting"; retryAfterSeconds: number; reason: string };

export const RunTasksInput = v.object({
  ...underLock,
  when: v.picklist(["before", "after"]),
  images: v.array(BuiltImage),
  /** The services that this release changes. */
  services: v.array(v.object({ service: v.string() })),
});
export type RunTasksOutput =
  | { state: "waiting"; retryAfterSeconds: number; progress: string }
  | { state: "done" }
  | { state: "failed"; code: ErrorCode; message: string };

export const DeployServiceInput = v.object({
  ...underLock,
  service: v.string(),
  images: v.array(BuiltImage),
});

/** What to watch: one service on its way to one task definition. */
export const Rollout = v.object({
  service: v.string(),
  /** ARN of the task definition that must run in the end; absent when the service is to be left or scaled to zero. */
  taskDefinition: v.optional(v.string()),
  /** Id of the deployment that UpdateService answered (`ecs-svc/…`). */
  deploymentId: v.optional(v.string()),
  serviceDeploymentArn: v.optional(v.string()),
  /** What is expected: `deploy` (our deployment completes), `restore` (the service runs this again, by whichever deployment),
   * `none` (nothing: untouched, or left as it is), `scaled-to-zero` (no task runs). */
  expect: v.picklist(["deploy", "restore", "none", "scaled-to-zero"]),
});
export type Rollout = v.InferOutput<typeof Rollout>;

/** State that each health poll passes on to the next. */
export const HealthTracking = v.object({
  /** Since when everything has been healthy without a break. */
  healthySince: v.exactOptional(Instant),
  /** A poll later than this comes too long after the last one. */
  nextPollBy: v.exactOptional(Instant),
  /** Wrong answers of the probe since the last right one. */
  probe: v.exactOptional(v.object({ wrongSince: Instant, wrongAnswers: Count })),
});
export type HealthTracking = v.InferOutput<typeof HealthTracking>;

export const CheckHealthInput = v.object({
  ...underLock,
  direction: v.picklist(["deploy", "rollback"]),
  /** When the first service was changed; the deadline counts from here. */
  since: Instant,
  /** As the previous poll returned it; null at the first poll of a direction. */
  tracking: v.nullish(HealthTracking),
  rollouts: v.array(Rollout),
});
export type CheckHealthOutput =
  | { state: "waiting"; retryAfterSeconds: number; progress: string; rollouts: Rollout[]; tracking: HealthTracking }
  | { state: "healthy"; proven: boolean }
  | { state: "failed"; code: ErrorCode; message: string };

export const RollbackServiceInput = v.object({ ...underLock, service: v.string() });

/** An error as `$states.errorOutput` gives it. */
export const Failure = v.object({ error: v.string(), cause: v.string() });

export const FinishReleaseInput = v.variant("result", [
  v.object({
    ...underLock,
    result: v.literal("released"),
    proven: v.boolean(),
    images: v.array(BuiltImage),
  }),
  /** A check: the tests have passed, and nothing was deployed. */
  v.object({ ...ofRelease, result: v.literal("checked") }),
  /** Another release was asked for later; nothing was deployed. */
  v.object({ ...ofRelease, result: v.literal("superseded"), by: v.string() }),
  v.object({
    ...underLock,
    result: v.literal("failed"),
    /** What was to be deployed. */
    images: v.array(BuiltImage),
    failure: Failure,
    /** Redrive count when the rollback began; a greater one now means that an operator redrove the finished rollback. */
    rollbackRedriveCount: Count,
    /** `healthy` when every service is proven to be back. */
    rollback: v.picklist(["healthy", "failed"]),
    /** Why the way back failed. */
    rollbackMessage: v.optional(v.string()),
  }),
  /** A rollback: the way back was all that it was for. */
  v.object({
    ...underLock,
    result: v.literal("rolled-back"),
    rollbackRedriveCount: Count,
    rollback: v.picklist(["healthy", "failed"]),
    rollbackMessage: v.optional(v.string()),
  }),
]);
export type FinishReleaseOutput = { outcome: "released" | "rolled-back" | "checked" | "superseded" | "redriven" };

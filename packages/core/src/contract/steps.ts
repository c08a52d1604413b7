/**
 * Input and output of each step: the contract between `statemachine/release.asl.json` and `functions/`. Payloads have
 * identities and small verdicts; the functions read policy and snapshots from the ledger.
 */
import * as v from "valibot";
import type { ErrorCode } from "../lib/errors.ts";
import { ReleaseRef } from "../ledger/release-ref.ts";

const Count = v.pipe(v.number(), v.integer(), v.minValue(0));
const Instant = v.pipe(v.string(), v.isoTimestamp());

const Release = v.object({ ...ReleaseRef.entries, startedAt: Instant });

/** Every step after Plan gets its release, and the number of redrives of the execution so far. */
const ofRelease = { release: Release, redriveCount: Count };

/** `$states.context.Execution`. */
export const Execution = v.object({
  arn: v.string(),
  name: v.string(),
  startedAt: Instant,
  /** When it was started, or last redriven; absent in the input by an older state machine. */
  attemptedAt: v.exactOptional(Instant),
  redriveCount: Count,
});
export type Execution = v.InferOutput<typeof Execution>;

export type PlanReleaseOutput =
  /** Nothing was recorded: the release that this one depends on has not ended yet. */
  | { state: "waiting"; retryAfterSeconds: number; reason: string }
  | {
      state: "ready";
      release: ReleaseRef;
      /** Images to build or to reuse; those of a release with the reason, for people. */
      images: { image: string; reason?: string }[];
      /** Images with a known digest: those of a promotion. */
      known: BuiltImage[];
      /** The services that this release changes; it leaves the others as they are. */
      services: { service: string }[];
      /** Longest time without a successful health poll before the rollout counts as failed. */
      healthSeconds: number;
    }
  /** The newer release `by` supersedes this one. */
  | { state: "superseded"; release: ReleaseRef; by: string };

/** Invoked with a task token, which gets the result: `BuiltImage` or `Superseded`. */
export const StartBuildInput = v.object({
  ...ofRelease,
  image: v.string(),
  /** How many waits have ended without a result. */
  polls: Count,
  taskToken: v.string(),
});

/** Instead of an image or a gate's verdict: the newer release `by` supersedes this one, which need not wait any longer. */
export type Superseded = { state: "superseded"; by: string };

export const BuiltImage = v.object({
  image: v.string(),
  /** `registry/repository`, without tag. */
  repositoryUri: v.string(),
  digest: v.string(),
  /** Of the build that made it, when this release requested one. */
  buildId: v.exactOptional(v.string()),
});
export type BuiltImage = v.InferOutput<typeof BuiltImage>;

/** Judges one image, before it is deployed, against the policy of the release's environment. */
export const CheckImageInput = v.object({ ...ofRelease, image: BuiltImage });
export type CheckImageOutput = {
  /** Compressed, of the image that will run. */
  sizeBytes: number;
  /** Compared with the environment's last successful release; absent where growth is not judged. */
  growthPercent?: number;
  /** What was not judged, and why. */
  notes: string[];
};

export const CheckScanInput = v.object({
  ...ofRelease,
  image: BuiltImage,
  /** When the release began to wait for the scan, or was last redriven. */
  since: Instant,
});
export type CheckScanOutput =
  | { state: "waiting"; retryAfterSeconds: number; reason: string }
  | { state: "passed"; warnings: string[] }
  | Superseded;

/** Invoked with a task token, which gets the result: `AcquireLockAnswer`. */
export const AcquireLockInput = v.object({
  ...ofRelease,
  /** What is to be deployed. */
  images: v.array(BuiltImage),
  /** The state machine polls again after this time. */
  waitLimitSeconds: v.pipe(v.number(), v.integer(), v.minValue(1)),
  taskToken: v.string(),
});
export type AcquireLockAnswer =
  /** Every later step gets `epoch`. */
  | { state: "held"; epoch: number }
  /** The queue has changed, or will: request the lock again, and then wait at most `waitLimitSeconds`. */
  | { state: "poll"; waitLimitSeconds?: number }
  /** A manual rollback: another release has succeeded since it was planned, so it must be planned again. */
  | { state: "outdated" }
  | Superseded;

/** Every step after Acquire lock gets the lock's epoch, and changes nothing once the lock has passed to another release. */
const underLock = { ...ofRelease, epoch: Count };

export const SnapshotServicesInput = v.object({
  ...underLock,
  /** What is to be deployed. */
  images: v.array(BuiltImage),
  /** When the release began to wait for stable services. */
  waitingSince: Instant,
});
export type SnapshotServicesOutput =
  /** `tasks`: whether the configuration has tasks to run before, and after, the services are changed. */
  | { state: "ready"; tasks: { before: boolean; after: boolean } }
  /** The services do not run what the plan assumes: the lock was handed back, and the release must be planned again. */
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

/**
 * Of a service that is deployed or rolled back: an environment has at most 50, whose errors are one output of at most 256 KiB. The
 * state machine keeps 1,250 characters of each error, also of those that Lambda makes.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html (size of input or output)
 */
export const maxServiceMessageBytes = 1_000;

export const DeployServiceInput = v.object({
  ...underLock,
  service: v.string(),
  images: v.array(BuiltImage),
});

/** One service that is being deployed or rolled back to a task definition. */
export const Rollout = v.object({
  service: v.string(),
  /** ARN of the task definition that must run in the end; absent when the service stays as it is or is scaled to zero. */
  taskDefinition: v.optional(v.string()),
  /** Id of the deployment that UpdateService returned (`ecs-svc/…`). */
  deploymentId: v.optional(v.string()),
  serviceDeploymentArn: v.optional(v.string()),
  /** An UpdateService before the answered one was not answered, and may still take effect. */
  unanswered: v.optional(v.literal(true)),
  /** `deploy`: this deployment completes; `restore`: the service runs the task definition again, by any deployment; `none`:
   * nothing, because the service was not changed or stays as it is; `scaled-to-zero`: no task runs. */
  expect: v.picklist(["deploy", "restore", "none", "scaled-to-zero"]),
});
export type Rollout = v.InferOutput<typeof Rollout>;

/** State that each health poll passes on to the next. */
export const HealthTracking = v.object({
  /** Since when everything has been healthy without interruption. */
  healthySince: v.exactOptional(Instant),
  /** A poll later than this comes too long after the last one. */
  nextPollBy: v.exactOptional(Instant),
  /** Wrong responses to the probe since the last right one. */
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
  /** The newer release `by` supersedes this one; nothing was deployed. */
  v.object({ ...ofRelease, result: v.literal("superseded"), by: v.string() }),
  v.object({
    ...underLock,
    result: v.literal("failed"),
    /** What was to be deployed. */
    images: v.array(BuiltImage),
    failure: Failure,
    /** Redrive count when the rollback began; a greater one now means that an operator redrove the finished rollback. */
    rollbackRedriveCount: Count,
    /** `healthy` when every service is proven to be restored. */
    rollback: v.picklist(["healthy", "failed"]),
    /** Why the rollback failed. */
    rollbackMessage: v.optional(v.string()),
  }),
  /** A manual rollback or a recovery. */
  v.object({
    ...underLock,
    result: v.literal("rolled-back"),
    rollbackRedriveCount: Count,
    rollback: v.picklist(["healthy", "failed"]),
    rollbackMessage: v.optional(v.string()),
  }),
]);
export type FinishReleaseOutput = { outcome: "released" | "rolled-back" | "checked" | "superseded" | "redriven" };

import { configureBuild } from "../build/configured-build.ts";
import type { Registry } from "../build/ports.ts";
import { decideRequest } from "../build/request-build.ts";
import type { Waiver } from "../config/gates.ts";
import { recipeOf } from "../config/recipe.ts";
import { newRelease } from "../contract/new-release.ts";
import type { DeploymentInput } from "../contract/release-input.ts";
import type { BuiltImage } from "../contract/steps.ts";
import { findDeployment, type DeploymentReads } from "../ecs/released-task-definition.ts";
import type { TaskDefinitionInput } from "../ecs/task-definition.ts";
import { waiversInForce } from "../gates/waivers.ts";
import type { Freeze, LockHolder, LockRecord } from "../ledger/lock-record.ts";
import type { LockLedger, WaiverLedger } from "../ledger/ports.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import type { ReleaseRef } from "../ledger/release-ref.ts";
import { type ErrorCode, RejectedError } from "../lib/errors.ts";
import { freezeInForce, refuseFrozen } from "../lock/freeze.ts";
import type { Policy } from "../policy/policy.ts";
import { tasksOf } from "../tasks/run-tasks.ts";
import { decideRelease, findLastSuccess, type DecisionPorts } from "./begin-release.ts";
import type { ReleasePlan } from "./release-plan.ts";

export type PreviewPorts = DecisionPorts &
  DeploymentReads & {
    ledger: DecisionPorts["ledger"] & Pick<LockLedger, "lock"> & WaiverLedger;
    registry: Registry;
  };

/** One image of the release, and where it comes from. */
export type ImagePreview = {
  image: string;
  /** Why it is part of the release; absent in a promotion. */
  reason?: string;
  /** `build`: a new build; `join`: a build is under way; `reuse`: the commit's image exists; `promote`: verified upstream. */
  from: "build" | "join" | "reuse" | "promote";
  repositoryUri: string;
  /** Absent until it is built. */
  digest?: string;
  /** How long the build of the running image took. */
  lastBuildSeconds?: number;
  /** Findings that its scan gate lets pass. */
  waivers: readonly Waiver[];
};

/** One service, and the task definition that the release sets it to: an image to be built has the digest `digestToCome`. */
export type ServicePreview = {
  service: string;
  ecsService: string;
  /** `none`: it runs this already; `update`: the revision is registered already; `register`: a new revision is registered. */
  action: "none" | "update" | "register";
  /** ARN of the task definition that runs; absent where ECS reports none. */
  runs?: string;
  current: TaskDefinitionInput;
  wanted: TaskDefinitionInput;
};

export type ReleasePreview = {
  release: Omit<ReleaseRef, "id" | "executionArn" | "startedAt">;
  queue: Pick<LockRecord, "dirty"> & { holder?: LockHolder; waiting: string[]; freeze?: Freeze };
  /** Why the release would be refused now. */
  refusal?: { code: ErrorCode; message: string };
  /** What a promotion would wait for. */
  waiting?: string;
  /** Absent when the release would be refused, or would wait, before it is planned. */
  plan?: {
    images: ImagePreview[];
    services: ServicePreview[];
    /** Digest by image, of the images that the release does not change. */
    kept: Readonly<Record<string, string>>;
    tasks: Record<"before" | "after", readonly string[]>;
    promotedFrom?: ReleaseRecord["promotedFrom"];
  };
};

/** Stands for the digest of an image that is not built yet. */
export const digestToCome = "sha256:<of the build>";

/**
 * What the release of a commit would do if it began now, by the code that does it. Changes nothing.
 *
 * @param policy of the environment, which a release may be previewed under before it is installed
 * @throws InvalidInputError INPUT_INVALID when the environment does not follow the ref; every refusal is part of the answer
 */
export async function previewRelease(
  ports: PreviewPorts,
  input: DeploymentInput,
  policy: Policy,
  now: Date,
): Promise<ReleasePreview> {
  const execution = { arn: "", name: "preview", startedAt: now.toISOString(), redriveCount: 0 };
  const { record } = newRelease(execution, input, policy.hash);
  const lock = await ports.ledger.lock(record);
  const { kind, repository, environment, ref, sha } = input;
  return {
    release: { kind, repository, environment, ref, sha },
    queue: queueOf(lock, now),
    ...(await refusalOr(async () => {
      const decision = await decideRelease(ports, record, policy, 0);
      if (decision.state === "waiting") return { waiting: decision.reason };
      const plan = await previewPlan(ports, decision.plan, policy, now);
      return { ...(await refusalOr(() => refuseFrozen(lock, now))), plan };
    })),
  };
}

async function refusalOr<T extends object>(
  run: () => T | void | Promise<T>,
): Promise<T | Pick<ReleasePreview, "refusal"> | undefined> {
  try {
    return (await run()) ?? undefined;
  } catch (error) {
    if (!(error instanceof RejectedError)) throw error;
    return { refusal: { code: error.code, message: error.message } };
  }
}

function queueOf(lock: LockRecord, now: Date): ReleasePreview["queue"] {
  const freeze = freezeInForce(lock, now);
  return {
    dirty: lock.dirty,
    ...(lock.holder !== undefined && { holder: lock.holder }),
    waiting: lock.waiters.map(({ release }) => release),
    ...(freeze !== undefined && { freeze }),
  };
}

async function previewPlan(
  ports: PreviewPorts,
  { record, services, ...plan }: ReleasePlan,
  policy: Policy,
  now: Date,
): Promise<NonNullable<ReleasePreview["plan"]>> {
  const images = [
    ...(await Promise.all(plan.images.map((image) => previewBuild(ports, record, image, policy, now)))),
    ...plan.known.map((known) => ({ ...known, from: "promote" as const })),
  ];
  const added = await ports.ledger.waivers(record.repository);
  const { environment } = policy;
  const built = images.map(({ digest = digestToCome, image, repositoryUri }) => ({ image, repositoryUri, digest }));
  const released = new Set(images.map(({ image }) => image));
  return {
    images: images.map((one) => ({
      ...one,
      waivers: waiversInForce(
        { configured: environment.gates.scan.waivers, stored: added },
        { image: one.image, environment: record.environment },
        now,
      ),
    })),
    services: await Promise.all(services.map(({ service }) => previewService(ports, policy, service, built))),
    kept: Object.fromEntries(Object.entries(record.images ?? {}).filter(([image]) => !released.has(image))),
    tasks: {
      before: tasksOf(environment, { when: "before", services }).map(({ name }) => name),
      after: tasksOf(environment, { when: "after", services }).map(({ name }) => name),
    },
    ...(record.promotedFrom !== undefined && { promotedFrom: record.promotedFrom }),
  };
}

async function previewBuild(
  { ledger, registry }: PreviewPorts,
  record: ReleaseRecord,
  { image, reason }: { image: string; reason?: string },
  { images }: Policy,
  now: Date,
): Promise<Omit<ImagePreview, "waivers">> {
  const configured = configureBuild(
    { release: record, redriveCount: 0, image, polls: 0, taskToken: "" },
    images,
    "",
    now,
  );
  const repositoryUri = await registry.repositoryUri(configured.image.repository);
  const known = await ledger.build(configured.request);
  const { action, record: build } = await decideRequest(registry, configured, known);
  const isReused = action === "reuse";
  const lastBuildSeconds = isReused ? undefined : await lastBuildOf(ledger, record, image, images);
  return {
    image,
    ...(reason !== undefined && { reason }),
    from: isReused ? "reuse" : action === "join" ? "join" : "build",
    repositoryUri,
    ...(isReused && build.digest !== undefined && { digest: build.digest }),
    ...(lastBuildSeconds !== undefined && { lastBuildSeconds }),
  };
}

async function lastBuildOf(
  ledger: PreviewPorts["ledger"],
  record: ReleaseRecord,
  image: string,
  images: Policy["images"],
): Promise<number | undefined> {
  const sha = (await findLastSuccess(ledger, record))?.builtFrom?.[image];
  const configured = images[image];
  if (sha === undefined || configured === undefined) return undefined;
  const build = await ledger.build({ repository: record.repository, image, sha, recipe: recipeOf(configured) });
  return build?.durationSeconds;
}

async function previewService(
  ports: DeploymentReads,
  { environment }: Policy,
  service: string,
  images: readonly BuiltImage[],
): Promise<ServicePreview> {
  const found = await findDeployment(ports, environment, service, images);
  const { configured, primary, current, wanted, isLive, registered } = found;
  return {
    service,
    ecsService: configured.service,
    action: isLive && primary !== undefined ? "none" : registered === undefined ? "register" : "update",
    ...(primary !== undefined && { runs: primary.taskDefinition }),
    current,
    wanted,
  };
}

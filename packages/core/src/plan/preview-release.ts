import { considerOrder } from "../build/request-build.ts";
import { configuredBuild } from "../build/build-request.ts";
import { recipeOf } from "../config/recipe.ts";
import type { Waiver } from "../config/gates.ts";
import type { StoredConfiguration } from "../config/stored.ts";
import { type ErrorCode, RejectedError } from "../lib/errors.ts";
import { waiversInForce } from "../gates/waivers.ts";
import type { LockLedger, WaiverLedger } from "../ledger/ports.ts";
import { freezeInForce, refuseFrozen } from "../lock/freeze.ts";
import type { Registry } from "../build/ports.ts";
import type { Freeze, LockHolder, LockRecord } from "../ledger/lock-record.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import type { ReleaseRef } from "../ledger/release-ref.ts";
import type { DeploymentInput } from "../contract/release-input.ts";
import { findDeployment, type DeploymentReads } from "../ecs/released-task-definition.ts";
import type { TaskDefinitionInput } from "../ecs/task-definition.ts";
import type { BuiltImage } from "../contract/steps.ts";
import { tasksOf } from "../tasks/run-tasks.ts";
import { decideRelease, lastSuccess, type DecisionPorts } from "./begin-release.ts";
import { policyOf, type Execution, type Policy } from "../policy/policy.ts";
import { identify, type ReleasePlan } from "./release-plan.ts";

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
  /** `build`: made anew; `join`: a build is under way; `reuse`: the commit's image exists; `promote`: verified upstream. */
  from: "build" | "join" | "reuse" | "promote";
  repositoryUri: string;
  /** Absent until it is built. */
  digest?: string;
  /** How long the build of the one that runs took. */
  lastBuildSeconds?: number;
  /** Findings that may pass its scan. */
  waivers: readonly Waiver[];
};

/** One service, and the task definition that it is set to: of an image to be built, the digest is `digestToCome`. */
export type ServicePreview = {
  service: string;
  ecsService: string;
  /** `none`: it runs just that; `update`: to a revision that is registered; `register`: a new one, and the service to it. */
  action: "none" | "update" | "register";
  /** ARN of the task definition that runs; absent where ECS tells none. */
  runs?: string;
  current: TaskDefinitionInput;
  wanted: TaskDefinitionInput;
};

export type ReleasePreview = {
  release: Omit<ReleaseRef, "id" | "executionArn" | "startedAt">;
  policy: Policy;
  queue: Pick<LockRecord, "dirty"> & { holder?: LockHolder; waiting: string[]; freeze?: Freeze };
  /** Why the release could not begin now. */
  refusal?: { code: ErrorCode; message: string };
  /** What a promotion would wait for. */
  waiting?: string;
  /** Absent where refusal or waiting keep it from being known. */
  plan?: {
    images: ImagePreview[];
    services: ServicePreview[];
    /** Digest by image, of those that stay as they are. */
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
 * @throws InvalidInputError INPUT_INVALID when the ref does not lead to the environment
 * @throws RejectedError CONFIGURATION_MISSING when there is no such environment; every other refusal is part of the answer
 */
export async function previewRelease(ports: PreviewPorts, input: DeploymentInput, now: Date): Promise<ReleasePreview> {
  const stored = await ports.ledger.configuration(input.repository);
  const policy = policyOf(input, stored);
  const execution = { arn: "", name: "preview", startedAt: now.toISOString(), redriveCount: 0 };
  const lock = await ports.ledger.lock(input);
  const { kind, repository, environment, ref, sha } = input;
  return {
    release: { kind, repository, environment, ref, sha },
    policy,
    queue: queueOf(lock, now),
    ...(await refusalOr(async () => {
      const decision = await decideRelease(ports, execution, input, now);
      if (decision.state === "waiting") return { waiting: decision.reason };
      const plan = await expand(ports, { execution, input, policy }, decision.plan, stored, now);
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

type Wish = { execution: Execution; input: DeploymentInput; policy: Policy };

async function expand(
  ports: PreviewPorts,
  request: Wish,
  { output, record }: ReleasePlan,
  stored: StoredConfiguration | undefined,
  now: Date,
): Promise<NonNullable<ReleasePreview["plan"]>> {
  const images = [
    ...(await Promise.all(output.images.map((image) => previewBuild(ports, request, image, stored, now)))),
    ...output.known.map((known) => ({ ...known, from: "promote" as const })),
  ];
  const added = await ports.ledger.waivers(request.input.repository);
  const { environment } = request.policy;
  const built = images.map(({ digest = digestToCome, image, repositoryUri }) => ({ image, repositoryUri, digest }));
  const released = new Set(images.map(({ image }) => image));
  return {
    images: images.map((one) => ({
      ...one,
      waivers: waiversInForce(
        { configured: environment.gates.scan.waivers, stored: added },
        { image: one.image, environment: request.input.environment },
        now,
      ),
    })),
    services: await Promise.all(output.services.map(({ service }) => previewService(ports, request, service, built))),
    kept: Object.fromEntries(Object.entries(record.images ?? {}).filter(([image]) => !released.has(image))),
    tasks: {
      before: tasksOf(environment, { when: "before", services: output.services }).map(({ name }) => name),
      after: tasksOf(environment, { when: "after", services: output.services }).map(({ name }) => name),
    },
    ...(record.promotedFrom !== undefined && { promotedFrom: record.promotedFrom }),
  };
}

async function previewBuild(
  { ledger, registry }: PreviewPorts,
  request: Wish,
  { image, reason }: { image: string; reason?: string },
  stored: StoredConfiguration | undefined,
  now: Date,
): Promise<Omit<ImagePreview, "waivers">> {
  const { release } = identify(request);
  const order = configuredBuild({ release, redriveCount: 0, image, polls: 0, taskToken: "" }, stored, "", now);
  const repositoryUri = await registry.repositoryUri(order.image.repository);
  const { action, record } = await considerOrder(registry, order, await ledger.build(order.request));
  const isReused = action === "reuse";
  const lastBuildSeconds = isReused ? undefined : await lastBuildOf(ledger, request, image);
  return {
    image,
    ...(reason !== undefined && { reason }),
    from: isReused ? "reuse" : action === "join" ? "join" : "build",
    repositoryUri,
    ...(isReused && record.digest !== undefined && { digest: record.digest }),
    ...(lastBuildSeconds !== undefined && { lastBuildSeconds }),
  };
}

async function lastBuildOf(
  ledger: PreviewPorts["ledger"],
  { input, policy }: Wish,
  image: string,
): Promise<number | undefined> {
  const sha = (await lastSuccess(ledger, input))?.builtFrom?.[image];
  const configured = policy.images[image];
  if (sha === undefined || configured === undefined) return undefined;
  const build = await ledger.build({ repository: input.repository, image, sha, recipe: recipeOf(configured) });
  return build?.durationSeconds;
}

async function previewService(
  ports: DeploymentReads,
  { policy }: Wish,
  service: string,
  images: readonly BuiltImage[],
): Promise<ServicePreview> {
  const found = await findDeployment(ports, policy.environment, service, images);
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

import type { AffectedImages } from "../changes/affected-images.ts";
import type { Standing } from "../changes/image-states.ts";
import { imagesOf } from "../config/images-of.ts";
import type { Verified } from "../promotion/find-verified.ts";
import type { ReleaseRecord, ReleaseRef } from "../ledger/release-record.ts";
import type { DeploymentInput } from "../contract/release-input.ts";
import type { PlanReleaseOutput } from "../contract/steps.ts";
import type { Execution, Policy } from "../policy/policy.ts";

export type ReleasePlan = { output: Extract<PlanReleaseOutput, { state: "ready" }>; record: ReleaseRecord };

/** Who asks for what, under which policy. */
export type Request = { execution: Execution; input: DeploymentInput; policy: Policy };

/**
 * Plans the release of a commit: what is built, which services get it, and what the others keep.
 *
 * @param affected the environment's images that the commit affects
 * @param last what the newest release left in the environment; undefined before the first
 */
export function planDeployment(request: Request, affected: AffectedImages, last: Standing | undefined): ReleasePlan {
  const { environment } = request.policy;
  const unaffected = new Set(imagesOf(environment).filter((image) => !affected.has(image)));
  const keep = (left: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(Object.entries(left).filter(([image]) => unaffected.has(image)));
  const { release, record } = identify(request);
  return {
    output: {
      state: "ready",
      release,
      images: [...affected].map(([image, reason]) => ({ image, reason })).toSorted(byImage),
      known: [],
      services: Object.entries(environment.services)
        .filter(([, { containers }]) => Object.values(containers).some((image) => affected.has(image)))
        .map(([service]) => ({ service })),
      healthSeconds: healthSecondsOf(environment),
    },
    record: {
      ...record,
      images: keep(last?.images),
      builtFrom: {
        ...keep(last?.builtFrom),
        ...Object.fromEntries([...affected.keys()].map((image) => [image, release.sha])),
      },
    },
  };
}

const byImage = (a: { image: string }, b: { image: string }): number => (a.image < b.image ? -1 : 1);

/**
 * Plans the promotion of what was verified upstream: nothing is built, and every service gets it, or is seen to run it
 * already.
 */
export function planPromotion(request: Request, { known, ...recorded }: Verified): ReleasePlan {
  const { release, record } = identify(request);
  const services = Object.keys(request.policy.environment.services).map((service) => ({ service }));
  return {
    output: {
      state: "ready",
      release,
      images: [],
      known,
      services,
      healthSeconds: healthSecondsOf(request.policy.environment),
    },
    record: { ...record, ...recorded },
  };
}

/** The longest that a release may take to prove itself. */
export const healthSecondsOf = ({ health }: Policy["environment"]): number =>
  health.deadlineMinutes * 60 + health.bakeSeconds;

/** The release that an execution stands for, and its record as it begins. */
export function identify({ execution, input, policy }: Request): { release: ReleaseRef; record: ReleaseRecord } {
  const { kind, repository, environment, ref, sha, requestedBy, requestedAt } = input;
  const { name: id, arn: executionArn, startedAt } = execution;
  const release = { id, executionArn, startedAt, kind, repository, environment, ref, sha };
  return { release, record: { ...release, requestedBy, requestedAt, policyHash: policy.hash, status: "open" } };
}

import type { ProbeEvidence } from "../ledger/evidence.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import type { ReleaseRef } from "../ledger/release-ref.ts";
import type { ObservedRollout } from "./observe-rollouts.ts";
import type { HttpProbe } from "../ecs/ports.ts";
import { findProbeFailure, type ProbePolicy } from "../ecs/probe.ts";

export type ProbedRelease = {
  direction: "deploy" | "rollback";
  observed: readonly ObservedRollout[];
  release: Pick<ReleaseRef, "sha">;
  record: Pick<ReleaseRecord, "builtFrom"> | undefined;
};

/**
 * Requests the probe URL and returns the evidence against the answer; undefined when the answer is as expected.
 *
 * Skipped when no application can be expected to answer: no service has a desired task, no service was rolled back, or a first
 * deployment was scaled to zero.
 */
export async function requestProbe(
  probe: HttpProbe,
  policy: ProbePolicy,
  { direction, observed, release, record }: ProbedRelease,
): Promise<ProbeEvidence | undefined> {
  const expectations = observed.map(({ rollout }) => rollout.expect);
  if (expectations.includes("scaled-to-zero") || !observed.some(isExpectedToRun)) return undefined;
  const answer = await probe.request(policy.url, policy.timeoutSeconds);
  return findProbeFailure(answer, policy, direction === "deploy" ? revisionsOf(release.sha, record) : []);
}

const isExpectedToRun = ({ rollout, observation }: ObservedRollout): boolean =>
  rollout.expect !== "none" && (observation.service?.desiredCount ?? 0) > 0;

/** An image that the commit did not affect still reports the commit that it was built from. */
const revisionsOf = (sha: string, record: Pick<ReleaseRecord, "builtFrom"> | undefined): string[] => [
  ...new Set([sha, ...Object.values(record?.builtFrom ?? {})]),
];

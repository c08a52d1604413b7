import type { ReleaseRecord, ServiceSnapshot } from "../ledger/release-record.ts";
import type { Policy } from "../policy/policy.ts";

/**
 * Why a release that holds the lock must be planned again; undefined when its plan is still valid.
 *
 * A release is planned long before it gets the lock, and its plan leaves services alone that its commit does not change. The
 * previous holder of the lock may have changed those: then the release's record would name images that do not run, or an image
 * that a later commit reverts would stay.
 *
 * @param epoch of the lock, as the release holds it
 * @param snapshot what runs now
 */
export function outdatedReason(
  { kind, outdated, policyHash, plannedAtEpoch, images: inherited = {} }: ReleaseRecord,
  epoch: number,
  snapshot: Readonly<Record<string, ServiceSnapshot>>,
  { environment: { services }, hash }: Pick<Policy, "environment" | "hash">,
): string | undefined {
  if (outdated === true) return "the release's plan is already recorded as outdated";
  if (kind !== "rollback" && policyHash !== hash) return "the configuration has changed since the release was planned";
  // A promotion deploys every image, and a manual rollback names what must run.
  if (kind !== "deploy" || plannedAtEpoch === epoch - 1) return undefined;
  const changed = Object.entries(services).flatMap(([service, { containers }]) =>
    Object.entries(containers).flatMap(([container, image]) => {
      const planned = inherited[image];
      const running = snapshot[service]?.digests[container];
      const isOther = planned !== undefined && running !== undefined && running !== planned;
      return isOther
        ? [`container ${container} of service ${service} runs ${running}, but the plan expects ${planned}`]
        : [];
    }),
  );
  return changed.length === 0 ? undefined : changed.join("; ");
}

import type { EnvironmentConfiguration } from "../config/schema.ts";
import type { ReleaseRecord, ServiceSnapshot } from "../ledger/release-record.ts";

/**
 * Why a release has to be planned anew, now that it holds the lock; undefined when it does not.
 *
 * A release is planned long before it gets the lock, and leaves alone what its commit does not change. Whoever held the lock
 * meanwhile may have put something else there: then its record would claim what does not run, or an image that a later commit
 * took back would stay.
 *
 * @param epoch of the lock, as the release holds it
 * @param snapshot what runs now
 */
export function whyOutdated(
  { kind, outdated, plannedAtEpoch, images: inherited = {} }: ReleaseRecord,
  epoch: number,
  snapshot: Readonly<Record<string, ServiceSnapshot>>,
  { services }: Pick<EnvironmentConfiguration, "services">,
): string | undefined {
  if (outdated === true) return "it was found to be outdated before";
  // A promotion brings every image, a rollback says itself what is to run.
  if (kind !== "deploy" || plannedAtEpoch === epoch - 1) return undefined;
  const changed = Object.entries(services).flatMap(([service, { containers }]) =>
    Object.entries(containers).flatMap(([container, image]) => {
      const planned = inherited[image];
      const running = snapshot[service]?.digests[container];
      const isOther = planned !== undefined && running !== undefined && running !== planned;
      return isOther ? [`container ${container} of ${service} runs ${running}, not ${planned}`] : [];
    }),
  );
  return changed.length === 0 ? undefined : changed.join("; ");
}

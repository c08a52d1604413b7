import type { EnvironmentConfiguration } from "../config/schema.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";

type Digests = Readonly<Record<string, string>>;

/**
 * The digests that run after a successful release, by service and container: the released ones, and for every other container the
 * one in the snapshot, or the inherited one when ECS reported none. Complete, so that a promotion needs no other record.
 *
 * @param released digest by image name, of the images that this release deployed
 * @param inherited digest by image name, of the images that the plan kept
 */
export function releasedDigests(
  environment: EnvironmentConfiguration,
  released: Digests,
  inherited: Digests,
  snapshot: ReleaseRecord["snapshot"],
): Record<string, Digests> {
  return Object.fromEntries(
    Object.entries(environment.services).map(([service, { containers }]) => [
      service,
      {
        ...byContainer(containers, inherited),
        ...snapshot?.[service]?.digests,
        ...byContainer(containers, released),
      },
    ]),
  );
}

/** @param containers image by container */
function byContainer(containers: Digests, images: Digests): Digests {
  return Object.fromEntries(
    Object.entries(containers).flatMap(([container, image]) => {
      const digest = images[image];
      return digest === undefined ? [] : [[container, digest] as const];
    }),
  );
}

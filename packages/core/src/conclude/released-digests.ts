import type { EnvironmentConfiguration } from "../config/schema.ts";
import type { ReleaseRecord } from "../records.ts";

type Digests = Readonly<Record<string, string>>;

/**
 * What runs after a successful release, by service and container: the released digests, and for every other container the one
 * that the snapshot saw. Complete, so that a promotion needs no other record.
 *
 * @param images digest by image name
 */
export function releasedDigests(
  environment: EnvironmentConfiguration,
  images: Digests,
  snapshot: ReleaseRecord["snapshot"],
): Record<string, Digests> {
  return Object.fromEntries(
    Object.entries(environment.services).map(([service, { containers }]) => {
      const released = Object.entries(containers).flatMap(([container, image]) => {
        const digest = images[image];
        return digest === undefined ? [] : [[container, digest] as const];
      });
      return [service, { ...snapshot?.[service]?.digests, ...Object.fromEntries(released) }];
    }),
  );
}

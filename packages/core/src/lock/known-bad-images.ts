import type { EnvironmentConfiguration } from "../config/schema.ts";
import { RejectedError } from "../lib/errors.ts";
import type { LockRecord } from "../ledger/lock-record.ts";
import type { Evidence } from "../ledger/evidence.ts";

type Digests = Readonly<Record<string, string>>;

/** How many rollbacks a lock remembers: the digests of older ones have long been replaced. */
const maxKnownBad = 20;

/**
 * The digests of a failed release that are known-bad: those of the services that failed; all of them together when the evidence
 * names no service, because the probe or an alarm failed.
 */
export function knownBadImages(
  released: Digests,
  evidence: readonly Evidence[],
  services: EnvironmentConfiguration["services"],
): Digests {
  const images = new Set(
    evidence.flatMap(({ service = "" }) =>
      Object.values(Object.hasOwn(services, service) ? (services[service]?.containers ?? {}) : {}),
    ),
  );
  const failed = Object.entries(released).filter(([image]) => images.has(image));
  return failed.length === 0 ? released : Object.fromEntries(failed);
}

/** Adds digests that were rolled back together; an empty set adds nothing. */
export function addKnownBad(
  knownBad: LockRecord["knownBad"],
  release: string,
  images: Digests,
): LockRecord["knownBad"] {
  if (Object.keys(images).length === 0) return knownBad;
  return [{ release, images }, ...knownBad.filter((known) => !isWithin(known.images, images))].slice(0, maxKnownBad);
}

/** Drops the entries whose digests have all been proven healthy. */
export function dropKnownBad(knownBad: LockRecord["knownBad"], proven: Digests): LockRecord["knownBad"] {
  return knownBad.filter(({ images }) => !isWithin(images, proven));
}

/** @throws RejectedError KNOWN_BAD_IMAGES when a release has digests that were rolled back together */
export function refuseKnownBad({ knownBad, environment }: LockRecord, images: Digests): void {
  const found = knownBad.find((known) => isWithin(known.images, images));
  if (found === undefined) return;
  const list = Object.entries(found.images).map(([image, digest]) => `${image} ${digest}`);
  throw new RejectedError(
    `${list.join(", ")} is known-bad in ${environment}: release ${found.release} failed with it, or rolled it back. Push a fix; or redrive when the image was not the cause: a Redrive deploys known-bad images.`,
    { code: "KNOWN_BAD_IMAGES" },
  );
}

/** Whether all digests of `few` are in `many`. */
export const isWithin = (few: Digests, many: Digests): boolean =>
  Object.entries(few).every(([image, digest]) => many[image] === digest);

import type { EnvironmentConfiguration } from "../config/schema.ts";
import { RejectedError } from "../lib/errors.ts";
import type { LockRecord } from "../ledger/lock-record.ts";
import type { Evidence } from "../ledger/evidence.ts";

type Digests = Readonly<Record<string, string>>;

/** So many rollbacks are remembered: what was taken back before is long replaced by other digests. */
const maxKnownBad = 20;

/**
 * Which of a release's digests its rollback refutes: those that the failing services ran; all of them together where the
 * evidence names no service, because the probe or an alarm spoke against the whole.
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
  const blamed = Object.entries(released).filter(([image]) => images.has(image));
  return blamed.length === 0 ? released : Object.fromEntries(blamed);
}

/** Remembers digests that were taken back; none is none. */
export function addKnownBad(
  knownBad: LockRecord["knownBad"],
  release: string,
  images: Digests,
): LockRecord["knownBad"] {
  if (Object.keys(images).length === 0) return knownBad;
  return [{ release, images }, ...knownBad.filter((known) => !isWithin(known.images, images))].slice(0, maxKnownBad);
}

/** Forgets what a success has disproved. */
export function dropKnownBad(knownBad: LockRecord["knownBad"], proven: Digests): LockRecord["knownBad"] {
  return knownBad.filter(({ images }) => !isWithin(images, proven));
}

/** @throws RejectedError KNOWN_BAD_IMAGES when a release brings digests that were taken back together */
export function refuseKnownBad({ knownBad, environment }: LockRecord, images: Digests): void {
  const found = knownBad.find((known) => isWithin(known.images, images));
  if (found === undefined) return;
  const list = Object.entries(found.images).map(([image, digest]) => `${image} ${digest}`);
  throw new RejectedError(
    `${list.join(", ")} failed in ${environment} with ${found.release} and went back. Push what mends it; or, when the cause lay elsewhere, redrive: what an operator redrives is deployed.`,
    { code: "KNOWN_BAD_IMAGES" },
  );
}

/** Whether all of some digests are among others. */
export const isWithin = (few: Digests, many: Digests): boolean =>
  Object.entries(few).every(([image, digest]) => many[image] === digest);

import type { AffectedImages } from "../changes/affected-images.ts";
import type { LastSuccess } from "../changes/image-states.ts";
import { imagesOf } from "../config/images-of.ts";
import type { EnvironmentConfiguration } from "../config/schema.ts";
import type { PlanReleaseOutput } from "../contract/steps.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import type { Verified } from "../promotion/find-verified.ts";

/** What a release builds and deploys, and its record with what is known already. */
export type ReleasePlan = Pick<Extract<PlanReleaseOutput, { state: "ready" }>, "images" | "known" | "services"> & {
  record: ReleaseRecord;
};

/**
 * Plans the release of a commit: which images are built, which services get them, and which images the others keep.
 *
 * @param affected the environment's images that the commit affects
 * @param last the newest success; undefined before the first
 */
export function planDeployment(
  record: ReleaseRecord,
  environment: EnvironmentConfiguration,
  affected: AffectedImages,
  last: LastSuccess | undefined,
): ReleasePlan {
  const unaffected = new Set(imagesOf(environment).filter((image) => !affected.has(image)));
  const keep = (left: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(Object.entries(left).filter(([image]) => unaffected.has(image)));
  return {
    images: [...affected].map(([image, reason]) => ({ image, reason })).toSorted(byImage),
    known: [],
    services: Object.entries(environment.services)
      .filter(([, { containers }]) => Object.values(containers).some((image) => affected.has(image)))
      .map(([service]) => ({ service })),
    record: {
      ...record,
      images: keep(last?.images),
      builtFrom: {
        ...keep(last?.builtFrom),
        ...Object.fromEntries([...affected.keys()].map((image) => [image, record.sha])),
      },
    },
  };
}

const byImage = (a: { image: string }, b: { image: string }): number => (a.image < b.image ? -1 : 1);

/** Plans a promotion of what was verified upstream: nothing is built, and every service gets it or runs it already. */
export function planPromotion(
  record: ReleaseRecord,
  { services }: EnvironmentConfiguration,
  { known, images, builtFrom, promotedFrom }: Verified,
): ReleasePlan {
  return {
    images: [],
    known,
    services: Object.keys(services).map((service) => ({ service })),
    record: { ...record, images, builtFrom, promotedFrom },
  };
}

/** The longest that a release may take until it is proven healthy. */
export const healthSecondsOf = ({ health }: EnvironmentConfiguration): number =>
  health.deadlineMinutes * 60 + health.bakeSeconds;

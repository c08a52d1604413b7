import { RejectedError } from "../lib/errors.ts";
import { repositoryNameOf } from "../lib/names.ts";
import type { Policy } from "../policy/policy.ts";
import type { ServiceSnapshot } from "../ledger/release-record.ts";
import type { BuiltImage } from "../contract/steps.ts";
import type { KeptImages } from "../ecs/ports.ts";

/**
 * Keeps from expiring what a release is about to deploy, and what runs now, which it may go back to. Before anything changes:
 * an image that runs for a year is as old as one that was never used.
 *
 * What runs may have come from elsewhere, and nothing is to be kept of it then.
 *
 * @throws RejectedError IMAGE_NOT_FOUND when an image that is to be deployed is gone
 */
export async function keepImages(
  keptImages: KeptImages,
  images: readonly BuiltImage[],
  snapshot: Readonly<Record<string, ServiceSnapshot>>,
  policy: Pick<Policy, "images" | "environment">,
): Promise<void> {
  for (const { image, repositoryUri, digest } of images) {
    if (!(await keptImages.keep(repositoryNameOf(repositoryUri), digest))) throw gone(image, repositoryUri, digest);
  }
  const deployed = new Set(images.map(({ digest }) => digest));
  for (const { repository, digest } of running(snapshot, policy)) {
    if (!deployed.has(digest)) await keptImages.keep(repository, digest);
  }
}

/** Each image once, of the containers that the configuration names. */
function running(
  snapshot: Readonly<Record<string, ServiceSnapshot>>,
  { images, environment }: Pick<Policy, "images" | "environment">,
): { repository: string; digest: string }[] {
  const found = Object.entries(environment.services).flatMap(([service, { containers }]) =>
    Object.entries(containers).flatMap(([container, image]) => {
      const repository = images[image]?.repository;
      const digest = snapshot[service]?.digests[container];
      return repository === undefined || digest === undefined ? [] : [[digest, { repository, digest }] as const];
    }),
  );
  return [...new Map(found).values()];
}

const gone = (image: string, repositoryUri: string, digest: string): RejectedError =>
  new RejectedError(
    `image ${image} is to be deployed as ${digest}, which ${repositoryUri} does not hold any more. Push again, or release another commit: it is built anew then`,
    { code: "IMAGE_NOT_FOUND" },
  );

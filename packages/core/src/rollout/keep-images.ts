import { RejectedError } from "../lib/errors.ts";
import { repositoryNameOf } from "../lib/names.ts";
import type { Policy } from "../policy/policy.ts";
import type { ServiceSnapshot } from "../ledger/release-record.ts";
import type { BuiltImage } from "../contract/steps.ts";
import type { KeptImages } from "../ecs/ports.ts";

/**
 * Keeps from expiring the images that the release deploys and the running ones that it may roll back to. Runs before any
 * change, because lifecycle rules know an image's age and not whether it runs.
 *
 * A running image that is not in the configured repository is ignored.
 *
 * @throws RejectedError IMAGE_NOT_FOUND when an image to deploy no longer exists
 */
export async function keepImages(
  keptImages: KeptImages,
  images: readonly BuiltImage[],
  snapshot: Readonly<Record<string, ServiceSnapshot>>,
  policy: Pick<Policy, "images" | "environment">,
): Promise<void> {
  for (const { image, repositoryUri, digest } of images) {
    if (!(await keptImages.keep(repositoryNameOf(repositoryUri), digest)))
      throw imageNotFound(image, repositoryUri, digest);
  }
  const deployed = new Set(images.map(({ digest }) => digest));
  for (const { repository, digest } of running(snapshot, policy)) {
    if (!deployed.has(digest)) await keptImages.keep(repository, digest);
  }
}

/** Images of the configured containers, each once. */
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

const imageNotFound = (image: string, repositoryUri: string, digest: string): RejectedError =>
  new RejectedError(
    `image ${image} (${digest}) no longer exists in ${repositoryUri}. Push again or release another commit: Lockmaster then builds a new image`,
    { code: "IMAGE_NOT_FOUND" },
  );

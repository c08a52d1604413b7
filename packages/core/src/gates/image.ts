import type * as v from "valibot";
import { RejectedError } from "../lib/errors.ts";
import { repositoryNameOf } from "../lib/names.ts";
import { policyOf } from "../policy/policy.ts";
import type { ConfigurationLedger, ReleaseLedger } from "../ledger/ports.ts";
import type { CheckImageInput, CheckImageOutput } from "../contract/steps.ts";
import { runnableDigests } from "./image-manifest.ts";
import type { ImageManifests } from "./image-ports.ts";
import { lastSize } from "./image-sizes.ts";
import { type ImageUsePorts, findImageUses } from "./image-uses.ts";
import { judgeImage, type PlatformImage } from "./image-verdict.ts";

export type CheckImagePorts = ImageUsePorts & {
  ledger: ConfigurationLedger & Pick<ReleaseLedger, "releases" | "recordJudgement">;
  manifests: ImageManifests;
};

type Input = v.InferOutput<typeof CheckImageInput>;

/** Releases that are searched for the last successful one; growth is not judged if it is older. */
const comparedReleases = 50;

/**
 * Judges one image by the environment's current policy and by the services that run it. Records the image's size in the release,
 * whatever the verdict.
 *
 * @throws RejectedError with the code of the first problem, and every problem with its remedy in the message
 */
export async function checkImage(ports: CheckImagePorts, { release, image }: Input): Promise<CheckImageOutput> {
  const { environment } = policyOf(release, await ports.ledger.configuration(release.repository));
  const gate = environment.gates.image;
  const [images, uses, previousSizeBytes] = await Promise.all([
    readImages(ports.manifests, image),
    findImageUses(ports, environment, image.image),
    gate.maximumGrowthPercent === undefined ? undefined : previousSize(ports.ledger, release, image.image),
  ]);
  const { sizeBytes, growthPercent, problems, notes } = judgeImage(images, {
    gate,
    uses,
    ...(previousSizeBytes !== undefined && { previousSizeBytes }),
  });
  await ports.ledger.recordJudgement(release, image.image, { digest: image.digest, sizeBytes });
  const [first] = problems;
  if (first !== undefined) {
    throw new RejectedError(
      `image ${image.image} (${image.digest}) is refused for ${release.environment}: ${problems.map(({ message }) => message).join("; ")}. Push a commit that fixes the image; or change the configuration or task definition, then redrive.`,
      { code: first.code },
    );
  }
  return { sizeBytes, ...(growthPercent !== undefined && { growthPercent }), notes: [...notes] };
}

async function readImages(
  manifests: ImageManifests,
  { repositoryUri, digest }: Input["image"],
): Promise<PlatformImage[]> {
  const repository = repositoryNameOf(repositoryUri);
  const top = await manifests.readManifest(repository, digest);
  return Promise.all(
    runnableDigests(top).map(async (each) => {
      const manifest = each === digest ? top : await manifests.readManifest(repository, each);
      if (manifest.kind === "index") {
        throw new RejectedError(
          `the index ${digest} of ${repository} contains another index, ${each}. Fix the image's build and push another commit.`,
          { code: "IMAGE_UNREADABLE" },
        );
      }
      const config = await manifests.readImageConfig(repository, manifest.config.digest);
      const sizeBytes = [manifest.config, ...manifest.layers].reduce((sum, { size }) => sum + size, 0);
      return { sizeBytes, config };
    }),
  );
}

/** The image's size in the environment's last successful release before this one. */
async function previousSize(
  ledger: Pick<ReleaseLedger, "releases">,
  { id, repository, environment }: Input["release"],
  image: string,
): Promise<number | undefined> {
  const releases = await ledger.releases(repository, environment, comparedReleases);
  return lastSize(
    releases.filter((release) => release.id !== id),
    image,
  );
}

import { createHash } from "node:crypto";
import { BatchGetImageCommand, PutImageCommand, type ECRClient, type Image } from "@aws-sdk/client-ecr";
import { manifestTypes } from "@lockmaster/core/gates/image-manifest.ts";
import { isAwsError, withTranslatedErrors } from "../lib/errors.ts";

/** Digest that a tag stands for; undefined when there is no such tag. */
export async function digestOfTag(client: ECRClient, repository: string, tag: string): Promise<string | undefined> {
  return (await find(client, repository, { imageTag: tag }))?.imageId?.imageDigest;
}

/**
 * Names an image by a tag as well: its manifest is put again, unchanged.
 *
 * @returns false when ECR has no such image
 * @throws whatever ECR answers, unless the tag stands for this very image already
 */
export async function tagImage(client: ECRClient, repository: string, digest: string, tag: string): Promise<boolean> {
  const image = await find(client, repository, { imageDigest: digest });
  if (image?.imageManifest === undefined) return false;
  const { imageManifest, imageManifestMediaType } = image;
  // For whom does not accept its type ECR converts a manifest, which is another image then.
  const received = `sha256:${createHash("sha256").update(imageManifest).digest("hex")}`;
  if (received !== digest) throw new Error(`ECR answered with the manifest of ${received}`);
  try {
    await client.send(
      new PutImageCommand({
        repositoryName: repository,
        imageDigest: digest,
        imageTag: tag,
        imageManifest,
        ...(imageManifestMediaType !== undefined && { imageManifestMediaType }),
      }),
    );
  } catch (error) {
    // Told for an immutable tag even when it stands for this very digest.
    const exists = isAwsError(error, "ImageAlreadyExistsException", "ImageTagAlreadyExistsException");
    if (!exists || (await digestOfTag(client, repository, tag)) !== digest) throw error;
  }
  return true;
}

async function find(
  client: ECRClient,
  repository: string,
  id: { imageTag: string } | { imageDigest: string },
): Promise<Image | undefined> {
  const call = { action: "ecr:BatchGetImage", resource: `repository ${repository}` };
  const { images } = await withTranslatedErrors(call, () =>
    client.send(
      new BatchGetImageCommand({
        repositoryName: repository,
        imageIds: [id],
        acceptedMediaTypes: [...manifestTypes],
      }),
    ),
  );
  return images?.[0];
}

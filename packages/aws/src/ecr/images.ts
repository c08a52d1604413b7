import { createHash } from "node:crypto";
import { BatchGetImageCommand, PutImageCommand, type ECRClient, type Image } from "@aws-sdk/client-ecr";
import { manifestTypes } from "@lockmaster/core/gates/image-manifest.ts";
import { type AwsCall, incompleteAnswer, isAwsError, withTranslatedErrors } from "../lib/errors.ts";

type ImageId = { imageTag: string } | { imageDigest: string };

/** The call that `getImage` makes, for its errors: the callers translate them. */
export const gettingImage = (repository: string): AwsCall => ({
  action: "ecr:BatchGetImage",
  resource: `repository ${repository}`,
});

/**
 * Reads one image with its manifest; without an image, `failure` is ECR's reason.
 *
 * @throws RetryableError AWS_UNAVAILABLE when the answer has neither: the image must not seem to be missing
 */
export async function getImage(
  client: ECRClient,
  repositoryName: string,
  id: ImageId,
): Promise<{ image?: Image | undefined; failure?: string | undefined }> {
  const { images, failures } = await client.send(
    new BatchGetImageCommand({ repositoryName, imageIds: [id], acceptedMediaTypes: [...manifestTypes] }),
  );
  const [image, failure] = [images?.[0], failures?.[0]?.failureReason];
  if (image === undefined && failure === undefined) throw incompleteAnswer(gettingImage(repositoryName), "the image");
  return { image, failure };
}

/** Digest of the image that a tag names; undefined when there is no such tag. */
export async function digestOfTag(client: ECRClient, repository: string, tag: string): Promise<string | undefined> {
  return (await findImage(client, repository, { imageTag: tag }))?.imageId?.imageDigest;
}

/**
 * Adds a tag to an image: puts its manifest again, unchanged.
 *
 * @returns false when ECR has no such image
 * @throws ECR's errors, unless the tag already names this image
 */
export async function tagImage(client: ECRClient, repository: string, digest: string, tag: string): Promise<boolean> {
  const image = await findImage(client, repository, { imageDigest: digest });
  if (image?.imageManifest === undefined) return false;
  const { imageManifest, imageManifestMediaType } = image;
  if (sha256(imageManifest) !== digest) {
    throw incompleteAnswer(gettingImage(repository), `the manifest of ${digest}`);
  }
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
    // ECR refuses an immutable tag even when it already names this digest.
    const exists = isAwsError(error, "ImageAlreadyExistsException", "ImageTagAlreadyExistsException");
    if (!exists || (await digestOfTag(client, repository, tag)) !== digest) throw error;
  }
  return true;
}

/** ECR converts a manifest whose media type the caller does not accept: only its digest proves that it is the same. */
export const sha256 = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;

async function findImage(client: ECRClient, repository: string, id: ImageId): Promise<Image | undefined> {
  return (await withTranslatedErrors(gettingImage(repository), () => getImage(client, repository, id))).image;
}

import { createHash } from "node:crypto";
import { BatchGetImageCommand, PutImageCommand, type ECRClient, type Image } from "@aws-sdk/client-ecr";
import { SideEffectError } from "@lockmaster/core/errors.ts";
import { manifestTypes } from "@lockmaster/core/gates/image-manifest.ts";
import type { VersionTags } from "@lockmaster/core/ports.ts";
import { isAwsError, withTranslatedErrors } from "./errors.ts";

/** Tags of ECR's images. An image gets another one by its manifest being put again, unchanged. */
export function ecrVersionTags(client: ECRClient): VersionTags {
  const digestOf = async (repository: string, tag: string) =>
    (await find(client, repository, { imageTag: tag }))?.imageId?.imageDigest;
  return {
    digestOf,
    async put(repository, digest, tag) {
      try {
        const manifest = await readManifest(client, repository, digest);
        await client.send(
          new PutImageCommand({ ...manifest, repositoryName: repository, imageDigest: digest, imageTag: tag }),
        );
      } catch (error) {
        // Told for an immutable tag even when it stands for this very digest.
        const exists = isAwsError(error, "ImageAlreadyExistsException", "ImageTagAlreadyExistsException");
        if (exists && (await digestOf(repository, tag).catch(() => undefined)) === digest) return;
        throw notSet(repository, digest, tag, error);
      }
    },
  };
}

async function readManifest(client: ECRClient, repository: string, digest: string) {
  const { imageManifest, imageManifestMediaType } = (await find(client, repository, { imageDigest: digest })) ?? {};
  if (imageManifest === undefined) throw new Error(`ECR has no image ${digest} any more`);
  // For whom does not accept its type ECR converts a manifest, which is another image then.
  const received = `sha256:${createHash("sha256").update(imageManifest).digest("hex")}`;
  if (received !== digest) throw new Error(`ECR answered with the manifest of ${received}`);
  return { imageManifest, ...(imageManifestMediaType !== undefined && { imageManifestMediaType }) };
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

const notSet = (repository: string, digest: string, tag: string, cause: unknown) =>
  new SideEffectError(
    `the image ${digest} of repository ${repository} could not be tagged ${tag}: ${cause instanceof Error ? `${cause.name}: ${cause.message}` : "unknown"}`,
    { code: "VERSION_TAG_NOT_SET", cause },
  );

import type { ECRClient } from "@aws-sdk/client-ecr";
import { SideEffectError } from "@lockmaster/core/errors.ts";
import type { VersionTags } from "@lockmaster/core/ports.ts";
import { digestOfTag, tagImage } from "./image-tags.ts";

/** Tags of ECR's images that name versions. */
export function ecrVersionTags(client: ECRClient): VersionTags {
  return {
    digestOf: (repository, tag) => digestOfTag(client, repository, tag),
    async put(repository, digest, tag) {
      try {
        if (await tagImage(client, repository, digest, tag)) return;
      } catch (error) {
        throw notSet(repository, digest, tag, error);
      }
      throw notSet(repository, digest, tag, new Error(`ECR has no image ${digest} any more`));
    },
  };
}

const notSet = (repository: string, digest: string, tag: string, cause: unknown) =>
  new SideEffectError(
    `the image ${digest} of repository ${repository} could not be tagged ${tag}: ${cause instanceof Error ? `${cause.name}: ${cause.message}` : "unknown"}`,
    { code: "VERSION_TAG_NOT_SET", cause },
  );

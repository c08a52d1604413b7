import type { ECRClient } from "@aws-sdk/client-ecr";
import { RejectedError, SideEffectError } from "@lockmaster/core/lib/errors.ts";
import type { VersionTags } from "@lockmaster/core/promotion/ports.ts";
import { isAwsError } from "../lib/errors.ts";
import { digestOfTag, tagImage } from "./images.ts";

/** Version tags of ECR images. */
export function ecrVersionTags(client: ECRClient): VersionTags {
  return {
    digestOf: (repository, tag) => digestOfTag(client, repository, tag),
    async put(repository, digest, tag) {
      const what = `the image ${digest} of repository ${repository} could not be tagged ${tag}`;
      const isThere = await tagImage(client, repository, digest, tag).catch((error: unknown) => {
        throw notSet(what, error);
      });
      if (!isThere) {
        throw new RejectedError(`${what}: the image no longer exists in ECR`, { code: "VERSION_TAG_NOT_SET" });
      }
    },
  };
}

/** A retry gets the same answer until an operator changes the repository. */
const permanent = ["ImageTagAlreadyExistsException", "RepositoryNotFoundException"];

function notSet(what: string, cause: unknown): RejectedError | SideEffectError {
  const message = `${what}: ${cause instanceof Error ? `${cause.name}: ${cause.message}` : "unknown error"}`;
  const awsError = cause instanceof RejectedError ? cause.cause : cause;
  return isAwsError(awsError, ...permanent)
    ? new RejectedError(message, { code: "VERSION_TAG_NOT_SET", cause })
    : new SideEffectError(message, { code: "VERSION_TAG_NOT_SET", cause });
}

/** ECR's errors, with ECR's messages. */
import type { ImageIdentifier } from "@aws-sdk/client-ecr";
import { AwsError } from "../../protocol/errors.ts";

export function repositoryNotFound(name: string, registryId: string): AwsError {
  return new AwsError(
    "RepositoryNotFoundException",
    `The repository with name '${name}' does not exist in the registry with id '${registryId}'`,
  );
}

export function repositoryAlreadyExists(name: string, registryId: string): AwsError {
  return new AwsError(
    "RepositoryAlreadyExistsException",
    `The repository with name '${name}' already exists in the registry with id '${registryId}'`,
  );
}

export function invalidParameter(parameter: string, constraint: string): AwsError {
  return new AwsError(
    "InvalidParameterException",
    `Invalid parameter at '${parameter}' failed to satisfy constraint: '${constraint}'`,
  );
}

/** Without a tag, and with a digest of another form, an id is invalid; pulumi/pulumi-aws#2466 quotes ECR's answer. */
export function imageNotFound(id: ImageIdentifier, repository: string, registryId: string): AwsError {
  if (id.imageDigest === undefined && id.imageTag === undefined) {
    return invalidParameter("imageId", "both tag and digest cannot be null");
  }
  if (id.imageDigest !== undefined && !isDigest(id.imageDigest)) {
    return invalidParameter("imageDigest", `must satisfy regular expression '${digestPattern}'`);
  }
  const { imageDigest = "null", imageTag = "null" } = id;
  return new AwsError(
    "ImageNotFoundException",
    `The image with imageId {imageDigest:'${imageDigest}', imageTag:'${imageTag}'} does not exist within the repository with name '${repository}' in the registry with id '${registryId}'`,
  );
}

/** The form of digests in ECR's API model. */
export const digestPattern = "[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+";

export function isDigest(text: string): boolean {
  return new RegExp(`^${digestPattern}$`).test(text);
}

export function imageAlreadyExists(
  image: { digest: string; tag: string | undefined },
  repository: string,
  registryId: string,
): AwsError {
  return new AwsError(
    "ImageAlreadyExistsException",
    `Image with digest '${image.digest}' and tag '${image.tag ?? "null"}' already exists in the repository with name '${repository}' in registry with id '${registryId}'`,
  );
}

export function imageTagAlreadyExists(tag: string, repository: string): AwsError {
  return new AwsError(
    "ImageTagAlreadyExistsException",
    `The image tag '${tag}' already exists in the '${repository}' repository and cannot be overwritten because the tag is immutable.`,
  );
}

export function imageDigestDoesNotMatch(given: string, computed: string): AwsError {
  return new AwsError(
    "ImageDigestDoesNotMatchException",
    `The image digest '${given}' does not match the digest '${computed}' that was calculated for the image manifest`,
  );
}

export function layersNotFound(digests: readonly string[], repository: string, registryId: string): AwsError {
  return new AwsError(
    "LayersNotFoundException",
    `Layers with digests '[${digests.join(", ")}]' do not exist in the repository with name '${repository}' in the registry with id '${registryId}'`,
  );
}

export function referencedImagesNotFound(digests: readonly string[], repository: string, registryId: string): AwsError {
  return new AwsError(
    "ReferencedImagesNotFoundException",
    `Images with digests '[${digests.join(", ")}]' required for pushing image into repository with name '${repository}' in the registry with id '${registryId}' do not exist`,
  );
}

/** Names one layer, unlike PutImage's error with the same name (monken/aws-ecr-public#11). */
export function layerNotFound(digest: string, repository: string, registryId: string): AwsError {
  return new AwsError(
    "LayersNotFoundException",
    `The layer with digest '${digest}' does not exist within the repository with name '${repository}' in the registry with id '${registryId}'`,
  );
}

export function layerInaccessible(digest: string, repository: string, registryId: string): AwsError {
  return new AwsError(
    "LayerInaccessibleException",
    `The layer with digest '${digest}' in the repository with name '${repository}' in the registry with id '${registryId}' is not associated with an image`,
  );
}

export function scanNotFound(id: ImageIdentifier, repository: string, registryId: string): AwsError {
  const { imageDigest = "null", imageTag = "null" } = id;
  return new AwsError(
    "ScanNotFoundException",
    `Image scan does not exist for the image with '{imageDigest:'${imageDigest}', imageTag:'${imageTag}'}' in the repository with name '${repository}' in the registry with id '${registryId}'`,
  );
}

export function scanQuotaExceeded(): AwsError {
  return new AwsError("LimitExceededException", "The scan quota per image has been exceeded. Wait and try again.");
}

export function cannotBeScanned(mediaType: string): AwsError {
  return new AwsError("UnsupportedImageTypeException", `An artifact with media type '${mediaType}' cannot be scanned`);
}

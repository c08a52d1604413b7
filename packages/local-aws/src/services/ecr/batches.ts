import {
  BatchDeleteImage$,
  type BatchDeleteImageRequest,
  type BatchDeleteImageResponse,
  BatchGetImage$,
  type BatchGetImageRequest,
  type BatchGetImageResponse,
  type Image,
  type ImageFailure,
  type ImageIdentifier,
} from "@aws-sdk/client-ecr";
import { notInLocalAws } from "../../protocol/errors.ts";
import { type Operation, type Parsed, operation } from "../../protocol/service.ts";
import type { World } from "../../world/world.ts";
import { digestPattern, isDigest } from "./errors.ts";
import { recordPull, type Registry, type RepositoryState, resolve, tagsOf } from "./registry.ts";

/** Batch operations. They answer 200 and list in `failures` what failed. */
export function batchOperations({ clock }: Pick<World, "clock">, registry: Registry): Record<string, Operation> {
  function get(input: Parsed<BatchGetImageRequest>): BatchGetImageResponse {
    const repository = registry.repository(input.repositoryName, input.registryId);
    const images: Image[] = [];
    const failures: ImageFailure[] = [];
    for (const id of input.imageIds) {
      const failure = failureOf(repository, id);
      const image = resolve(repository, id);
      if (failure !== undefined || image === undefined) {
        failures.push(failure ?? missing(id));
        continue;
      }
      const { digest, mediaType } = image.manifest;
      // ECR converts a manifest whose type the caller does not accept, which changes its digest.
      if (input.acceptedMediaTypes !== undefined && !input.acceptedMediaTypes.includes(mediaType)) {
        throw notInLocalAws(`the conversion of a manifest of type ${mediaType}`);
      }
      recordPull(image, clock.now());
      images.push({
        registryId: registry.registryId,
        repositoryName: input.repositoryName,
        imageId: { ...id, imageDigest: digest },
        imageManifest: image.text,
        imageManifestMediaType: mediaType,
      });
    }
    return { images, failures };
  }

  function remove(input: Parsed<BatchDeleteImageRequest>): BatchDeleteImageResponse {
    const repository = registry.repository(input.repositoryName, input.registryId);
    const imageIds: ImageIdentifier[] = [];
    const failures: ImageFailure[] = [];
    for (const id of input.imageIds) {
      const failure = failureOf(repository, id) ?? referenceTo(repository, id);
      if (failure === undefined) imageIds.push(...removeImage(repository, id));
      else failures.push(failure);
    }
    return { imageIds, failures };
  }

  /** By tag: removes the tag, and with the last tag the image. By digest: removes the image and all of its tags. */
  function removeImage(repository: RepositoryState, id: ImageIdentifier): ImageIdentifier[] {
    const digest = resolve(repository, id)?.manifest.digest;
    if (digest === undefined) return [];
    const tags = id.imageTag === undefined ? tagsOf(repository, digest) : [id.imageTag];
    for (const tag of tags) repository.tags.delete(tag);
    if (tagsOf(repository, digest).length === 0) repository.images.delete(digest);
    const removed = tags.length === 0 ? [{ digest }] : tags.map((tag) => ({ digest, tag }));
    for (const image of removed) registry.emitImageAction("DELETE", repository, image);
    return removed.map((image) => ({ imageDigest: digest, ...("tag" in image && { imageTag: image.tag }) }));
  }

  return {
    BatchGetImage: operation<BatchGetImageRequest, BatchGetImageResponse>(
      BatchGetImage$,
      ["registryId", "repositoryName", "imageIds", "acceptedMediaTypes"],
      get,
    ),
    BatchDeleteImage: operation<BatchDeleteImageRequest, BatchDeleteImageResponse>(
      BatchDeleteImage$,
      ["registryId", "repositoryName", "imageIds"],
      remove,
    ),
  };
}

function failureOf(repository: RepositoryState, id: ImageIdentifier): ImageFailure | undefined {
  const { imageDigest, imageTag } = id;
  const failure = (failureCode: NonNullable<ImageFailure["failureCode"]>, failureReason: string) => ({
    imageId: id,
    failureCode,
    failureReason: `Invalid request parameters: ${failureReason}`,
  });
  if (imageDigest === undefined && imageTag === undefined) {
    return failure("MissingDigestAndTag", "both tag and digest cannot be null");
  }
  if (imageDigest !== undefined && !isDigest(imageDigest)) {
    return failure("InvalidImageDigest", `image digest should satisfy the regex '${digestPattern}'`);
  }
  if (resolve(repository, id) !== undefined) return undefined;
  const tagged = imageTag === undefined ? undefined : repository.tags.get(imageTag);
  if (tagged !== undefined && imageDigest !== undefined && repository.images.has(imageDigest)) {
    return failure("ImageTagDoesNotMatchDigest", "the given tag does not map to the given digest");
  }
  return missing(id);
}

function missing(id: ImageIdentifier): ImageFailure {
  return { imageId: id, failureCode: "ImageNotFound", failureReason: "Requested image not found" };
}

function referenceTo(repository: RepositoryState, id: ImageIdentifier): ImageFailure | undefined {
  const digest = resolve(repository, id)?.manifest.digest;
  const survives = id.imageTag !== undefined && digest !== undefined && tagsOf(repository, digest).length > 1;
  const parent = [...repository.images.values()].find(
    ({ manifest }) => manifest.kind === "index" && manifest.manifests.some((child) => child.digest === digest),
  );
  if (parent === undefined || survives) return undefined;
  return {
    imageId: id,
    failureCode: "ImageReferencedByManifestList",
    failureReason: `Requested image referenced by manifest list: [${parent.manifest.digest}]`,
  };
}

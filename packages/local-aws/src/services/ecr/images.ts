import {
  DescribeImages$,
  type DescribeImagesRequest,
  type DescribeImagesResponse,
  type ImageDetail,
  type ImageIdentifier,
  ListImages$,
  type ListImagesRequest,
  type ListImagesResponse,
  PutImage$,
  type PutImageRequest,
  type PutImageResponse,
  type TagStatus,
} from "@aws-sdk/client-ecr";
import { notInLocalAws } from "../../protocol/errors.ts";
import { type Operation, type Parsed, operation } from "../../protocol/service.ts";
import { paginate } from "../../protocol/pagination.ts";
import { imageNotFound, invalidParameter } from "./errors.ts";
import { pageSize } from "./page-size.ts";
import type { ScanSummary } from "./scans.ts";
import { type Registry, type RegistryImage, type RepositoryState, resolve, tagsOf } from "./registry.ts";

const invalidToken = invalidParameter("nextToken", "Member must be a token of an earlier answer");

/** @param scanOf the members about an image's scan */
export function imageOperations(
  registry: Registry,
  scanOf: (image: RegistryImage) => ScanSummary,
): Record<string, Operation> {
  function describe(input: Parsed<DescribeImagesRequest>): DescribeImagesResponse {
    const repository = registry.repository(input.repositoryName, input.registryId);
    const detail = (image: RegistryImage) => ({
      ...describeImage(registry.registryId, repository, image),
      ...scanOf(image),
    });
    if (input.imageIds !== undefined) {
      if (input.nextToken !== undefined || input.maxResults !== undefined) {
        throw invalidParameter("imageIds", "Member must not be combined with 'nextToken' or 'maxResults'");
      }
      return { imageDetails: [...new Set(input.imageIds.map((id) => find(repository, id)))].map(detail) };
    }
    const images = [...repository.images.values()].filter((image) =>
      hasTagStatus(tagsOf(repository, image.manifest.digest), input.filter?.tagStatus),
    );
    const { items, nextToken } = paginate(images, {
      size: pageSize(input.maxResults),
      nextToken: input.nextToken,
      invalidToken,
    });
    return { imageDetails: items.map(detail), ...(nextToken !== undefined && { nextToken }) };
  }

  function find(repository: RepositoryState, id: ImageIdentifier): RegistryImage {
    const image = resolve(repository, id);
    if (image === undefined) throw imageNotFound(id, repository.description.repositoryName, registry.registryId);
    return image;
  }

  function list(input: Parsed<ListImagesRequest>): ListImagesResponse {
    const repository = registry.repository(input.repositoryName, input.registryId);
    const ids = [...repository.images.keys()].flatMap((imageDigest): ImageIdentifier[] => {
      const tags = tagsOf(repository, imageDigest);
      if (!hasTagStatus(tags, input.filter?.tagStatus)) return [];
      return tags.length === 0 ? [{ imageDigest }] : tags.map((imageTag) => ({ imageDigest, imageTag }));
    });
    const { items, nextToken } = paginate(ids, {
      size: pageSize(input.maxResults),
      nextToken: input.nextToken,
      invalidToken,
    });
    return { imageIds: [...items], ...(nextToken !== undefined && { nextToken }) };
  }

  function put(input: Parsed<PutImageRequest>): PutImageResponse {
    const repository = registry.repository(input.repositoryName, input.registryId);
    const { manifest, text } = registry.put(repository, {
      manifest: input.imageManifest,
      ...(input.imageManifestMediaType !== undefined && { mediaType: input.imageManifestMediaType }),
      ...(input.imageTag !== undefined && { tag: input.imageTag }),
      ...(input.imageDigest !== undefined && { digest: input.imageDigest }),
    });
    return {
      image: {
        registryId: registry.registryId,
        repositoryName: input.repositoryName,
        imageId: { imageDigest: manifest.digest, ...(input.imageTag !== undefined && { imageTag: input.imageTag }) },
        imageManifest: text,
        imageManifestMediaType: manifest.mediaType,
      },
    };
  }

  return {
    DescribeImages: operation<DescribeImagesRequest, DescribeImagesResponse>(
      DescribeImages$,
      ["registryId", "repositoryName", "imageIds", "nextToken", "maxResults", "filter"],
      (input) => {
        refuseImageStatus(input.filter);
        return describe(input);
      },
    ),
    ListImages: operation<ListImagesRequest, ListImagesResponse>(
      ListImages$,
      ["registryId", "repositoryName", "nextToken", "maxResults", "filter"],
      (input) => {
        refuseImageStatus(input.filter);
        return list(input);
      },
    ),
    PutImage: operation<PutImageRequest, PutImageResponse>(
      PutImage$,
      ["registryId", "repositoryName", "imageManifest", "imageManifestMediaType", "imageTag", "imageDigest"],
      put,
    ),
  };
}

function describeImage(registryId: string, repository: RepositoryState, image: RegistryImage): ImageDetail {
  const { manifest } = image;
  const imageTags = tagsOf(repository, manifest.digest);
  return {
    registryId,
    repositoryName: repository.description.repositoryName,
    imageDigest: manifest.digest,
    ...(imageTags.length > 0 && { imageTags }),
    imageSizeInBytes: image.sizeBytes,
    imagePushedAt: new Date(image.pushedAt),
    imageManifestMediaType: manifest.mediaType,
    ...(manifest.kind === "image" && { artifactMediaType: manifest.config.mediaType }),
    ...(image.pulledAt !== undefined && { lastRecordedPullTime: new Date(image.pulledAt) }),
    imageStatus: "ACTIVE",
  };
}

function hasTagStatus(tags: readonly string[], status: TagStatus = "ANY"): boolean {
  return status === "ANY" || (status === "TAGGED") === tags.length > 0;
}

function refuseImageStatus(filter: { imageStatus?: string } | undefined): void {
  if (filter?.imageStatus !== undefined && filter.imageStatus !== "ACTIVE") throw notInLocalAws("archived images");
}

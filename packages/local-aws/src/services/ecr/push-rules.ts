import { imageAlreadyExists, imageTagAlreadyExists, layersNotFound, referencedImagesNotFound } from "./errors.ts";
import type { Manifest } from "./manifest.ts";
import type { RepositoryState } from "./registry.ts";

/**
 * Refuses an existing image or immutable tag. An immutable tag is refused even for the digest that it already names
 * (aws/containers-roadmap#2179).
 *
 * @throws AwsError ImageTagAlreadyExistsException, ImageAlreadyExistsException
 */
export function refuseExisting(
  repository: RepositoryState,
  digest: string,
  tag: string | undefined,
  registryId: string,
): void {
  const name = repository.description.repositoryName;
  const tagged = tag === undefined ? undefined : repository.tags.get(tag);
  if (tag !== undefined && tagged !== undefined && isImmutable(repository, tag)) throw imageTagAlreadyExists(tag, name);
  if (tagged === digest || (tag === undefined && repository.images.has(digest))) {
    throw imageAlreadyExists({ digest, tag }, name, registryId);
  }
}

/** @throws AwsError LayersNotFoundException, ReferencedImagesNotFoundException */
export function refuseMissingReferences(repository: RepositoryState, manifest: Manifest, registryId: string): void {
  const name = repository.description.repositoryName;
  if (manifest.kind === "index") {
    const missing = manifest.manifests.map(({ digest }) => digest).filter((digest) => !repository.images.has(digest));
    if (missing.length > 0) throw referencedImagesNotFound(missing, name, registryId);
    return;
  }
  const blobs = [manifest.config, ...manifest.layers].map(({ digest }) => digest);
  const missing = blobs.filter((digest) => !repository.blobs.has(digest));
  if (missing.length > 0) throw layersNotFound(missing, name, registryId);
}

function isImmutable({ description }: RepositoryState, tag: string): boolean {
  const excluded = (description.imageTagMutabilityExclusionFilters ?? []).some(({ filter = "" }) =>
    matches(filter, tag),
  );
  switch (description.imageTagMutability) {
    case "IMMUTABLE":
      return true;
    case "IMMUTABLE_WITH_EXCLUSION":
      return !excluded;
    case "MUTABLE_WITH_EXCLUSION":
      return excluded;
    case "MUTABLE":
    case undefined:
      return false;
  }
}

function matches(wildcard: string, tag: string): boolean {
  const pattern = wildcard.split("*").map((part) => part.replaceAll(".", String.raw`\.`));
  return new RegExp(`^${pattern.join(".*")}$`).test(tag);
}

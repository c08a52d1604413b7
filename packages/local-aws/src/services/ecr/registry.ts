import type { Repository } from "@aws-sdk/client-ecr";
import type { ImagePush, ImageStore, StoredImage } from "../../engines/engine.ts";
import type { World } from "../../world/world.ts";
import { imageDigestDoesNotMatch, repositoryNotFound } from "./errors.ts";
import { refuseExisting, refuseMissingReferences } from "./push-rules.ts";
import { type Manifest, readManifest, revisionOf, sha256 } from "./manifest.ts";

export type RegistryImage = {
  manifest: Manifest;
  /** The manifest as it was pushed. Its digest is the hash of these bytes. */
  text: string;
  sizeBytes: number;
  pushedAt: number;
  /** When ECR last recorded a pull, which it does once in 24 hours at least. */
  pulledAt?: number;
  revision?: string;
};

/** One repository and its content. */
export type RepositoryState = {
  description: Repository & { repositoryName: string };
  /** By digest, in the order of their first push. */
  images: Map<string, RegistryImage>;
  /** Digest by tag. */
  tags: Map<string, string>;
  /** Digests of the uploaded layers and configurations. */
  blobs: Set<string>;
  /** Uploaded configurations by digest. */
  configs: Map<string, string>;
};

type PutRequest = { manifest: string; mediaType?: string; tag?: string; digest?: string };

/** ECR's state: the repositories of one account and region, with the rules for pushes. */
export type Registry = {
  registryId: string;
  repositories: Map<string, RepositoryState>;
  /** @throws AwsError RepositoryNotFoundException */
  repository(name: string, registryId?: string): RepositoryState;
  /** PutImage: stores a manifest whose blobs the repository already has. @throws AwsError as PutImage does */
  put(repository: RepositoryState, request: PutRequest): RegistryImage;
  /** Emits ECR's event for a push or a deletion. */
  emitImageAction(
    action: "PUSH" | "DELETE",
    repository: RepositoryState,
    image: { digest: string; tag?: string },
  ): void;
  /** Calls `listener` for every image that is new in its repository. */
  onPush(listener: (repository: RepositoryState, image: RegistryImage) => void): void;
  store: ImageStore;
};

export function createRegistry(world: World): Registry {
  const registryId = world.accountId;
  const repositories = new Map<string, RepositoryState>();
  const listeners: Parameters<Registry["onPush"]>[0][] = [];

  function repository(name: string, ofRegistry = registryId): RepositoryState {
    const found = ofRegistry === registryId ? repositories.get(name) : undefined;
    if (found === undefined) throw repositoryNotFound(name, ofRegistry);
    return found;
  }

  function put(target: RepositoryState, request: PutRequest): RegistryImage {
    const manifest = readManifest(request.manifest, request.mediaType);
    const { digest } = manifest;
    if (request.digest !== undefined && request.digest !== digest)
      throw imageDigestDoesNotMatch(request.digest, digest);
    refuseExisting(target, digest, request.tag, registryId);
    refuseMissingReferences(target, manifest, registryId);

    const known = target.images.get(digest);
    const image = known ?? newImage(target, manifest, request.manifest, world.clock.now());
    target.images.set(digest, image);
    if (request.tag !== undefined) target.tags.set(request.tag, digest);
    emitImageAction("PUSH", target, { digest, ...(request.tag !== undefined && { tag: request.tag }) });
    if (known === undefined) for (const listener of listeners) listener(target, image);
    return image;
  }

  function emitImageAction(
    action: "PUSH" | "DELETE",
    target: RepositoryState,
    image: { digest: string; tag?: string },
  ): void {
    world.emit({
      source: "aws.ecr",
      detailType: "ECR Image Action",
      resources: [],
      detail: {
        result: "SUCCESS",
        "repository-name": target.description.repositoryName,
        "image-digest": image.digest,
        "action-type": action,
        ...(image.tag !== undefined && { "image-tag": image.tag }),
      },
    });
  }

  const store: ImageStore = {
    find(name, reference) {
      const target = repositories.get(name);
      const image = target?.images.get(target.tags.get(reference) ?? reference);
      return target === undefined || image === undefined ? undefined : stored(target, image);
    },
    push(upload) {
      const target = repository(upload.repository);
      addBlobs(target, upload);
      const tags = upload.tags.length === 0 ? [undefined] : upload.tags;
      const images = tags.map((tag) => put(target, { manifest: upload.manifest, ...(tag !== undefined && { tag }) }));
      const [image] = images;
      if (image === undefined) throw new Error("A push must store at least one image");
      return stored(target, image);
    },
    recordPull(name, digest) {
      const image = repositories.get(name)?.images.get(digest);
      if (image !== undefined) recordPull(image, world.clock.now());
    },
  };

  const onPush: Registry["onPush"] = (listener) => void listeners.push(listener);
  return { registryId, repositories, repository, put, emitImageAction, onPush, store };
}

const pullRefreshMs = 24 * 3600 * 1000;

/**
 * Records a pull, which begins with the manifest. Of pulls within 24 hours ECR records the first.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html (lastRecordedPullTime)
 */
export function recordPull(image: RegistryImage, now: number): void {
  if (image.pulledAt === undefined || now - image.pulledAt >= pullRefreshMs) image.pulledAt = now;
}

/** The tags of an image, in the order in which they were set. */
export function tagsOf(repository: RepositoryState, digest: string): string[] {
  return [...repository.tags].filter(([, tagged]) => tagged === digest).map(([tag]) => tag);
}

function stored(repository: RepositoryState, image: RegistryImage): StoredImage {
  return {
    repository: repository.description.repositoryName,
    digest: image.manifest.digest,
    tags: tagsOf(repository, image.manifest.digest),
    mediaType: image.manifest.mediaType,
    sizeBytes: image.sizeBytes,
    pushedAt: image.pushedAt,
    ...(image.revision !== undefined && { revision: image.revision }),
    annotations: image.manifest.annotations,
  };
}

function addBlobs(repository: RepositoryState, upload: ImagePush): void {
  const manifest = readManifest(upload.manifest);
  // An index has no blobs.
  if (upload.config === undefined && manifest.kind === "index") return;
  const config = upload.config ?? "";
  const digest = sha256(config);
  if (manifest.kind !== "image" || manifest.config.digest !== digest) {
    throw new Error(`The pushed manifest does not reference the pushed configuration ${digest}`);
  }
  repository.configs.set(digest, config);
  for (const blob of [manifest.config, ...manifest.layers]) repository.blobs.add(blob.digest);
}

function newImage(repository: RepositoryState, manifest: Manifest, text: string, pushedAt: number): RegistryImage {
  const config = manifest.kind === "image" ? repository.configs.get(manifest.config.digest) : undefined;
  const revision = revisionOf(manifest, config);
  return {
    manifest,
    text,
    sizeBytes: sizeOf(repository, manifest),
    pushedAt,
    ...(revision !== undefined && { revision }),
  };
}

/** The size in DescribeImages: the compressed size of the image's blobs; for an index the size of its largest image. */
function sizeOf(repository: RepositoryState, manifest: Manifest): number {
  if (manifest.kind === "index") {
    return Math.max(0, ...manifest.manifests.map(({ digest }) => repository.images.get(digest)?.sizeBytes ?? 0));
  }
  return [manifest.config, ...manifest.layers].reduce((sum, blob) => sum + blob.size, 0);
}

/** Finds an image by digest, by tag, or by both. Undefined when digest and tag do not match. */
export function resolve(
  repository: RepositoryState,
  id: { imageDigest?: string | undefined; imageTag?: string | undefined },
): RegistryImage | undefined {
  const tagged = id.imageTag === undefined ? undefined : repository.tags.get(id.imageTag);
  if (id.imageTag !== undefined && tagged === undefined) return undefined;
  const digest = id.imageDigest ?? tagged;
  if (digest === undefined || (tagged !== undefined && tagged !== digest)) return undefined;
  return repository.images.get(digest);
}

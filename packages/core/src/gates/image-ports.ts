import type { ImageConfig, Manifest } from "./image-manifest.ts";

/** Manifests and configurations of images in a registry. */
export type ImageManifests = {
  /**
   * @param repository name without registry: `shop/backend`
   * @param digest `sha256:…` of an image or an index
   * @throws RejectedError IMAGE_NOT_FOUND, IMAGE_UNREADABLE
   */
  readManifest(repository: string, digest: string): Promise<Manifest>;
  /**
   * @param digest of the configuration, from the image's manifest
   * @throws RejectedError IMAGE_NOT_FOUND, IMAGE_UNREADABLE
   */
  readImageConfig(repository: string, digest: string): Promise<ImageConfig>;
};

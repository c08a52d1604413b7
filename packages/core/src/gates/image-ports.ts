import type { ImageConfig, Manifest } from "./image-manifest.ts";

/** What a registry keeps of its images. */
export type ImageManifests = {
  /**
   * @param repository name without registry: `shop/backend`
   * @param digest `sha256:…` of an image or an index
   * @throws RejectedError IMAGE_NOT_FOUND, IMAGE_UNREADABLE
   */
  readManifest(repository: string, digest: string): Promise<Manifest>;
  /**
   * @param digest of the configuration, as the image's manifest names it
   * @throws RejectedError IMAGE_NOT_FOUND, IMAGE_UNREADABLE
   */
  readImageConfig(repository: string, digest: string): Promise<ImageConfig>;
};

/** The version tags of images in the registry. */
export type VersionTags = {
  /** Digest of the image with a tag; undefined when there is no such tag. */
  digestOf(repository: string, tag: string): Promise<string | undefined>;
  /**
   * Adds a tag to an image. Idempotent.
   *
   * @throws SideEffectError VERSION_TAG_NOT_SET
   * @throws RejectedError VERSION_TAG_NOT_SET when a retry cannot succeed: the image or its repository is gone, or another image
   * has the tag, which cannot be moved
   */
  put(repository: string, digest: string, tag: string): Promise<void>;
};

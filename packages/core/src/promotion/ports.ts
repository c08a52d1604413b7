/** The tags under which the registry names images, beside the commits' own. */
export type VersionTags = {
  /** Digest that a tag stands for; undefined when there is no such tag. */
  digestOf(repository: string, tag: string): Promise<string | undefined>;
  /**
   * Names an image by a tag as well, unless it has it already.
   *
   * @throws SideEffectError VERSION_TAG_NOT_SET
   * @throws RejectedError VERSION_TAG_NOT_SET when there is no use in trying again: the image or its repository is gone, or
   * the tag is another image's for good
   */
  put(repository: string, digest: string, tag: string): Promise<void>;
};

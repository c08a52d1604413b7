/** The files in which two commits differ: paths from the repository's root, old names of renamed files too; or why they are unknown. */
export type Difference = { files: readonly string[] } | { unknown: string };

export type Changes = {
  /**
   * What `head` changed since `base`, which must be an ancestor of it. Never throws: when the answer is unknown (no
   * credentials, a truncated list, not an ancestor, an error), the caller counts every file as changed.
   */
  between(repository: string, base: string, head: string): Promise<Difference>;
  /** Whether a commit is an ancestor of another one; undefined when that is unknown. */
  isAncestor(repository: string, sha: string, of: string): Promise<boolean | undefined>;
  /** What `head` changed since it forked from the branch of `base`: the changes of a pull request. */
  sinceFork(repository: string, base: string, head: string): Promise<Difference>;
};

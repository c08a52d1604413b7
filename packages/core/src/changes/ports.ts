/** What decisions need to know about how two commits differ. */

/** The files in which two commits differ: paths from the repository's root, old names of renamed files too; or why nobody knows. */
export type Difference = { files: readonly string[] } | { unknown: string };

export type Changes = {
  /**
   * What `head` changed since `base`, which must be an ancestor of it. Whatever keeps that from being known (no credentials,
   * cut off, not an ancestor, an error) is an answer, never an error: who asks then counts everything as changed.
   */
  between(repository: string, base: string, head: string): Promise<Difference>;
  /** Whether a commit is an ancestor of another one; undefined where that cannot be known. */
  isAncestor(repository: string, sha: string, of: string): Promise<boolean | undefined>;
  /** What `head` changed since it left the line of `base`, which may have gone on since: what a pull request brings. */
  sinceFork(repository: string, base: string, head: string): Promise<Difference>;
};

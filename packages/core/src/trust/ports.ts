/** A commit that a ref is said to have. */
export type Claim = {
  repository: string;
  /** In full: `refs/heads/main`, `refs/tags/v1.0.0`. */
  ref: string;
  sha: string;
};

/** What GitHub says about a claim. */
export type ClaimAnswer =
  /** The branch contains the commit, or the tag points to it. */
  | { state: "confirmed"; repositoryId: number; installation?: number }
  /** They do not. `why` is a clause without a subject that GitHub would be: `the branch main does not contain …`. */
  | { state: "refuted"; repositoryId: number; why: string }
  /** The repository has another name now. */
  | { state: "renamed"; to: string }
  /** GitHub was not asked, or gave no answer. */
  | { state: "unknown"; why: string; isTemporary: boolean };

/** GitHub as the source of truth about repositories, refs, commits and people. */
export type Sources = {
  /** Never rejects. */
  confirm(claim: Claim): Promise<ClaimAnswer>;
  /**
   * Whether a user is a member of a team of an organisation.
   *
   * @param repository whose access the credentials use
   * @throws RetryableError GITHUB_UNAVAILABLE
   * @throws RejectedError REQUESTER_NOT_ALLOWED when the credentials cannot read the team's members
   */
  isMember(repository: string, team: { organisation: string; team: string }, login: string): Promise<boolean>;
};

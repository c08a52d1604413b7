import * as v from "valibot";
import { BranchName, CommitId, Name, RepositoryName, TagName, Timestamp } from "../config/grammar.ts";
import { printable } from "../lib/printable.ts";
import { Execution } from "./steps.ts";

const branchPrefix = "refs/heads/";
const tagPrefix = "refs/tags/";

/** A login at GitHub; that of an app ends in `[bot]`. */
export const Login = v.pipe(
  v.string(),
  v.maxLength(100),
  v.regex(
    /^[A-Za-z0-9_-]+(?:\[bot\])?$/,
    ({ received }) => `${received} is not a GitHub login: write it as in octocat`,
  ),
);

const BranchRef = v.pipe(
  v.string(),
  v.check(
    (ref) => ref.startsWith(branchPrefix) && v.is(BranchName, ref.slice(branchPrefix.length)),
    ({ received }) => `${received} is not a branch: write refs/heads/ and its name, as in refs/heads/main`,
  ),
);

const TagRef = v.pipe(
  v.string(),
  v.check(
    (ref) => ref.startsWith(tagPrefix) && v.is(TagName, ref.slice(tagPrefix.length)),
    ({ received }) => `${received} is not a tag: write refs/tags/ and its name, as in refs/tags/v1.0.0`,
  ),
);

const RequestedBy = v.variant("kind", [
  v.strictObject({ kind: v.literal("github"), login: Login }),
  v.strictObject({
    kind: v.literal("operator"),
    name: v.pipe(
      v.string(),
      v.minLength(1),
      v.maxLength(256),
      v.check(
        (name) => printable(name) === name,
        ({ received }) => `${received} has characters that cannot be shown`,
      ),
    ),
  }),
]);

const requestedAt = Timestamp;

/** Fields of every input for a commit. */
const request = { repository: RepositoryName, sha: CommitId, requestedBy: RequestedBy, requestedAt };

const Deploy = v.strictObject({
  kind: v.literal("deploy"),
  ...request,
  environment: Name,
  ref: BranchRef,
  /** The commit that the branch pointed to before the push: puts two pushes in the same second in order. */
  before: v.exactOptional(CommitId),
});

const Promote = v.strictObject({ kind: v.literal("promote"), ...request, environment: Name, ref: TagRef });

/**
 * An execution's name is its release's id, and an operator may have chosen it.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html for the characters
 */
const ReleaseId = v.pipe(
  v.string(),
  v.regex(
    /^[^\s\p{Cc}\p{Cs}<>{}[\]?*"#%\\^|~`$&,;:/]{1,80}$/u,
    ({ received }) => `${received} is not a release: write "previous", or the id of a release`,
  ),
);

const Rollback = v.pipe(
  v.strictObject({
    kind: v.literal("rollback"),
    repository: RepositoryName,
    environment: Name,
    /** The release whose end state the rollback restores; `previous` is the release before the one that runs now. */
    to: v.exactOptional(v.union([v.literal("previous"), ReleaseId])),
    /**
     * The release that was the last success when an operator chose `to` as the one before it; when another release has succeeded
     * since, the rollback is refused. When absent, `to` counts whatever has succeeded since.
     */
    standing: v.exactOptional(ReleaseId),
    /** Instead of `to`: the execution that left the environment half changed; the rollback restores what ran before it. */
    recovers: v.exactOptional(
      v.strictObject({
        executionArn: v.pipe(v.string(), v.maxLength(512), v.startsWith("arn:")),
        redriveCount: v.pipe(v.number(), v.integer(), v.minValue(0)),
      }),
    ),
    requestedBy: v.variant("kind", [...RequestedBy.options, v.strictObject({ kind: v.literal("lockmaster") })]),
    requestedAt,
  }),
  v.check(
    ({ to, recovers }) => (to === undefined) !== (recovers === undefined),
    'name the state to restore: either "to" ("previous" or the id of a release) or "recovers"',
  ),
  v.check(
    ({ requestedBy, recovers }) => requestedBy.kind !== "lockmaster" || recovers !== undefined,
    'requestedBy: Lockmaster itself requests recoveries only: write the kind "operator" and your name',
  ),
);

/** The ref at which GitHub keeps the newest commit of a pull request. */
const PullRequestRef = v.pipe(
  v.string(),
  v.regex(
    /^refs\/pull\/[1-9]\d{0,9}\/head$/,
    ({ received }) =>
      `${received} is not a pull request: write refs/pull/, its number and /head, as in refs/pull/7/head`,
  ),
);

const Check = v.strictObject({
  kind: v.literal("check"),
  ...request,
  ref: PullRequestRef,
  /** The commit that the pull request is compared with, to find the images that it changes; when absent, all are tested. */
  base: v.exactOptional(CommitId),
});

/**
 * Input of an execution of the state machine: what to release to which environment. An operator may have written it in the
 * console, so it is not trusted: Plan parses it with this schema, then checks it against the configuration.
 */
export const ReleaseInput = v.variant("kind", [Deploy, Promote, Rollback, Check]);
export type ReleaseInput = v.InferOutput<typeof ReleaseInput>;

/**
 * Input of plan-release: the execution and its input, which an operator may have written; it is parsed here and nowhere else.
 * Not in steps.ts, which every function bundles.
 */
export const PlanReleaseInput = v.object({ execution: Execution, input: ReleaseInput });

/** Tests a pull request, and changes no environment. */
export type CheckInput = v.InferOutput<typeof Check>;
/** Rolls an environment back to what it ran before. */
export type RollbackInput = v.InferOutput<typeof Rollback>;
/** Releases a commit to an environment: builds it, or promotes what another environment has verified. */
export const DeploymentInput = v.variant("kind", [Deploy, Promote]);
export type DeploymentInput = v.InferOutput<typeof DeploymentInput>;

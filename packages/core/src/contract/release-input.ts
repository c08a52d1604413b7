import * as v from "valibot";
import { BranchName, CommitId, Name, RepositoryName, TagName } from "../config/grammar.ts";
import { Execution } from "./steps.ts";

const branchPrefix = "refs/heads/";
const tagPrefix = "refs/tags/";

/** A login as GitHub writes it; that of an app ends in `[bot]`. */
const Login = v.pipe(
  v.string(),
  v.maxLength(100),
  v.regex(/^[A-Za-z0-9_-]+(?:\[bot\])?$/, ({ received }) => `${received} is no GitHub login`),
);

const BranchRef = v.pipe(
  v.string(),
  v.check(
    (ref) => ref.startsWith(branchPrefix) && v.is(BranchName, ref.slice(branchPrefix.length)),
    ({ received }) => `${received} is no branch: write refs/heads/ and its name, as in refs/heads/main`,
  ),
);

const TagRef = v.pipe(
  v.string(),
  v.check(
    (ref) => ref.startsWith(tagPrefix) && v.is(TagName, ref.slice(tagPrefix.length)),
    ({ received }) => `${received} is no tag: write refs/tags/ and its name, as in refs/tags/v1.0.0`,
  ),
);

const RequestedBy = v.variant("kind", [
  v.strictObject({ kind: v.literal("github"), login: Login }),
  v.strictObject({
    kind: v.literal("operator"),
    name: v.pipe(v.string(), v.minLength(1), v.maxLength(256), v.regex(/^[^\p{Cc}]*$/u)),
  }),
]);

const requestedAt = v.pipe(v.string(), v.maxLength(40), v.isoTimestamp());

/** What the input about a commit tells: who asked for it, and when. */
const request = { repository: RepositoryName, sha: CommitId, requestedBy: RequestedBy, requestedAt };

const Deploy = v.strictObject({ kind: v.literal("deploy"), ...request, environment: Name, ref: BranchRef });

const Promote = v.strictObject({ kind: v.literal("promote"), ...request, environment: Name, ref: TagRef });

/** An execution's name is its release's id. */
const ReleaseId = v.pipe(
  v.string(),
  v.regex(/^[\w-]{1,80}$/, ({ received }) => `${received} is no release: write "previous", or a release's id`),
);

const Rollback = v.pipe(
  v.strictObject({
    kind: v.literal("rollback"),
    repository: RepositoryName,
    environment: Name,
    /** The release whose end state is to run again; `previous` is the one before what runs now. */
    to: v.exactOptional(v.union([v.literal("previous"), ReleaseId])),
    /** The execution that left the environment midway, in the place of `to`: to what ran before it. */
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
);

/** A pull request by its number, as GitHub keeps its newest commit. */
const PullRequestRef = v.pipe(
  v.string(),
  v.regex(
    /^refs\/pull\/[1-9]\d{0,9}\/head$/,
    ({ received }) => `${received} is no pull request: write refs/pull/, its number and /head, as in refs/pull/7/head`,
  ),
);

const Check = v.strictObject({
  kind: v.literal("check"),
  ...request,
  ref: PullRequestRef,
  /** What the pull request is compared with, to find the images that it changes; all of them are tested when absent. */
  base: v.exactOptional(CommitId),
});

/**
 * Input of an execution of the state machine: what is to be released where. It may have been written by hand in the
 * console, so it is complete, small, and not trusted: Plan parses it with this schema, then checks it against
 * the configuration.
 */
export const ReleaseInput = v.variant("kind", [Deploy, Promote, Rollback, Check]);
export type ReleaseInput = v.InferOutput<typeof ReleaseInput>;

/**
 * Input of plan-release: the execution and its input, which an operator may have written; it is parsed here and nowhere else.
 * Not in steps.ts, which every function bundles.
 */
export const PlanReleaseInput = v.object({ execution: Execution, input: ReleaseInput });

/** Tests a pull request, and changes nothing anywhere. */
export type CheckInput = v.InferOutput<typeof Check>;
/** Brings an environment back to what it ran before. */
export type RollbackInput = v.InferOutput<typeof Rollback>;
/** Brings a commit to an environment: builds it, or promotes what another environment has verified. */
export const DeploymentInput = v.variant("kind", [Deploy, Promote]);
export type DeploymentInput = v.InferOutput<typeof DeploymentInput>;

import * as v from "valibot";
import { BranchName, CommitId, Name, RepositoryName } from "./config/grammar.ts";

const branchPrefix = "refs/heads/";

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

const RequestedBy = v.variant("kind", [
  v.strictObject({ kind: v.literal("github"), login: Login }),
  v.strictObject({
    kind: v.literal("operator"),
    name: v.pipe(v.string(), v.minLength(1), v.maxLength(256), v.regex(/^[^\p{Cc}]*$/u)),
  }),
]);

const Deploy = v.strictObject({
  kind: v.literal("deploy"),
  repository: RepositoryName,
  environment: Name,
  ref: BranchRef,
  sha: CommitId,
  requestedBy: RequestedBy,
  requestedAt: v.pipe(v.string(), v.maxLength(40), v.isoTimestamp()),
});

/**
 * Input of an execution of the state machine: what is to be released where. It may have been written by hand in the
 * console, so it is complete, small, and believed in nothing: whoever reads it checks it with this schema, then against
 * the configuration.
 */
export const ReleaseInput = v.variant("kind", [Deploy]);
export type ReleaseInput = v.InferOutput<typeof ReleaseInput>;

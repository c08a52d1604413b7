import * as v from "valibot";
import { TagName } from "../config/grammar.ts";
import type { EnvironmentConfiguration, RepositoryConfiguration } from "../config/schema.ts";
import { printable } from "../lib/printable.ts";
import { matchesTag } from "../lib/tag-pattern.ts";
import type { DeploymentInput } from "./release-input.ts";

/** The parts of a push that decide about releases. */
export type Push = {
  /** `owner/name`. */
  repository: string;
  /** GitHub's id of it. */
  repositoryId?: number;
  /** GitHub's id of the App's installation that delivered the event; absent for a repository's own webhook. */
  installation?: number;
  /** The full name: `refs/heads/main`, `refs/tags/v1.0.0`. */
  ref: string;
  /** The commit that the ref, or its annotated tag, points to after the push; zeros when there is none. */
  sha: string;
  /** The commit that the ref pointed to before the push; zeros when there was none. */
  before?: string;
  deleted: boolean;
  /** Message of the commit that the ref points to, if there is one. */
  headMessage?: string;
  /** Login of the account that pushed. */
  login: string;
  /** ISO 8601; the same in each redelivery. */
  pushedAt: string;
};

/** The releases that a push requests, or the reason why it requests none. */
export type Routing = { releases: readonly DeploymentInput[] } | { reason: string };

const branchPrefix = "refs/heads/";
const tagPrefix = "refs/tags/";
/** GitHub's own branches, on which a merge queue tries what it will merge. */
const mergeQueuePrefix = "refs/heads/gh-readonly-queue/";
const skipMark = "[skip deploy]";

/** Why a push requests no release with any configuration; undefined when the configuration decides. */
export function reasonToIgnore({ ref, sha, deleted, headMessage }: Push): string | undefined {
  if (deleted) return `${printable(ref)} was deleted`;
  if (isZeros(sha)) return `${printable(ref)} points to no commit`;
  if (ref.startsWith(tagPrefix)) return undefined;
  if (ref.startsWith(mergeQueuePrefix)) {
    return `${printable(ref)} is a branch of GitHub's merge queue: the push of what the queue merges is released`;
  }
  if (!ref.startsWith(branchPrefix)) return `${printable(ref)} is neither a branch nor a tag`;
  if (headMessage !== undefined && asksToSkip(headMessage)) return `the title of the head commit contains ${skipMark}`;
  return undefined;
}

/**
 * Only the title counts: the body of a squash lists the messages of all its commits. In the title of a revert, the title of the
 * reverted commit is in quotation marks: what it said was about that commit, and the revert must be deployed.
 *
 * @see https://git-scm.com/docs/git-revert for `Revert "…"`, and `Reapply "…"` of a revert that is reverted
 */
function asksToSkip(message: string): boolean {
  const [title = ""] = message.trimStart().split(/[\r\n]/, 1);
  return title
    .replace(/^(?:revert|reapply)\s+".*"/i, "")
    .toLowerCase()
    .includes(skipMark);
}

/** Whether an environment follows a ref: its branch, or a tag that matches its pattern. */
export function isFollowed(ref: string, { branch, tag }: EnvironmentConfiguration["on"]): boolean {
  if (branch !== undefined && ref === `${branchPrefix}${branch}`) return true;
  if (tag === undefined || !ref.startsWith(tagPrefix)) return false;
  const name = ref.slice(tagPrefix.length);
  return v.is(TagName, name) && matchesTag(tag, name);
}

/** GitHub redirects requests for a renamed or transferred repository: its events alone have the new name. */
export const notConfigured = (repository: string): string =>
  `${printable(repository)} is not in the configuration; if the repository was renamed or transferred, write its new name there, with GitHub's capitals`;

/**
 * The releases that a push requests: one for each environment that follows its branch or tag.
 *
 * @param configuration of the push's repository; undefined when Lockmaster does not know it
 */
export function routePush(push: Push, configuration: RepositoryConfiguration | undefined): Routing {
  const ignored = reasonToIgnore(push);
  if (ignored !== undefined) return { reason: ignored };
  if (configuration === undefined) return { reason: notConfigured(push.repository) };
  const releases = Object.entries(configuration.environments)
    .filter(([, { on }]) => isFollowed(push.ref, on))
    .map(([environment]) => releaseInput(push, environment));
  const followed = printable(push.ref.replace(/^refs\/(?:heads|tags)\//, ""));
  return releases.length === 0 ? { reason: `no environment of ${push.repository} follows ${followed}` } : { releases };
}

function releaseInput({ repository, ref, sha, before, login, pushedAt }: Push, environment: string): DeploymentInput {
  const request = {
    repository,
    environment,
    ref,
    sha,
    requestedBy: { kind: "github", login } as const,
    requestedAt: pushedAt,
  };
  if (ref.startsWith(tagPrefix)) return { kind: "promote", ...request };
  return { kind: "deploy", ...request, ...(before !== undefined && !isZeros(before) && { before }) };
}

/** How git writes an absent commit. */
const isZeros = (sha: string): boolean => /^0+$/.test(sha);

import type { RepositoryConfiguration } from "./config/schema.ts";
import type { DeploymentInput } from "./release-input.ts";

/** A push, as far as it decides about releases. */
export type Push = {
  /** `owner/name`. */
  repository: string;
  /** In full: `refs/heads/main`. */
  ref: string;
  /** What the ref points at after the push; zeros when it was deleted. */
  sha: string;
  deleted: boolean;
  /** Message of the commit that the ref points at, when there is one. */
  headMessage?: string;
  /** Login of the one who pushed. */
  login: string;
  /** ISO 8601; the same in each redelivery. */
  pushedAt: string;
};

/** What is to be done about a push: releases, or nothing for a reason. */
export type Routing = { releases: readonly DeploymentInput[] } | { reason: string };

const branchPrefix = "refs/heads/";
const skipMark = "[skip deploy]";

/** Why a push asks for nothing, whatever the configuration says; undefined when the configuration decides. */
export function reasonToIgnore({ ref, sha, deleted, headMessage }: Push): string | undefined {
  if (deleted || /^0+$/.test(sha)) return `${ref} was deleted`;
  if (ref.startsWith("refs/tags/")) return `${ref} is a tag: environments follow branches, tags are not followed yet`;
  if (!ref.startsWith(branchPrefix)) return `${ref} is no branch`;
  if (headMessage?.toLowerCase().includes(skipMark)) return `the head commit's message says ${skipMark}`;
  return undefined;
}

/**
 * Which releases a push asks for: one for each environment that follows its branch.
 *
 * @param configuration of the push's repository; undefined when Lockmaster does not know it
 */
export function routePush(push: Push, configuration: RepositoryConfiguration | undefined): Routing {
  const ignored = reasonToIgnore(push);
  if (ignored !== undefined) return { reason: ignored };
  if (configuration === undefined) return { reason: `${push.repository} is not in the configuration` };
  const branch = push.ref.slice(branchPrefix.length);
  const releases = Object.entries(configuration.environments)
    .filter(([, { on }]) => on.branch === branch)
    .map(([environment]) => releaseInput(push, environment));
  return releases.length === 0 ? { reason: `no environment of ${push.repository} follows ${branch}` } : { releases };
}

function releaseInput({ repository, ref, sha, login, pushedAt }: Push, environment: string): DeploymentInput {
  return {
    kind: "deploy",
    repository,
    environment,
    ref,
    sha,
    requestedBy: { kind: "github", login },
    requestedAt: pushedAt,
  };
}

import * as v from "valibot";
import { TagName } from "../config/grammar.ts";
import type { EnvironmentConfiguration, RepositoryConfiguration } from "../config/schema.ts";
import { matchesTag } from "../lib/tag-pattern.ts";
import type { DeploymentInput } from "./release-input.ts";

/** A push, as far as it decides about releases. */
export type Push = {
  /** `owner/name`. */
  repository: string;
  /** In full: `refs/heads/main`, `refs/tags/v1.0.0`. */
  ref: string;
  /** The commit that the ref points at after the push, through an annotated tag; zeros when there is none. */
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
const tagPrefix = "refs/tags/";
const skipMark = "[skip deploy]";

/** Why a push asks for nothing, whatever the configuration says; undefined when the configuration decides. */
export function reasonToIgnore({ ref, sha, deleted, headMessage }: Push): string | undefined {
  if (deleted) return `${ref} was deleted`;
  if (/^0+$/.test(sha)) return `${ref} points at no commit`;
  if (ref.startsWith(tagPrefix)) return undefined;
  if (!ref.startsWith(branchPrefix)) return `${ref} is neither branch nor tag`;
  if (headMessage?.toLowerCase().includes(skipMark)) return `the head commit's message says ${skipMark}`;
  return undefined;
}

/** Whether a ref is one that brings commits to an environment: its branch, or a tag of its pattern. */
export function isFollowed(ref: string, { branch, tag }: EnvironmentConfiguration["on"]): boolean {
  if (branch !== undefined && ref === `${branchPrefix}${branch}`) return true;
  if (tag === undefined || !ref.startsWith(tagPrefix)) return false;
  const name = ref.slice(tagPrefix.length);
  return v.is(TagName, name) && matchesTag(tag, name);
}

/**
 * Which releases a push asks for: one for each environment that follows its branch or tag.
 *
 * @param configuration of the push's repository; undefined when Lockmaster does not know it
 */
export function routePush(push: Push, configuration: RepositoryConfiguration | undefined): Routing {
  const ignored = reasonToIgnore(push);
  if (ignored !== undefined) return { reason: ignored };
  if (configuration === undefined) return { reason: `${push.repository} is not in the configuration` };
  const releases = Object.entries(configuration.environments)
    .filter(([, { on }]) => isFollowed(push.ref, on))
    .map(([environment]) => releaseInput(push, environment));
  const followed = push.ref.replace(/^refs\/(?:heads|tags)\//, "");
  return releases.length === 0 ? { reason: `no environment of ${push.repository} follows ${followed}` } : { releases };
}

function releaseInput({ repository, ref, sha, login, pushedAt }: Push, environment: string): DeploymentInput {
  return {
    kind: ref.startsWith(tagPrefix) ? "promote" : "deploy",
    repository,
    environment,
    ref,
    sha,
    requestedBy: { kind: "github", login },
    requestedAt: pushedAt,
  };
}

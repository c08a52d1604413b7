import { RejectedError, RetryableError } from "@lockmaster/core/lib/errors.ts";
import type { Claim, ClaimAnswer, Sources } from "@lockmaster/core/trust/ports.ts";
import * as v from "valibot";
import type { GitHubAccess } from "./access.ts";
import { GitHubRefusal, type GitHubClient } from "./client.ts";
import { describeGitHubFailure, isTemporary, noCredentials } from "./refusals.ts";

const Repository = v.object({ id: v.number(), full_name: v.string() });
const GitObject = v.object({ object: v.object({ type: v.string(), sha: v.string() }) });
const Comparison = v.object({ status: v.string() });
const Membership = v.object({ state: v.string() });

/** A tag may point to a tag; git follows them all. */
const longestTagChain = 10;

/** Statuses with which GitHub says that a ref or a commit does not exist: 409 in an empty repository. */
const absent: ReadonlySet<number> = new Set([404, 409, 422]);

/**
 * GitHub's repositories, refs and teams, for one invocation. *Contents: read* is enough, and for teams *Members: read* of the
 * organisation.
 *
 * @see https://docs.github.com/en/rest/git/refs#get-a-reference
 * @see https://docs.github.com/en/rest/git/tags#get-a-tag
 * @see https://docs.github.com/en/rest/commits/commits#compare-two-commits
 * @see https://docs.github.com/en/rest/teams/members#get-team-membership-for-a-user
 */
export function githubSources({ client, tokenFor }: GitHubAccess): Sources {
  return {
    async confirm(claim) {
      try {
        const found = await tokenFor(claim.repository);
        if (found === undefined) return { state: "unknown", why: noCredentials, isTemporary: false };
        const { token, installation } = found;
        const answer = await confirm(reader(client, token), claim);
        return answer.state === "confirmed" && installation !== undefined ? { ...answer, installation } : answer;
      } catch (error) {
        return { state: "unknown", why: describeGitHubFailure(error), isTemporary: isTemporary(error) };
      }
    },
    async isMember(repository, { organisation, team }, login) {
      try {
        const found = await tokenFor(repository, { contents: "read", members: "read" });
        if (found === undefined) throw unreadable(organisation, team, noCredentials);
        const get = reader(client, found.token);
        const membership = await get(`/orgs/${organisation}/teams/${team}/memberships/${login}`, Membership);
        return membership.state === "active";
      } catch (error) {
        // GitHub answers 404 for a user who is not a member, and for a team that the credentials cannot see.
        if (error instanceof GitHubRefusal && error.status === 404) return false;
        if (error instanceof RejectedError) throw error;
        if (!isTemporary(error)) throw unreadable(organisation, team, describeGitHubFailure(error), error);
        throw new RetryableError(
          `GitHub did not say who is in ${organisation}/${team}: ${describeGitHubFailure(error)}`,
          {
            code: "GITHUB_UNAVAILABLE",
            cause: error,
          },
        );
      }
    },
  };
}

type Reader = <Schema extends v.GenericSchema>(path: string, schema: Schema) => Promise<v.InferOutput<Schema>>;

const reader =
  (client: GitHubClient, token: string): Reader =>
  (path, schema) =>
    client({ method: "GET", path, token }, schema);

async function confirm(get: Reader, { repository, ref, sha }: Claim): Promise<ClaimAnswer> {
  // GitHub redirects the old name of a renamed repository.
  const { id: repositoryId, full_name: name } = await get(`/repos/${repository}`, Repository);
  if (name.toLowerCase() !== repository.toLowerCase()) return { state: "renamed", to: name };
  const why = ref.startsWith("refs/tags/")
    ? await whyNotTagged(get, { repository, ref, sha })
    : await whyNotOnBranch(get, { repository, ref, sha });
  return why === undefined ? { state: "confirmed", repositoryId } : { state: "refuted", repositoryId, why };
}

async function whyNotTagged(get: Reader, { repository, ref, sha }: Claim): Promise<string | undefined> {
  const tag = ref.slice("refs/tags/".length);
  let found = await existing(get(refPath(repository, ref), GitObject));
  for (let depth = 0; found?.object.type === "tag" && depth < longestTagChain; depth += 1) {
    found = await existing(get(`/repos/${repository}/git/tags/${found.object.sha}`, GitObject));
  }
  if (found === undefined) return `the tag ${tag} does not exist`;
  return found.object.sha === sha ? undefined : `the tag ${tag} points to ${found.object.sha}, not to ${sha}`;
}

/** The branch is resolved first: in a comparison, GitHub would take a tag of the same name for it. */
async function whyNotOnBranch(get: Reader, { repository, ref, sha }: Claim): Promise<string | undefined> {
  const branch = ref.slice("refs/heads/".length);
  const tip = (await existing(get(refPath(repository, ref), GitObject)))?.object.sha;
  if (tip === undefined) return `the branch ${branch} does not exist`;
  if (tip === sha) return undefined;
  // The commits are not needed.
  const comparison = await existing(get(`/repos/${repository}/compare/${sha}...${tip}?per_page=1`, Comparison));
  if (comparison?.status === "ahead" || comparison?.status === "identical") return undefined;
  return `the branch ${branch} does not contain ${sha}`;
}

const refPath = (repository: string, ref: string): string =>
  `/repos/${repository}/git/ref/${ref.slice("refs/".length).split("/").map(encodeURIComponent).join("/")}`;

async function existing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof GitHubRefusal && absent.has(error.status)) return undefined;
    throw error;
  }
}

const unreadable = (organisation: string, team: string, why: string, cause?: unknown): RejectedError =>
  new RejectedError(
    `on.by names the team ${organisation}/${team}, whose members Lockmaster cannot read: ${why}. Give Lockmaster's credentials the permission Members: read of the organisation, then redrive.`,
    { code: "REQUESTER_NOT_ALLOWED", cause },
  );

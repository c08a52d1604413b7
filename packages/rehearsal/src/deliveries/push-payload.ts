import { createHash } from "node:crypto";
import type { PushEvent, Repository, User } from "@octokit/webhooks-types";

/** A commit that a push brings to GitHub. */
type Delivered = {
  /** `owner/name`. */
  repository: string;
  /** The commit, 40 hexadecimal digits. */
  sha: string;
  message: string;
  /** Login of the user who pushes; also the author of the commit. */
  author: string;
  pushedAt: Date;
};

export type PushDescription = Delivered & {
  branch: string;
  /** The commit that the branch pointed to before; absent for a new branch. */
  before?: string;
};

export type TagDescription = Delivered & {
  tag: string;
  /** Whether the tag is a git object with a message, as `git tag -a` creates it. */
  annotated?: boolean;
};

/** A user or organisation, without its dozen URLs. */
export type Account = Pick<User, "login" | "id" | "node_id" | "html_url" | "url" | "type" | "site_admin">;

/** GitHub's payload of a push, without the seventy URLs of a repository. */
export type PushPayload = Omit<PushEvent, "repository" | "sender" | "installation" | "organization"> & {
  repository: Pick<
    Repository,
    | "id"
    | "node_id"
    | "name"
    | "full_name"
    | "private"
    | "html_url"
    | "description"
    | "fork"
    | "url"
    | "clone_url"
    | "created_at"
    | "pushed_at"
    | "default_branch"
  > & { owner: Account & { name: string } };
  sender: Account;
};

/** @returns the payload that GitHub would send for a push of one commit */
export function pushPayload({ branch, before, ...delivered }: PushDescription): PushPayload {
  const commit = commitOf(delivered);
  return {
    ...payloadOf(delivered, { ref: `refs/heads/${branch}`, before: before ?? noCommit, after: delivered.sha }),
    commits: [commit],
    head_commit: commit,
  };
}

/** @returns the payload that GitHub would send for a new tag: `commits` is empty, `head_commit` is the tagged commit */
export function tagPayload({ tag, annotated = false, ...delivered }: TagDescription): PushPayload {
  const tagObject = createHash("sha1").update(`tag ${tag} of ${delivered.sha}`).digest("hex");
  const after = annotated ? tagObject : delivered.sha;
  return {
    ...payloadOf(delivered, { ref: `refs/tags/${tag}`, before: noCommit, after }),
    commits: [],
    head_commit: commitOf(delivered),
  };
}

/** How git writes an absent commit. */
const noCommit = "0".repeat(40);

function payloadOf(
  { repository, author, pushedAt }: Delivered,
  { ref, before, after }: Pick<PushEvent, "ref" | "before" | "after">,
): Omit<PushPayload, "commits" | "head_commit"> {
  const htmlUrl = `https://github.com/${repository}`;
  return {
    ref,
    before,
    after,
    repository: repositoryOf(repository, htmlUrl, pushedAt),
    pusher: userOf(author),
    sender: account(author),
    created: before === noCommit,
    deleted: false,
    forced: false,
    base_ref: null,
    compare: `${htmlUrl}/compare/${before.slice(0, 12)}...${after.slice(0, 12)}`,
  };
}

function commitOf({ repository, sha, message, author, pushedAt }: Delivered): PushPayload["commits"][number] {
  const user = { ...userOf(author), username: author };
  return {
    id: sha,
    tree_id: createHash("sha1").update(`tree of ${sha}`).digest("hex"),
    distinct: true,
    message,
    timestamp: pushedAt.toISOString(),
    url: `https://github.com/${repository}/commit/${sha}`,
    author: user,
    committer: user,
    added: [],
    removed: [],
    modified: [],
  };
}

const userOf = (author: string) => ({ name: author, email: `${author}@users.noreply.github.com` });

export function repositoryOf(fullName: string, htmlUrl: string, pushedAt: Date): PushPayload["repository"] {
  const [owner = "", name = ""] = fullName.split("/");
  const id = idOf(fullName);
  return {
    id,
    node_id: nodeId("Repository", id),
    name,
    full_name: fullName,
    private: true,
    owner: { ...account(owner), name: owner },
    html_url: htmlUrl,
    description: null,
    fork: false,
    url: htmlUrl,
    clone_url: `${htmlUrl}.git`,
    created_at: 1_735_689_600,
    pushed_at: Math.floor(pushedAt.getTime() / 1000),
    default_branch: "main",
  };
}

export function account(login: string): Account {
  const id = idOf(login);
  return {
    login,
    id,
    node_id: nodeId("User", id),
    html_url: `https://github.com/${login}`,
    url: `https://api.github.com/users/${login}`,
    type: "User",
    site_admin: false,
  };
}

/** The same name always gets the same id, as on GitHub. */
export function idOf(name: string): number {
  return createHash("sha1").update(name).digest().readUInt32BE(0);
}

export function nodeId(kind: string, id: number): string {
  return Buffer.from(`0${kind.length}:${kind}${id}`).toString("base64");
}

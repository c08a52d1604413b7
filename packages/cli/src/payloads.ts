import { createHash } from "node:crypto";
import type { PushEvent, Repository, User } from "@octokit/webhooks-types";

export type PushDescription = {
  /** `owner/name`. */
  repository: string;
  branch: string;
  /** The commit, 40 hexadecimal digits. */
  sha: string;
  message: string;
  /** Login of the one who pushes, and author of the commit. */
  author: string;
  pushedAt: Date;
  /** What the branch pointed at before; new when absent. */
  before?: string;
};

/** A user or organisation, without its dozen addresses. */
export type Account = Pick<User, "login" | "id" | "node_id" | "html_url" | "url" | "type" | "site_admin">;

/** GitHub's payload of a push, as its types describe it, without the seventy addresses of a repository. */
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
export function pushPayload({
  repository,
  branch,
  sha,
  message,
  author,
  pushedAt,
  before,
}: PushDescription): PushPayload {
  const htmlUrl = `https://github.com/${repository}`;
  const previous = before ?? "0".repeat(40);
  const person = { name: author, email: `${author}@users.noreply.github.com` };
  const commit = {
    id: sha,
    tree_id: createHash("sha1").update(`tree of ${sha}`).digest("hex"),
    distinct: true,
    message,
    timestamp: pushedAt.toISOString(),
    url: `${htmlUrl}/commit/${sha}`,
    author: { ...person, username: author },
    committer: { ...person, username: author },
    added: [],
    removed: [],
    modified: [],
  };
  return {
    ref: `refs/heads/${branch}`,
    before: previous,
    after: sha,
    repository: repositoryOf(repository, htmlUrl, pushedAt),
    pusher: person,
    sender: account(author),
    created: before === undefined,
    deleted: false,
    forced: false,
    base_ref: null,
    compare: `${htmlUrl}/compare/${previous.slice(0, 12)}...${sha.slice(0, 12)}`,
    commits: [commit],
    head_commit: commit,
  };
}

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

/** A number that stays the same for the same name, as GitHub's do. */
export function idOf(name: string): number {
  return createHash("sha1").update(name).digest().readUInt32BE(0);
}

export function nodeId(kind: string, id: number): string {
  return Buffer.from(`0${kind.length}:${kind}${id}`).toString("base64");
}

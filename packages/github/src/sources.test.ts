/** At the wire: against the local AWS's GitHub. */
import { generateKeyPairSync } from "node:crypto";
import { type ScenarioInput, startLocalAws } from "@lockmaster/local-aws";
import { describe, expect, onTestFinished, test } from "vitest";
import { githubAccess } from "./access.ts";
import { githubSources } from "./sources.ts";

type GitHub = NonNullable<ScenarioInput["github"]>;

const repository = "acme/shop";
const [root, older, newest, stray] = ["1".repeat(40), "2".repeat(40), "3".repeat(40), "9".repeat(40)];
const token = "github_pat_example";
const github: GitHub = {
  tokens: [{ token, repositories: [repository, "acme/new"] }],
  repositories: [
    { name: repository, id: 101 },
    { name: "acme/old", id: 102, renamedTo: "acme/new" },
  ],
  commits: [
    { repository, sha: root, files: ["a"] },
    { repository, sha: older, parent: root, files: ["b"] },
    { repository, sha: newest, parent: older, files: ["c"] },
    { repository, sha: stray, parent: root, files: ["d"] },
  ],
  branches: [
    { repository, name: "main", sha: newest },
    { repository, name: "feature/x", sha: older },
  ],
  tags: [
    { repository, name: "v1.0.0", sha: older },
    { repository, name: "v2.0.0", sha: newest, annotated: true },
    // A tag of a branch's name must not stand for the branch.
    { repository, name: "main", sha: stray },
  ],
};

async function sourcesWith(changes: GitHub = {}, secret: string | undefined = JSON.stringify({ token })) {
  const aws = await startLocalAws({ scenario: { github: { ...github, ...changes } } });
  onTestFinished(() => aws.close());
  return githubSources(githubAccess({ baseUrl: `${aws.endpoint}/github/`, secret: () => Promise.resolve(secret) }));
}

describe("GitHub's word about a commit", () => {
  test.each([
    ["is the tip of the branch", "refs/heads/main", newest],
    ["is an ancestor of the tip", "refs/heads/main", root],
    ["is on a branch with a slash", "refs/heads/feature/x", older],
    ["has the tag", "refs/tags/v1.0.0", older],
    ["has the annotated tag", "refs/tags/v2.0.0", newest],
  ])("that %s confirms it", async (_, ref, sha) => {
    const sources = await sourcesWith();
    expect(await sources.confirm({ repository, ref, sha })).toEqual({ state: "confirmed", repositoryId: 101 });
  });

  test.each([
    ["is on no branch", "refs/heads/main", stray, "the branch main does not contain"],
    ["GitHub does not know", "refs/heads/main", "f".repeat(40), "the branch main does not contain"],
    ["is ahead of the branch", "refs/heads/feature/x", newest, "the branch feature/x does not contain"],
    ["is on a branch that does not exist", "refs/heads/gone", newest, "the branch gone does not exist"],
    ["has another tag", "refs/tags/v1.0.0", newest, `the tag v1.0.0 points to ${older}`],
    ["has a tag that does not exist", "refs/tags/v9", newest, "the tag v9 does not exist"],
  ])("refutes one that %s", async (_, ref, sha, why) => {
    const sources = await sourcesWith();
    const expected = { state: "refuted", repositoryId: 101, why: expect.stringContaining(why) };
    expect(await sources.confirm({ repository, ref, sha })).toEqual(expected);
  });

  test("names the new name of a repository that was renamed", async () => {
    const sources = await sourcesWith();
    const claim = { repository: "acme/old", ref: "refs/heads/main", sha: newest };
    expect(await sources.confirm(claim)).toEqual({ state: "renamed", to: "acme/new" });
  });

  test("includes the installation of an App, and names new names with its credentials, too", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    const apps = [{ id: "4711", publicKey, repositories: [repository, "acme/new"] }];
    const sources = await sourcesWith({ apps }, JSON.stringify({ appId: "4711", privateKey }));
    const renamed = { repository: "acme/old", ref: "refs/heads/main", sha: newest };
    expect(await sources.confirm(renamed)).toEqual({ state: "renamed", to: "acme/new" });
    const confirmed = { state: "confirmed", repositoryId: 101, installation: 50_000_001 };
    expect(await sources.confirm({ repository, ref: "refs/heads/main", sha: newest })).toEqual(confirmed);
  });

  test.each<[string, GitHub, string | undefined, boolean]>([
    ["there are no credentials", {}, "", false],
    ["the credentials are refused", {}, JSON.stringify({ token: "another" }), false],
    ["GitHub is out of order", { troubles: [{ request: "refs", status: 503 }] }, undefined, true],
    ["GitHub limits the rate", { troubles: [{ request: "repository", status: 429 }] }, undefined, true],
  ])("is unknown when %s", async (_, changes, secret, isTemporary) => {
    const sources = await sourcesWith(changes, secret);
    const answer = await sources.confirm({ repository, ref: "refs/heads/main", sha: newest });
    expect(answer).toEqual({ state: "unknown", why: expect.any(String), isTemporary });
  });
});

describe("membership of a team", () => {
  const team = { organisation: "acme", team: "release-managers" };
  const teams = [{ ...team, members: ["Octocat"] }];
  const permitted: GitHub = {
    teams,
    tokens: [{ token, repositories: [repository], permissions: { contents: "read", members: "read" } }],
  };

  test("is known with the permission, whatever the case of a login", async () => {
    const sources = await sourcesWith(permitted);
    expect(await sources.isMember(repository, team, "octocat")).toBe(true);
    expect(await sources.isMember(repository, team, "mallory")).toBe(false);
  });

  test("is refused by name without the permission, and without credentials", async () => {
    const expected = { name: "RejectedError", code: "REQUESTER_NOT_ALLOWED" };
    const without = await sourcesWith({ teams });
    await expect(without.isMember(repository, team, "octocat")).rejects.toMatchObject(expected);
    const anonymous = await sourcesWith({ teams }, "");
    await expect(anonymous.isMember(repository, team, "octocat")).rejects.toMatchObject(expected);
  });

  test("can be asked again when GitHub is out of order", async () => {
    const sources = await sourcesWith({ ...permitted, troubles: [{ request: "teams", status: 502 }] });
    const expected = { name: "RetryableError", code: "GITHUB_UNAVAILABLE" };
    await expect(sources.isMember(repository, team, "octocat")).rejects.toMatchObject(expected);
  });
});

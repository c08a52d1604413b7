/** At the wire: against the local AWS's GitHub, which is as strict as the real one. */
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { type LocalAws, type ScenarioInput, startLocalAws } from "@lockmaster/local-aws";
import { afterEach, describe, expect, test } from "vitest";
import { githubChanges } from "./compare.ts";

type GitHub = NonNullable<ScenarioInput["github"]>;

const repository = "acme/shop";
const [root, left, right] = ["1".repeat(40), "2".repeat(40), "3".repeat(40)];
const commits: NonNullable<GitHub["commits"]> = [
  { repository, sha: root, files: ["a"] },
  { repository, sha: left, parent: root, files: ["b", { filename: "new/c", previous: "old/c" }] },
  { repository, sha: right, parent: root, files: ["d"] },
];
const keys = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
});
const app = { id: "4711", publicKey: keys.publicKey, repositories: [repository] };
const appSecret = JSON.stringify({ appId: 4711, privateKey: keys.privateKey });
const pkcs8 = createPrivateKey(keys.privateKey).export({ type: "pkcs8", format: "pem" }).toString();
const escapedSecret = JSON.stringify({ appId: "4711", privateKey: pkcs8.replaceAll("\n", String.raw`\n`) });
const token = "github_pat_example";
const tokenSecret = JSON.stringify({ token });

let aws: LocalAws | undefined;
afterEach(async () => {
  await aws?.close();
  aws = undefined;
});

async function changesWith(github: GitHub, secret: string | undefined) {
  aws = await startLocalAws({
    scenario: { github: { commits, apps: [app], tokens: [{ token, repositories: [repository] }], ...github } },
  });
  return githubChanges({ baseUrl: `${aws.endpoint}/github/`, secret: () => Promise.resolve(secret) });
}

describe("what changed between two commits", () => {
  test.each([
    { by: "a GitHub App", secret: appSecret },
    { by: "an App's key in PKCS#8, its line breaks escaped", secret: escapedSecret },
    { by: "a fine-grained token", secret: tokenSecret },
  ])("is known through $by, with the old names of moved files", async ({ secret }) => {
    const changes = await changesWith({}, secret);
    expect(await changes.between(repository, root, left)).toMatchObject({ files: ["b", "new/c", "old/c"] });
    expect(await changes.between(repository, left, left)).toMatchObject({ files: [] });
  });

  test("is known for a pull request since it forked from the other branch", async () => {
    const changes = await changesWith({}, tokenSecret);
    expect(await changes.sinceFork(repository, left, right)).toMatchObject({ files: ["d"] });
    expect(await changes.between(repository, left, right)).toEqual({ unknown: "it is not an ancestor of the commit" });
    expect(await changes.between(repository, left, root)).toEqual({ unknown: "it is not an ancestor of the commit" });
  });

  test("includes whether a commit is an ancestor; that is unknown when GitHub does not answer it", async () => {
    const changes = await changesWith({}, tokenSecret);
    const pairs = [
      [root, left],
      [left, root],
      [left, right],
      [left, left],
      [left, "f".repeat(40)],
    ] as const;
    const answers = await Promise.all(pairs.map(([sha, of]) => changes.isAncestor(repository, sha, of)));
    expect(answers).toEqual([true, false, false, false, undefined]);
  });

  test("needs one token, for any number of comparisons", async () => {
    const changes = await changesWith({ troubles: [{ request: "token", times: 1, status: 500 }] }, appSecret);
    const answers = await Promise.all([left, right].map((head) => changes.between(repository, root, head)));
    const failed = { unknown: "GitHub answered 500: Server Error" };
    expect(answers).toEqual([failed, failed]);
  });
});

describe("what changed is unknown", () => {
  test.each<{ when: string; github?: GitHub; secret?: string | undefined; says: string }>([
    { when: "without a secret", secret: undefined, says: "there are no credentials for GitHub" },
    { when: "with an empty secret", secret: " ", says: "there are no credentials for GitHub" },
    { when: "with a secret of empty JSON", secret: "{}", says: "there are no credentials for GitHub" },
    { when: "with a bare token", secret: "ghp_verysecret", says: "is neither" },
    { when: "with both kinds of credentials", secret: JSON.stringify({ token, appId: 1 }), says: "is neither" },
    {
      when: "with a token that GitHub does not know",
      github: { tokens: [] },
      says: "GitHub rejects the credentials: Bad credentials",
    },
    {
      when: "with a token for other repositories",
      github: { tokens: [{ token, repositories: ["acme/other"] }] },
      says: "GitHub answered 404: the commit is gone, or the credentials have no access to the repository",
    },
    {
      when: "with a token that has no permission to read contents",
      github: { tokens: [{ token, repositories: [repository], permissions: { metadata: "read" } }] },
      says: "GitHub answered 403: Resource not accessible by personal access token",
    },
    {
      when: "with another App's key",
      github: { apps: [{ ...app, publicKey: anotherKey() }] },
      secret: appSecret,
      says: "GitHub rejects the credentials: A JSON web token could not be decoded",
    },
    {
      when: "with an App that is not installed on the repository",
      github: { apps: [{ ...app, repositories: ["acme/other"] }] },
      secret: appSecret,
      says: "GitHub answered 404: the commit is gone, or the credentials have no access to the repository",
    },
    {
      when: "with an App that has no permission to read contents",
      github: { apps: [{ ...app, permissions: { metadata: "read" } }] },
      secret: appSecret,
      says: "GitHub answered 422: The permissions requested are not granted to this installation.",
    },
    {
      when: "for a commit that is gone",
      github: { commits: [] },
      says: "GitHub answered 404: the commit is gone, or the credentials have no access to the repository",
    },
    {
      when: "beyond 299 files",
      github: { commits: commitsWith(300) },
      says: "GitHub lists at most 300 files",
    },
    {
      when: "when a rate limit is used up",
      github: { troubles: [{ request: "compare", status: 429, headers: { "retry-after": "60" } }] },
      says: "GitHub's rate limit is used up for 60 s",
    },
    {
      when: "when all requests of the hour are used up",
      github: { troubles: [{ request: "compare", status: 403, headers: { "x-ratelimit-remaining": "0" } }] },
      says: "GitHub's rate limit is used up",
    },
    {
      when: "when GitHub fails",
      github: { troubles: [{ request: "compare", status: 502 }] },
      says: "GitHub answered 502: Server Error",
    },
  ])("$when", async ({ github = {}, says, ...given }) => {
    const secret = "secret" in given ? given.secret : tokenSecret;
    const answer = await (await changesWith(github, secret)).between(repository, root, left);
    expect(answer).toEqual({ unknown: expect.stringContaining(says) });
    expect(JSON.stringify(answer)).not.toContain("verysecret");
  });

  test("when GitHub cannot be reached", async () => {
    const changes = await changesWith({}, tokenSecret);
    await aws?.close();
    aws = undefined;
    expect(await changes.between(repository, root, left)).toEqual({
      unknown: expect.stringContaining("the request to GitHub failed"),
    });
  });

  test("when the secret cannot be read", async () => {
    const secret = () => Promise.reject(new Error("AWS_REFUSED: not allowed"));
    const changes = githubChanges({ baseUrl: "http://127.0.0.1:9", secret });
    expect(await changes.between(repository, root, left)).toEqual({
      unknown: "AWS_REFUSED: not allowed",
    });
  });
});

test("299 files are a complete list", async () => {
  const answer = await (await changesWith({ commits: commitsWith(299) }, tokenSecret)).between(repository, root, left);
  expect("files" in answer && answer.files).toHaveLength(299);
});

function commitsWith(files: number): typeof commits {
  const names = Array.from({ length: files }, (_, index) => `docs/${index}.md`);
  return [
    { repository, sha: root, files: [] },
    { repository, sha: left, parent: root, files: names },
  ];
}

function anotherKey(): string {
  return generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  }).publicKey;
}

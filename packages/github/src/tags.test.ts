import { generateKeyPairSync } from "node:crypto";
import { type ScenarioInput, startLocalAws } from "@lockmaster/local-aws";
import { expect, onTestFinished, test } from "vitest";
import { githubTags } from "./tags.ts";

const repository = "acme/shop";
const { publicKey, privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
const secrets = { token: JSON.stringify({ token: "t" }), app: JSON.stringify({ appId: "4711", privateKey }) };
const tags = Array.from({ length: 250 }, (_, index) => ({
  repository,
  name: `v1.${index}.0`,
  sha: index.toString(16).padStart(40, "0"),
}));

async function tagsOf(secret: string | undefined, github: ScenarioInput["github"] = {}) {
  const aws = await startLocalAws({
    scenario: {
      github: {
        apps: [{ id: "4711", publicKey, repositories: [repository] }],
        tokens: [{ token: "t", repositories: [repository] }],
        tags: [...tags, { repository: "acme/blog", name: "v9", sha: "9".repeat(40) }],
        ...github,
      },
    },
  });
  onTestFinished(() => aws.close());
  return await githubTags({ baseUrl: aws.urls.github, secret: () => Promise.resolve(secret) });
}

test.each(["token", "app"] as const)("all tags of a repository are listed with an %s's credentials", async (kind) => {
  const listed = await (await tagsOf(secrets[kind]))?.list(repository);
  expect(listed).toEqual(tags.map(({ name, sha }) => ({ name, sha })));
});

test("without credentials none are listed", async () => {
  expect(await tagsOf(undefined)).toBeUndefined();
});

test("when GitHub fails, a later run retries", async () => {
  const found = await tagsOf(secrets.token, { troubles: [{ request: "tags", status: 502 }] });
  await expect(found?.list(repository)).rejects.toMatchObject({ name: "RetryableError", code: "GITHUB_UNAVAILABLE" });
});

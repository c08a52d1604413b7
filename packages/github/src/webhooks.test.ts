import { generateKeyPairSync } from "node:crypto";
import { type ScenarioInput, startLocalAws } from "@lockmaster/local-aws";
import { expect, onTestFinished, test } from "vitest";
import { githubWebhooks } from "./webhooks.ts";

const repository = "acme/shop";
const url = "https://lockmaster.example/";
const { publicKey, privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
const app = { appId: "4711", privateKey };

async function startGitHub(github: ScenarioInput["github"]): Promise<string> {
  const aws = await startLocalAws({ scenario: { github } });
  onTestFinished(() => aws.close());
  return `${aws.endpoint}/github`;
}

test("a token with the permission gets a repository's webhooks", async () => {
  const permissions = { repository_hooks: "read" } as const;
  const baseUrl = await startGitHub({
    tokens: [{ token: "t", repositories: [repository], permissions }],
    hooks: [
      { repository, url, lastStatusCode: 401 },
      { repository, url, contentType: "form", hasSecret: false, insecureSsl: true, active: false, events: ["push"] },
      { repository: "acme/docs", url },
    ],
  });

  expect(await githubWebhooks(baseUrl, { token: "t" }, repository)).toEqual([
    {
      url,
      contentType: "json",
      hasSecret: true,
      insecure: false,
      active: true,
      events: ["push", "pull_request"],
      lastStatus: 401,
    },
    { url, contentType: "form", hasSecret: false, insecure: true, active: false, events: ["push"] },
  ]);
});

test("an App gets its webhook, with the last delivery, for a repository that it is installed on", async () => {
  const deliveries = [{ id: "1", guid: "g", deliveredAt: "2026-11-20T10:00:00Z", statusCode: 502 }];
  const baseUrl = await startGitHub({
    apps: [{ id: app.appId, publicKey, repositories: [repository], hook: { url } }],
    deliveries,
  });

  expect(await githubWebhooks(baseUrl, app, repository)).toEqual([
    {
      url,
      contentType: "json",
      hasSecret: true,
      insecure: false,
      active: true,
      events: ["push", "pull_request"],
      lastStatus: 502,
    },
  ]);
  await expect(githubWebhooks(baseUrl, app, "acme/docs")).rejects.toMatchObject({ status: 404 });
});

test("an App without a webhook has none", async () => {
  const baseUrl = await startGitHub({ apps: [{ id: app.appId, publicKey, repositories: [repository] }] });
  expect(await githubWebhooks(baseUrl, app, repository)).toEqual([]);
});

test.each([
  ["has no permission", "t", 403],
  ["is not valid", "other", 401],
])("a token that %s is refused", async (_, token, status) => {
  const baseUrl = await startGitHub({ tokens: [{ token: "t", repositories: [repository] }] });
  await expect(githubWebhooks(baseUrl, { token }, repository)).rejects.toMatchObject({ status });
});

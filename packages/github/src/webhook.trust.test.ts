import { createHmac } from "node:crypto";
import { configurationOf, oneService } from "@lockmaster/core/config/configuration.fixture.ts";
import { fingerprintOf } from "@lockmaster/core/contract/fingerprint.ts";
import { parseInput } from "@lockmaster/core/lib/parse.ts";
import { ReleaseInput } from "@lockmaster/core/contract/release-input.ts";
import { beforeEach, describe, expect, test } from "vitest";
import { inMemoryOrigins } from "./origins.fixture.ts";
import { repositorySecret } from "./repository-secret.ts";
import { createWebhook, type WebhookAnswer } from "./webhook.ts";

const secret = "installation secret";
const sha = "4f2a1c9b8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a";
const push = {
  ref: "refs/heads/main",
  after: sha,
  deleted: false,
  head_commit: { id: sha, message: "Sell tulips" },
  repository: { id: 101, full_name: "acme/shop", pushed_at: 1_795_257_600 },
  installation: { id: 77 },
  sender: { login: "octocat" },
};

let memory: ReturnType<typeof inMemoryOrigins>;
/** What happened, in its order. */
let calls: string[];
let inputs: unknown[];
beforeEach(() => {
  memory = inMemoryOrigins();
  calls = [];
  inputs = [];
});

type Sent = { event?: string; path?: string; key?: string };

function deliver(payload: unknown, { event = "push", path = "/", key = secret }: Sent = {}): Promise<WebhookAnswer> {
  const body = new TextEncoder().encode(JSON.stringify(payload));
  const { origins, metrics } = memory.ports;
  const webhook = createWebhook({
    metrics,
    origins: { ...origins, recordStart: (start) => origins.recordStart(start).then(() => void calls.push("record")) },
    secret: { current: () => Promise.resolve(secret), previous: () => Promise.resolve("the secret before") },
    configurations: {
      configuration: (repository) =>
        Promise.resolve(
          repository === "acme/shop"
            ? { repository, hash: "1", configuration: configurationOf(oneService) }
            : undefined,
        ),
    },
    executions: {
      start(name, input) {
        calls.push("start");
        inputs.push(input);
        return Promise.resolve({ executionArn: name, started: true });
      },
    },
    closePullRequest: () => Promise.resolve(),
  });
  const headers = {
    "x-github-event": event,
    "content-type": "application/json",
    "x-hub-signature-256": `sha256=${createHmac("sha256", key).update(body).digest("hex")}`,
  };
  return webhook({ path, headers, body, receivedAt: new Date("2026-11-21T12:00:03.000Z") });
}

test("each start is recorded before it is made, with its input and the App's installation", async () => {
  expect(await deliver(push)).toMatchObject({ status: 202 });
  expect(calls).toEqual(["record", "start"]);
  const [input] = inputs;
  expect(memory.starts).toMatchObject([
    {
      repository: "acme/shop",
      environment: "staging",
      at: "2026-11-21T12:00:03.000Z",
      input: fingerprintOf(parseInput(ReleaseInput, input)),
      installation: 77,
    },
  ]);
});

describe("a repository is known by GitHub's id", () => {
  test("the first one is recorded, and the same one goes on", async () => {
    await deliver(push);
    expect(memory.identities.get("acme/shop")).toMatchObject({ id: 101, since: "2026-11-21T12:00:03.000Z" });
    expect(await deliver({ ...push, after: "e".repeat(40) })).toMatchObject({ status: 202 });
    expect(memory.measured).toEqual([]);
  });

  test("another one with the same name starts nothing, and is counted", async () => {
    await deliver(push);
    const other = { ...push, repository: { ...push.repository, id: 202 } };
    const answer = await deliver(other);
    expect(answer).toMatchObject({ status: 200, body: { reason: expect.stringContaining("was 101 since") } });
    expect(answer.body["reason"]).toContain("lockmaster accept-repository --repository acme/shop --id 202");
    expect(calls).toEqual(["record", "start"]);
    expect(memory.measured).toEqual([{ metric: "MovedRepositories", value: 1 }]);
  });

  test("one that was renamed is reported with both names, and is counted", async () => {
    await deliver(push);
    const renamed = { ...push, repository: { ...push.repository, full_name: "acme/store" } };
    const { status, body } = await deliver(renamed);
    expect({ status, reason: body["reason"] }).toEqual({
      status: 200,
      reason: expect.stringMatching(/acme\/shop is acme\/store now.*renamed or transferred/),
    });
    expect(memory.measured).toEqual([{ metric: "MovedRepositories", value: 1 }]);
  });

  test("one that was never configured is not counted", async () => {
    const unknown = { ...push, repository: { ...push.repository, full_name: "acme/blog", id: 303 } };
    expect(await deliver(unknown)).toMatchObject({ status: 200 });
    expect(memory.measured).toEqual([]);
  });
});

describe("a repository's own secret", () => {
  const key = repositorySecret(secret, "acme/shop");

  test("signs deliveries to its own URL, whatever the case of its name", async () => {
    expect(await deliver(push, { path: "/acme/shop", key })).toMatchObject({ status: 202 });
    expect(await deliver(push, { path: "/Acme/Shop/", key })).toMatchObject({ status: 202 });
    const previous = repositorySecret("the secret before", "acme/shop");
    expect(await deliver(push, { path: "/acme/shop", key: previous })).toMatchObject({ status: 202 });
  });

  test.each<[string, Sent]>([
    ["to the App's URL", { path: "/", key }],
    ["to another repository's URL", { path: "/acme/blog", key }],
    ["of the installation to a repository's URL", { path: "/acme/shop", key: secret }],
  ])("does not sign deliveries %s", async (_, sent) => {
    expect(await deliver(push, sent)).toMatchObject({ status: 401 });
    expect(calls).toEqual([]);
  });

  test("does not sign another repository's events", async () => {
    const blog = repositorySecret(secret, "acme/blog");
    const answer = await deliver(push, { path: "/acme/blog", key: blog });
    expect(answer).toMatchObject({ status: 401, body: { error: expect.stringContaining("it is about acme/shop") } });
    expect(calls).toEqual([]);
  });

  test("reports its repository's new name", async () => {
    await deliver(push);
    const renamed = { ...push, repository: { ...push.repository, full_name: "acme/store" } };
    const answer = await deliver(renamed, { path: "/acme/shop", key });
    expect(answer).toMatchObject({ status: 200, body: { reason: expect.stringContaining("acme/store now") } });
    expect(answer.body["reason"]).toContain("its webhook's URL");
    expect(answer.body["reason"]).toContain("lockmaster webhook-secret --repository acme/store");
  });
});

test("a merge queue's events and branches are answered with the reason", async () => {
  const group = { action: "checks_requested", merge_group: { head_sha: sha } };
  const checks = await deliver(group, { event: "merge_group" });
  expect(checks).toMatchObject({
    status: 200,
    body: { reason: expect.stringContaining("no checks in a merge queue") },
  });
  const branch = await deliver({ ...push, ref: `refs/heads/gh-readonly-queue/main/pr-7-${sha}` });
  expect(branch).toMatchObject({ status: 200, body: { reason: expect.stringContaining("merge queue") } });
  expect(calls).toEqual([]);
});

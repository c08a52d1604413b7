import { createHmac } from "node:crypto";
import webhooksExamples from "@octokit/webhooks-examples" with { type: "json" };
import { configurationOf, oneService } from "@lockmaster/core/config/configuration.fixture.ts";
import { RetryableError } from "@lockmaster/core/lib/errors.ts";
import { ReleaseInput } from "@lockmaster/core/contract/release-input.ts";
import * as v from "valibot";
import { beforeEach, describe, expect, test } from "vitest";
import { inMemoryOrigins } from "./origins.fixture.ts";
import { createWebhook, type WebhookAnswer, type WebhookPorts } from "./webhook.ts";

const Example = v.looseObject({ action: v.string() });
/** The package's own types do not fit the JSON that it exports. */
const examples = v
  .parse(v.array(v.object({ name: v.string(), examples: v.array(v.unknown()) })), webhooksExamples)
  .filter(({ name }) => name === "pull_request")
  .flatMap((event) => v.parse(v.array(Example), event.examples));

const secret = "current secret";
const receivedAt = new Date("2026-11-21T12:00:05.000Z");
const sha = "6113728f27ae82c7b1a177c8d03f9e96e0adf246";
const base = "f95f852bd8fca8fcc58a9a2d6c842781e32a215e";

const configuration = configurationOf({
  ...oneService,
  images: { backend: { ...oneService.images.backend, testTarget: "test" } },
});

const shop = { id: 1, full_name: "acme/shop" };
const opened = {
  action: "opened",
  number: 7,
  pull_request: {
    draft: false,
    updated_at: "2026-11-21T12:00:00Z",
    head: { sha, repo: shop },
    base: { sha: base, repo: shop },
  },
  repository: shop,
  sender: { login: "octocat" },
};
type Payload = Omit<typeof opened, "pull_request"> & { pull_request: Record<string, unknown> };

const fromRepository = (repo: unknown): Payload => ({
  ...opened,
  pull_request: { ...opened.pull_request, head: { sha, repo } },
});

let started: Map<string, unknown>;
let closed: unknown[];
let ports: WebhookPorts;
beforeEach(() => {
  started = new Map();
  closed = [];
  ports = {
    ...inMemoryOrigins().ports,
    secret: { current: () => Promise.resolve(secret), previous: () => Promise.resolve(undefined) },
    configurations: {
      configuration: (repository) =>
        Promise.resolve(repository === "acme/blog" ? undefined : { repository, configuration, hash: "…" }),
    },
    executions: {
      start(name, input) {
        const isNew = !started.has(name);
        if (isNew) started.set(name, input);
        return Promise.resolve({ executionArn: `arn:aws:states:…:${name}`, started: isNew });
      },
    },
    closePullRequest: (event) => Promise.resolve(void closed.push(event)),
  };
});

function deliver(payload: unknown): Promise<WebhookAnswer> {
  const body = new TextEncoder().encode(JSON.stringify(payload));
  const signature = createHmac("sha256", secret).update(body).digest("hex");
  const headers = {
    "x-github-event": "pull_request",
    "content-type": "application/json",
    "x-hub-signature-256": `sha256=${signature}`,
  };
  return createWebhook(ports)({ headers, body, receivedAt });
}

describe("a pull request", () => {
  test.each(["opened", "synchronize", "reopened"])("that is %s starts a check of its newest commit", async (action) => {
    expect(await deliver({ ...opened, action })).toEqual({
      status: 202,
      body: {
        executions: [
          { name: expect.stringMatching(/^shop-checks-[0-9a-f]{32}$/), environment: "checks", started: true },
        ],
      },
    });
    expect([...started.values()]).toEqual([
      {
        kind: "check",
        repository: "acme/shop",
        ref: "refs/pull/7/head",
        sha,
        base,
        requestedBy: { kind: "github", login: "octocat" },
        requestedAt: "2026-11-21T12:00:00.000Z",
      },
    ]);
  });

  test("that is a draft is checked", async () => {
    expect(await deliver({ ...opened, pull_request: { ...opened.pull_request, draft: true } })).toMatchObject({
      status: 202,
    });
  });

  test("whose base branch was changed is checked against the new one", async () => {
    const next = "a".repeat(40);
    const pull_request = { ...opened.pull_request, base: { sha: next, repo: shop } };
    const changes = { base: { ref: { from: "main" }, sha: { from: base } } };
    expect(await deliver({ ...opened, action: "edited", changes, pull_request })).toMatchObject({ status: 202 });
    expect([...started.values()]).toMatchObject([{ kind: "check", sha, base: next }]);
  });

  test("delivered again starts nothing more", async () => {
    await deliver(opened);
    expect(await deliver(opened)).toMatchObject({ status: 202, body: { executions: [{ started: false }] } });
    expect(started.size).toBe(1);
  });

  test("that is closed has its check stopped", async () => {
    const answer = await deliver({ ...opened, action: "closed" });
    expect(answer).toEqual({ status: 200, body: { reason: "pull request 7 was closed: its check is stopped" } });
    expect(closed).toEqual([
      {
        repository: "acme/shop",
        ref: "refs/pull/7/head",
        sha,
        requestedAt: "2026-11-21T12:00:00.000Z",
        receivedAt: receivedAt.toISOString(),
      },
    ]);
    expect(started.size).toBe(0);
  });

  test("whose check could not be stopped rejects, so that GitHub delivers again", async () => {
    ports.closePullRequest = () => Promise.reject(new RetryableError("no answer", { code: "AWS_UNAVAILABLE" }));
    await expect(deliver({ ...opened, action: "closed" })).rejects.toThrow("no answer");
  });

  test.each<[string, Payload & { changes?: unknown }, RegExp]>([
    ["from a fork", fromRepository({ id: 2, full_name: "mallory/shop" }), /another repository/],
    ["from a fork that was deleted", fromRepository(null), /another repository/],
    [
      "from another repository that has taken the name",
      fromRepository({ id: 2, full_name: "acme/shop" }),
      /another repository/,
    ],
    ["from a fork, closed", { ...fromRepository({ id: 2, full_name: "mallory/shop" }), action: "closed" }, /another/],
    [
      "that got another title",
      { ...opened, action: "edited", changes: { title: { from: "Draft" } } },
      /edited has no new commit/,
    ],
    ["that got a label", { ...opened, action: "labeled" }, /labeled has no new commit/],
    [
      "of a repository that is not configured",
      {
        ...opened,
        pull_request: {
          ...opened.pull_request,
          head: { sha, repo: { id: 3, full_name: "acme/blog" } },
          base: { sha: base, repo: { id: 3, full_name: "acme/blog" } },
        },
      },
      /acme\/blog is not in the configuration/,
    ],
  ])("%s starts nothing, and the answer has the reason", async (_, payload, reason) => {
    expect(await deliver(payload)).toEqual({ status: 200, body: { reason: expect.stringMatching(reason) } });
    expect([started.size, closed.length]).toEqual([0, 0]);
  });

  test.each<[string, unknown, RegExp]>([
    ["no number", { ...opened, number: undefined }, /number: /],
    ["a number that is a path", { ...opened, number: "7/../../main" }, /number: /],
    [
      "a commit that is none",
      { ...opened, pull_request: { ...opened.pull_request, head: { sha: "$(id)", repo: shop } } },
      /pull_request\.head\.sha: .*is no commit id/,
    ],
    ["no date", { ...opened, pull_request: { ...opened.pull_request, updated_at: "now" } }, /updated_at: /],
  ])("with %s is refused", async (_, payload, error) => {
    expect(await deliver(payload)).toEqual({ status: 400, body: { error: expect.stringMatching(error) } });
  });
});

describe("GitHub's own examples", () => {
  const expected: Readonly<Record<string, number>> = { opened: 202, synchronize: 202, reopened: 202 };

  test.each(examples.map((example, index) => [index, example.action, example] as const))(
    "pull_request %i (%s) gets its answer",
    async (_, action, example) => {
      const answer = await deliver(example);
      expect(answer.status).toBe(expected[action] ?? 200);
      expect(closed).toHaveLength(action === "closed" ? 1 : 0);
      expect(started.size).toBe(answer.status === 202 ? 1 : 0);
      for (const input of started.values()) expect(v.is(ReleaseInput, input)).toBe(true);
    },
  );
});

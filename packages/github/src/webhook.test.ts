import { createHmac } from "node:crypto";
import webhooksExamples from "@octokit/webhooks-examples" with { type: "json" };
import { RetryableError } from "@lockmaster/core/lib/errors.ts";
import { ReleaseInput } from "@lockmaster/core/contract/release-input.ts";
import * as fc from "fast-check";
import * as v from "valibot";
import { configurationOf, oneService } from "@lockmaster/core/config/configuration.fixture.ts";
import { beforeEach, describe, expect, test } from "vitest";
import { inMemoryOrigins } from "./origins.fixture.ts";
import { createWebhook, type WebhookAnswer, type WebhookPorts } from "./webhook.ts";

/** The package's own types do not fit the JSON that it exports. */
const examples = v.parse(v.array(v.object({ name: v.string(), examples: v.array(v.unknown()) })), webhooksExamples);

const receivedAt = new Date("2026-11-21T12:00:00.000Z");
const secret = "current secret";
const sha = "6113728f27ae82c7b1a177c8d03f9e96e0adf246";

const environment = (branch: string) => ({ ...oneService.environments.staging, on: { branch } });

const configuration = configurationOf({
  ...oneService,
  environments: {
    staging: environment("main"),
    canary: environment("main"),
    production: environment("production"),
    live: { ...environment("main"), on: { tag: "v*" }, promoteFrom: "staging" },
  },
});

const push = {
  ref: "refs/heads/production",
  after: sha,
  deleted: false,
  head_commit: { id: sha, message: "Sell tulips" },
  repository: { full_name: "acme/shop", pushed_at: 1_763_726_400 },
  sender: { login: "octocat" },
};

/** Step Functions with execution names only, and the other ports as each test needs them. */
let started: Map<string, unknown>;
let closed: unknown[];
let ports: WebhookPorts;
beforeEach(() => {
  started = new Map();
  closed = [];
  ports = {
    ...inMemoryOrigins().ports,
    secret: { current: () => Promise.resolve(secret), previous: () => Promise.resolve("previous secret") },
    configurations: {
      configuration: (repository) =>
        Promise.resolve(repository === "acme/shop" ? { repository, configuration, hash: "…" } : undefined),
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

const sign = (body: Uint8Array, key = secret) => `sha256=${createHmac("sha256", key).update(body).digest("hex")}`;
const bytes = (payload: unknown) => new TextEncoder().encode(JSON.stringify(payload));

/** Delivers a payload as GitHub does, unless `headers` replace GitHub's. */
function deliver(payload: unknown, headers: Record<string, string | undefined> = {}): Promise<WebhookAnswer> {
  const body = payload instanceof Uint8Array ? payload : bytes(payload);
  const signed = { "x-github-event": "push", "content-type": "application/json", "x-hub-signature-256": sign(body) };
  return createWebhook(ports)({ headers: { ...signed, ...headers }, body, receivedAt });
}

describe("a push", () => {
  test("starts a release in the environment that follows its branch", async () => {
    const answer = await deliver(push);

    expect(answer).toEqual({
      status: 202,
      body: {
        executions: [
          {
            name: expect.stringMatching(/^shop-production-[0-9a-f]{32}$/),
            environment: "production",
            started: true,
          },
        ],
      },
    });
    expect([...started.values()]).toEqual([
      {
        kind: "deploy",
        repository: "acme/shop",
        environment: "production",
        ref: "refs/heads/production",
        sha,
        requestedBy: { kind: "github", login: "octocat" },
        requestedAt: "2025-11-21T12:00:00.000Z",
      },
    ]);
  });

  test("starts one release for each environment that follows its branch", async () => {
    const { body } = await deliver({ ...push, ref: "refs/heads/main" });
    expect(body["executions"]).toMatchObject([{ environment: "staging" }, { environment: "canary" }]);
  });

  test("delivered a hundred times at once, under whatever delivery ids, starts one execution", async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) => deliver(push, { "x-github-delivery": `delivery-${n}` })),
    );
    expect(answers.every(({ status }) => status === 202)).toBe(true);
    expect(started.size).toBe(1);
    expect(answers.filter(({ body }) => JSON.stringify(body).includes('"started":true'))).toHaveLength(1);
  });

  test.each([
    ["the configuration cannot be read", "configurations", { configuration: () => Promise.reject(unavailable) }],
    ["the execution cannot be started", "executions", { start: () => Promise.reject(unavailable) }],
    [
      "the secret cannot be read",
      "secret",
      { current: () => Promise.reject(unavailable), previous: () => Promise.reject(unavailable) },
    ],
  ] satisfies [string, keyof WebhookPorts, unknown][])(
    "rejects when %s, and a redelivery starts the release",
    async (_, port, broken) => {
      const whole = ports;
      ports = { ...whole, [port]: broken };
      await expect(deliver(push)).rejects.toBe(unavailable);
      expect(started.size).toBe(0);

      ports = whole;
      expect(await deliver(push)).toMatchObject({ status: 202, body: { executions: [{ started: true }] } });
    },
  );

  test("that starts one of two releases rejects after both were tried, and a redelivery starts the other", async () => {
    const { executions } = ports;
    ports.executions = {
      start: (name, input) =>
        name.includes("-staging-")
          ? Promise.reject(unavailable)
          : Promise.resolve().then(() => executions.start(name, input)),
    };
    await expect(deliver({ ...push, ref: "refs/heads/main" })).rejects.toBe(unavailable);
    expect(started.size).toBe(1);

    ports.executions = executions;
    expect(await deliver({ ...push, ref: "refs/heads/main" })).toMatchObject({
      body: {
        executions: [
          { environment: "staging", started: true },
          { environment: "canary", started: false },
        ],
      },
    });
  });

  test.each([
    ["a lightweight tag", sha],
    ["an annotated tag, whose id is not the commit's", "7".repeat(40)],
  ])("of %s starts a promotion of the commit", async (_, after) => {
    const answer = await deliver({ ...push, ref: "refs/tags/v1.0.0", after });

    expect(answer).toMatchObject({ status: 202, body: { executions: [{ environment: "live", started: true }] } });
    expect([...started.values()]).toMatchObject([
      { kind: "promote", environment: "live", ref: "refs/tags/v1.0.0", sha },
    ]);
  });

  test("without a time in seconds has the time when it was received", async () => {
    await deliver({ ...push, repository: { full_name: "acme/shop", pushed_at: "2026-11-20T00:00:00Z" } });
    expect([...started.values()]).toMatchObject([{ requestedAt: "2026-11-21T12:00:00.000Z" }]);
  });
});

const unavailable = new RetryableError("no answer", { code: "AWS_UNAVAILABLE" });

describe("the answer has the reason why nothing is started for", () => {
  const zeros = "0".repeat(40);
  test.each<[string, object, string]>([
    ["a deleted branch", { after: zeros, deleted: true, head_commit: null }, "refs/heads/production was deleted"],
    ["a ref that points to no commit", { after: zeros }, "refs/heads/production points to no commit"],
    [
      "a deleted tag",
      { ref: "refs/tags/v1.0.0", after: zeros, deleted: true, head_commit: null },
      "refs/tags/v1.0.0 was deleted",
    ],
    ["a tag of a file", { ref: "refs/tags/v1.0.0", head_commit: null }, "refs/tags/v1.0.0 points to no commit"],
    ["a tag that no environment follows", { ref: "refs/tags/nightly" }, "no environment of acme/shop follows nightly"],
    ["a ref of a pull request", { ref: "refs/pull/7/head" }, "refs/pull/7/head is neither a branch nor a tag"],
    [
      "[skip deploy]",
      { head_commit: { id: sha, message: "Fix [Skip Deploy]\n\nA typo." } },
      "the title of the head commit contains [skip deploy]",
    ],
    [
      "a branch that no environment follows",
      { ref: "refs/heads/feature" },
      "no environment of acme/shop follows feature",
    ],
    [
      "an unknown repository",
      { repository: { ...push.repository, full_name: "acme/blog" } },
      "acme/blog is not in the configuration; if the repository was renamed or transferred, write its new name there, with GitHub's capitals",
    ],
  ])("%s", async (_, change, reason) => {
    expect(await deliver({ ...push, ...change })).toEqual({ status: 200, body: { reason } });
    expect(started.size).toBe(0);
  });

  test("an event that is not used", async () => {
    expect(await deliver({ action: "opened" }, { "x-github-event": "issues" })).toMatchObject({
      status: 200,
      body: { reason: "Lockmaster does not use issues events" },
    });
  });
});

describe("a delivery is refused", () => {
  test.each([
    ["without a signature", { "x-hub-signature-256": undefined }],
    [
      "with a signature by SHA-1 only",
      { "x-hub-signature-256": undefined, "x-hub-signature": `sha1=${"a".repeat(40)}` },
    ],
    ["with a signature by SHA-1 in the SHA-256 header", { "x-hub-signature-256": `sha1=${"a".repeat(40)}` }],
    ["with a signature of another length", { "x-hub-signature-256": "sha256=abc" }],
    ["signed with another secret", { "x-hub-signature-256": sign(bytes(push), "a guess") }],
  ])("with 401 %s", async (_, headers) => {
    expect(await deliver(push, headers)).toMatchObject({ status: 401, body: { error: expect.any(String) } });
    expect(started.size).toBe(0);
  });

  test("with 401 when any byte of body or signature is changed", async () => {
    const body = bytes(push);
    const signature = new TextEncoder().encode(sign(body));
    const mutation = fc.record({ position: fc.nat(), flipped: fc.integer({ min: 1, max: 255 }) });
    const change = (original: Uint8Array, { position, flipped }: { position: number; flipped: number }) =>
      original.map((byte, index) => (index === position % original.length ? byte ^ flipped : byte));
    await fc.assert(
      fc.asyncProperty(mutation, fc.boolean(), async (where, inBody) => {
        const headers = { "x-github-event": "push", "x-hub-signature-256": Buffer.from(signature).toString("latin1") };
        const delivery = inBody
          ? { headers, body: change(body, where), receivedAt }
          : {
              headers: { ...headers, "x-hub-signature-256": Buffer.from(change(signature, where)).toString("latin1") },
              body,
              receivedAt,
            };
        expect(await createWebhook(ports)(delivery)).toMatchObject({ status: 401 });
      }),
      { numRuns: 500 },
    );
    expect(started.size).toBe(0);
  });

  test("with 401 for bytes that a lenient decoder decodes to the signed text", async () => {
    const body = bytes({ ...push, head_commit: { id: sha, message: "\ufffd" } });
    const at = Buffer.from(body).indexOf(Buffer.from("\ufffd"));
    const decodesAlike = Buffer.concat([body.subarray(0, at), Uint8Array.of(0xff), body.subarray(at + 3)]);
    expect(await deliver(decodesAlike, { "x-hub-signature-256": sign(body) })).toMatchObject({ status: 401 });
  });

  test.each<[string, unknown, Record<string, string | undefined>, number, RegExp]>([
    ["no event", push, { "x-github-event": undefined }, 400, /X-GitHub-Event/],
    [
      "a form-encoded payload",
      new TextEncoder().encode("payload=%7B%7D"),
      { "content-type": "application/x-www-form-urlencoded" },
      415,
      /application\/json/,
    ],
    ["no JSON", new TextEncoder().encode("{"), {}, 400, /not JSON/],
    ["JSON that is no object", [1], {}, 400, /INPUT_INVALID/],
    ["a payload without ref", { ...push, ref: undefined }, {}, 400, /ref: /],
    ["a commit that is none", { ...push, after: "$(id)" }, {}, 400, /after: "\$\(id\)" is no commit id/],
    [
      "a payload without repository",
      { ...push, repository: {} },
      {},
      400,
      /repository\.full_name: .*repository\.pushed_at: /,
    ],
    ["a ping without id", {}, { "x-github-event": "ping" }, 400, /hook_id: /],
  ])("for %s", async (_, payload, headers, status, error) => {
    expect(await deliver(payload, headers)).toEqual({ status, body: { error: expect.stringMatching(error) } });
    expect(started.size).toBe(0);
  });
});

describe("the secret", () => {
  test("can be the previous one while it is rotated", async () => {
    expect(await deliver(push, { "x-hub-signature-256": sign(bytes(push), "previous secret") })).toMatchObject({
      status: 202,
    });
  });

  test("is read in its previous version only when the current one did not sign", async () => {
    ports.secret.previous = () => Promise.reject(new Error("was read"));
    expect(await deliver(push)).toMatchObject({ status: 202 });
    await expect(deliver(push, { "x-hub-signature-256": sign(bytes(push), "x") })).rejects.toThrow("was read");
  });

  test("is not read for a request without a signature", async () => {
    ports.secret.current = () => Promise.reject(new Error("was read"));
    expect(await deliver(push, { "x-hub-signature-256": undefined })).toMatchObject({ status: 401 });
  });
});

describe("GitHub's own examples", () => {
  const of = (name: string): unknown[] => examples.find((event) => event.name === name)?.examples ?? [];

  test.each(of("push").map((example, index) => [index, example] as const))(
    "push %i gets an answer",
    async (_, example) => {
      const answer = await deliver(example);
      expect([200, 202]).toContain(answer.status);
      for (const input of started.values()) expect(v.is(ReleaseInput, input)).toBe(true);
    },
  );

  test("pushes to a branch start what the configuration says, all others get a reason", async () => {
    ports.configurations = {
      configuration: (repository) =>
        Promise.resolve({
          repository,
          configuration: configurationOf({ ...oneService, environments: { live: environment("master") } }),
          hash: "…",
        }),
    };
    const answers = await Promise.all(of("push").map((example) => deliver(example)));
    expect(answers.map(({ status, body }) => (status === 202 ? "started" : body["reason"]))).toEqual([
      "no environment of Codertocat/Hello-World follows simple-tag",
      "refs/tags/simple-tag was deleted",
      "refs/tags/simple-tag was deleted",
      "refs/tags/simple-tag was deleted",
      "started",
      "started",
      "refs/tags/simple-tag was deleted",
    ]);
    expect(started.size).toBe(2);
  });

  test.each(of("ping").map((example, index) => [index, example] as const))(
    "ping %i is answered",
    async (_, example) => {
      expect(await deliver(example, { "x-github-event": "ping" })).toEqual({
        status: 200,
        body: { pong: true, hookId: 109_948_940 },
      });
    },
  );
});

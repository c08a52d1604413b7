import { createSign, generateKeyPairSync } from "node:crypto";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { randomSequence } from "../../world/random.ts";
import { virtualClock } from "../../clock/virtual-clock.ts";
import { GitHubScenario } from "../../scenario/github-scenario.ts";
import { DeliveryAttempts } from "./deliveries.ts";
import { createGitHub, githubPath } from "./github.ts";

const keys = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
const [one, two, three] = ["1".repeat(40), "2".repeat(40), "3".repeat(40)];
const repository = "acme/shop";
const scenario = v.parse(GitHubScenario, {
  apps: [{ id: "4711", publicKey: keys.publicKey, repositories: [repository, "acme/docs", "other/shop"] }],
  commits: [
    { repository, sha: one, files: ["a"] },
    { repository, sha: two, parent: one, files: ["b"] },
    { repository, sha: three, parent: two, files: ["b", "c"] },
    { repository, sha: "9".repeat(40), files: ["z"] },
  ],
});

type Sent = { method?: string; token?: string | undefined; body?: unknown; headers?: Record<string, string> };

function github() {
  const clock = virtualClock();
  const { service } = createGitHub(
    { clock, random: randomSequence(1) },
    { scenario, parkReply: () => () => undefined, delayAnswer: () => Promise.resolve() },
  );
  const route = service.routes?.[githubPath];
  if (route === undefined) throw new TypeError("GitHub has no route");
  const call = async (path: string, { method = "GET", token, body, headers = {} }: Sent = {}) => {
    const answer = await route({
      method,
      path: `/github${path}`,
      headers: {
        "user-agent": "test",
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      body: Buffer.from(body === undefined ? "" : JSON.stringify(body)),
    });
    return { status: answer.status, body: v.parse(v.record(v.string(), v.unknown()), JSON.parse(String(answer.body))) };
  };
  const jwt = (
    claims: Record<string, unknown> = {},
    header: Record<string, unknown> = { alg: "RS256", typ: "JWT" },
  ) => {
    const now = Math.floor(clock.now() / 1000);
    const parts = [header, { iss: "4711", iat: now - 60, exp: now + 540, ...claims }];
    const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
    return `${signed}.${createSign("RSA-SHA256").update(signed).sign(keys.privateKey, "base64url")}`;
  };
  const mint = (body: unknown = {}, id: unknown = 50_000_001) =>
    call(`/app/installations/${String(id)}/access_tokens`, { method: "POST", token: jwt(), body });
  return { clock, route, call, jwt, mint };
}

const installation = `/repos/${repository}/installation`;
const comparison = (base: string, head: string) => `/repos/${repository}/compare/${base}...${head}`;

describe("a JSON web token", () => {
  test("of the App is accepted", async () => {
    const { call, jwt } = github();
    const answer = await call(installation, { token: jwt({ iss: 4711 }) });
    expect(answer).toMatchObject({ status: 200, body: { app_id: 4711, account: { login: "acme" } } });
  });

  test.each([
    { name: "from the future", claims: (now: number) => ({ iat: now + 1 }), says: "'Issued at' claim" },
    { name: "that is not an integer", claims: (now: number) => ({ iat: now - 0.5 }), says: "'Issued at' claim" },
    { name: "that has expired", claims: (now: number) => ({ exp: now }), says: "must be a numeric value" },
    {
      name: "more than ten minutes ahead",
      claims: (now: number) => ({ exp: now + 601 }),
      says: "too far in the future",
    },
  ])("with a time $name is refused", async ({ claims, says }) => {
    const { call, jwt, clock } = github();
    const answer = await call(installation, { token: jwt(claims(Math.floor(clock.now() / 1000))) });
    expect(answer).toMatchObject({ status: 401, body: { message: expect.stringContaining(says) } });
  });

  test("that is forged, unsigned, malformed, missing or of an unknown App is refused", async () => {
    const { call, jwt } = github();
    const [header, , signature] = jwt().split(".");
    const claims = jwt({ exp: 1 }).split(".")[1];
    const tokens = [
      `${header}.${jwt({ iat: 1 }).split(".")[1]}.${signature}`,
      `${header}.${claims}.`,
      jwt({}, { alg: "none" }),
      jwt({}, { alg: "HS256" }),
      "nonsense",
      undefined,
    ];
    for (const token of tokens) expect((await call(installation, { token })).status).toBe(401);
    expect((await call(installation, { token: jwt({ iss: "4712" }) })).body).toMatchObject({
      message: "Integration not found",
    });
  });
});

describe("an installation's token", () => {
  test("gives access to the requested repositories for an hour", async () => {
    const { call, mint, clock } = github();
    const { status, body } = await mint({ repositories: ["shop"], permissions: { contents: "read" } });
    expect({ status, body }).toMatchObject({ status: 201, body: { permissions: { contents: "read" } } });
    const token = v.parse(v.string(), body["token"]);
    expect((await call(comparison(one, three), { token })).status).toBe(200);
    expect((await call("/repos/acme/docs/compare/a...b", { token })).status).toBe(404);
    await clock.advance(3_600_000);
    expect(await call(comparison(one, three), { token })).toMatchObject({
      status: 401,
      body: { message: "Bad credentials" },
    });
  });

  test.each([
    { name: "another owner's repository", body: { repositories: ["acme/shop"] }, status: 422 },
    { name: "a permission that the App does not have", body: { permissions: { contents: "write" } }, status: 422 },
    { name: "the id of a repository of another installation", body: { repository_ids: [1] }, status: 422 },
    { name: "a parameter that is not implemented", body: { single_file: "a" }, status: 501 },
  ])("is refused for $name", async ({ body, status }) => {
    expect((await github().mint(body)).status).toBe(status);
  });

  test("gives access to a repository by its id", async () => {
    const { call, mint } = github();
    const all = await mint();
    const described = await call(`/repos/${repository}`, { token: v.parse(v.string(), all.body["token"]) });
    const { status, body } = await mint({ repository_ids: [described.body["id"]] });
    expect({ status, body }).toMatchObject({ status: 201, body: { repositories: [{ full_name: repository }] } });
  });

  test("is refused for an unknown installation", async () => {
    expect((await github().mint({}, 1)).status).toBe(404);
  });
});

describe("a comparison", () => {
  async function compared(base: string, head: string, query = "") {
    const { call, mint } = github();
    const { body } = await mint();
    return await call(`${comparison(base, head)}${query}`, { token: v.parse(v.string(), body["token"]) });
  }

  test.each([
    [one, three, { status: "ahead", ahead_by: 2, behind_by: 0, total_commits: 2 }],
    [three, one, { status: "behind", ahead_by: 0, behind_by: 2, files: [] }],
    [two, two, { status: "identical", ahead_by: 0, behind_by: 0, files: [] }],
  ])("of %.7s with %.7s", async (base, head, body) => {
    expect(await compared(base, head)).toMatchObject({ status: 200, body });
  });

  test("lists each changed file once, on the first page only", async () => {
    const files = [
      { filename: "b", status: "modified" },
      { filename: "c", status: "modified" },
    ];
    const first = await compared(one, three, "?per_page=1");
    expect(first.body).toMatchObject({ files, commits: [{ sha: two }] });
    const second = await compared(one, three, "?per_page=1&page=2");
    expect(second.body).toMatchObject({ commits: [{ sha: three }] });
    expect(second.body).not.toHaveProperty("files");
  });

  test("requires commits with a common ancestor", async () => {
    expect((await compared("8".repeat(40), three)).status).toBe(404);
    expect(await compared("9".repeat(40), three)).toMatchObject({
      status: 404,
      body: { message: expect.stringContaining("No common ancestor") },
    });
  });
});

test("refuses requests without a User-Agent, and requests in an unsupported API version", async () => {
  const { call, jwt, route } = github();
  expect((await call(installation, { token: jwt(), headers: { "x-github-api-version": "2020-01-01" } })).status).toBe(
    400,
  );
  const answer = await route({ method: "GET", path: `/github${installation}`, headers: {}, body: Buffer.alloc(0) });
  expect(answer.status).toBe(403);
});

test("names the endpoint that it does not implement", async () => {
  expect(await github().call("/repos/acme/shop/statuses/1", { method: "POST" })).toMatchObject({
    status: 501,
    body: { message: expect.stringContaining("POST /repos/acme/shop/statuses/1") },
  });
});

test("the filter of deliveries goes by ranges of the status code, which leave out what could not connect", () => {
  const codes = [0, 200, 302, 399, 400, 504, 599];
  const deliveries = codes.map((statusCode, index) => ({
    id: String(index),
    guid: "guid",
    deliveredAt: `2026-01-05T08:59:0${index}Z`,
    event: "push",
    statusCode,
    againStatusCode: 202,
  }));
  const attempts = new DeliveryAttempts(virtualClock(), { deliveries });
  const listed = (query: string) => {
    const { text } = attempts.list(new URL(`http://github.invalid/app/hook/deliveries${query}`));
    return v
      .parse(v.array(v.object({ status_code: v.number() })), JSON.parse(text))
      .map(({ status_code }) => status_code)
      .toReversed();
  };
  expect(listed("")).toEqual(codes);
  expect(listed("?status=success")).toEqual([200, 302, 399]);
  expect(listed("?status=failure")).toEqual([400, 504, 599]);
  expect(() => listed("?status=ok")).toThrow("Invalid request.");
});

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingHttpHeaders, Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommanderError } from "commander";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { deliver } from "@lockmaster/rehearsal/deliveries/deliver.ts";
import { pushPayload } from "@lockmaster/rehearsal/deliveries/push-payload.ts";
import { demonstrationFile } from "../lib/configuration-file.ts";
import { sendCommand } from "./send.ts";

const secret = "local secret";
let folder: string;
let settingsFile: string;
let server: Server;
let url: string;
let received: { headers: IncomingHttpHeaders; body: string }[];
let answer: { status: number; body: string };
let printed: string;
let complaint: string;

beforeEach(async () => {
  received = [];
  printed = "";
  complaint = "";
  answer = { status: 202, body: '{"executions":[{"name":"shop-staging-1","environment":"staging","started":true}]}' };
  server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => {
      body += chunk;
    });
    request.on("end", () => {
      received.push({ headers: request.headers, body });
      response.writeHead(answer.status).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/`;
  folder = await mkdtemp(join(tmpdir(), "lockmaster-send-"));
  settingsFile = join(folder, "local.json");
  const settings = {
    endpoint: url,
    githubApi: url,
    webhookUrl: url,
    webhookSecret: secret,
    region: "us-east-1",
    ledgerTable: "ledger",
    stateMachineArn: "arn:aws:states:us-east-1:111122223333:stateMachine:release",
    configuration: demonstrationFile,
  };
  await writeFile(settingsFile, JSON.stringify(settings));
  vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    printed += String(chunk);
    return true;
  });
});

afterEach(async () => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

/** Runs `lockmaster send push …`. */
const send = (...args: string[]): Promise<number> => run("push", ...args);

/** Runs `lockmaster send …`. @returns the exit code */
async function run(...args: string[]): Promise<number> {
  const command = sendCommand(settingsFile);
  for (const each of [command, ...command.commands]) {
    each.exitOverride().configureOutput({ writeErr: (text) => (complaint += text) });
  }
  try {
    await command.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    throw error;
  }
  return Number(process.exitCode ?? 0);
}

describe("send push", () => {
  test("posts GitHub's payload to the local AWS", async () => {
    expect(await send("--branch", "main", "--sha", "a".repeat(40), "--message", "Sell größere tulips")).toBe(0);

    const [delivery] = received;
    expect(delivery?.headers).toMatchObject({
      "content-type": "application/json",
      "user-agent": expect.stringMatching(/^GitHub-Hookshot\//),
      "x-github-event": "push",
      "x-github-delivery": expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(JSON.parse(delivery?.body ?? "")).toMatchObject({
      ref: "refs/heads/main",
      after: "a".repeat(40),
      head_commit: { id: "a".repeat(40), message: "Sell größere tulips" },
      repository: { full_name: "acme/shop", pushed_at: expect.any(Number) },
    });
    expect(printed).toBe("202: releases\n  staging: shop-staging-1\n");
  });

  test("takes a random commit each time", async () => {
    await send();
    await send();
    expect(new Set(received.map(({ body }) => JSON.parse(body).after)).size).toBe(2);
  });

  test("posts a file unchanged", async () => {
    const file = join(folder, "payload.json");
    await writeFile(file, '{ "ref":  "refs/heads/x" }\n');
    await send("--payload", file);
    expect(received[0]?.body).toBe('{ "ref":  "refs/heads/x" }\n');
  });

  test.each([
    [
      200,
      '{"reason":"no environment of acme/shop follows x"}',
      0,
      "200: no release: no environment of acme/shop follows x\n",
    ],
    [401, '{"error":"no"}', 1, '401: {"error":"no"}\n'],
    [500, "oops", 1, "500: oops\n"],
  ])("of an answer %i %s exits with %i", async (status, body, exitCode, text) => {
    answer = { status, body };
    expect(await send()).toBe(exitCode);
    expect(printed).toBe(text);
  });

  test("prints the answer as JSON with --json", async () => {
    await send("--json");
    expect(JSON.parse(printed)).toMatchObject({ status: 202, body: { executions: [{ environment: "staging" }] } });
  });

  test.each([
    ["no local AWS runs", [], /npm run local/],
    ["--url is given without --secret", ["--url", "http://127.0.0.1:1/"], /--secret/],
    [
      "the webhook does not answer",
      ["--url", "http://127.0.0.1:1/", "--secret", "x"],
      /127\.0\.0\.1:1\/ does not answer/,
    ],
  ])("names the next step when %s", async (_, args, advice) => {
    await rm(settingsFile);
    expect(await send(...args)).toBe(1);
    expect(complaint).toMatch(advice);
    expect(received).toEqual([]);
  });
});

describe("with a configuration of the user's own", () => {
  const image = { context: ".", repository: "team/api", paths: ["**"] };
  const runs = { cluster: "one", services: { api: { service: "api", containers: { api: "api" } } } };
  const environments = {
    test: { on: { branch: "trunk" }, ...runs },
    live: { on: { tag: "release-*" }, promoteFrom: "test", ...runs, cluster: "two" },
  };
  const untagged = {
    images: { api: { ...image, repository: "team/site" } },
    environments: { test: environments.test },
  };

  beforeEach(async () => {
    const file = join(folder, "own.config.mjs");
    const configuration = {
      repositories: {
        "team/api": { images: { api: image }, environments },
        "team/site": { ...untagged, environments: { test: { ...untagged.environments.test, cluster: "three" } } },
      },
    };
    await writeFile(file, `export default ${JSON.stringify(configuration)};\n`);
    const settings: object = JSON.parse(await readFile(settingsFile, "utf8"));
    await writeFile(settingsFile, JSON.stringify({ ...settings, configuration: file }));
  });

  test.each([
    ["push", [], { ref: "refs/heads/trunk", repository: { full_name: "team/api" } }],
    ["push", ["--repository", "team/site"], { ref: "refs/heads/trunk", repository: { full_name: "team/site" } }],
    ["push", ["--branch", "x"], { ref: "refs/heads/x", repository: { full_name: "team/api" } }],
    ["tag", ["--sha", "a".repeat(40)], { ref: "refs/tags/release-1.0.0", repository: { full_name: "team/api" } }],
    ["pull-request", [], { pull_request: { base: { ref: "trunk", repo: { full_name: "team/api" } } } }],
  ])("send %s %j has its repository, branch and tags", async (kind, args, payload) => {
    expect(await run(kind, ...args)).toBe(0);
    expect(JSON.parse(received[0]?.body ?? "")).toMatchObject(payload);
  });

  test("a tag must be named where no environment follows tags", async () => {
    expect(await run("tag", "--repository", "team/site", "--sha", "a".repeat(40))).toBe(1);
    expect(complaint).toContain("no environment of team/site follows tags: name the tag");
  });
});

describe("send pull-request", () => {
  test("posts GitHub's payload of an opened pull request", async () => {
    await run("pull-request", "--number", "7", "--sha", "a".repeat(40));
    expect(received[0]?.headers["x-github-event"]).toBe("pull_request");
    expect(JSON.parse(received[0]?.body ?? "")).toMatchObject({
      action: "opened",
      number: 7,
      pull_request: {
        number: 7,
        state: "open",
        head: { sha: "a".repeat(40), repo: { full_name: "acme/shop" } },
        base: { ref: "main", repo: { full_name: "acme/shop" } },
        updated_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      },
      repository: { full_name: "acme/shop" },
    });
  });

  test("posts a closed pull request from a fork", async () => {
    await run("pull-request", "--fork", "mallory/shop", "--action", "closed");
    const { pull_request: pullRequest } = JSON.parse(received[0]?.body ?? "");
    expect(pullRequest).toMatchObject({ state: "closed", head: { repo: { full_name: "mallory/shop" } } });
    expect(pullRequest.head.repo.id).not.toBe(pullRequest.base.repo.id);
  });
});

describe("deliver", () => {
  test("signs as GitHub's published example does", async () => {
    await deliver({
      url,
      secret: "It's a Secret to Everybody",
      event: "push",
      payload: "Hello, World!",
      delivery: "id-1",
    });
    expect(received[0]?.headers).toMatchObject({
      "x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
      "x-github-delivery": "id-1",
    });
  });
});

describe("pushPayload", () => {
  test("is the same for the same push, so that posting it twice is a redelivery", () => {
    const push = {
      repository: "acme/shop",
      branch: "main",
      sha: "b".repeat(40),
      message: "m",
      author: "octocat",
      pushedAt: new Date("2026-11-21T12:00:00Z"),
    };
    expect(JSON.stringify(pushPayload(push))).toBe(JSON.stringify(pushPayload(push)));
    expect(pushPayload(push)).toMatchObject({ created: true, before: "0".repeat(40) });
    expect(pushPayload({ ...push, before: "a".repeat(40) })).toMatchObject({ created: false });
  });
});

describe("send tag", () => {
  const sha = "a".repeat(40);

  test("posts the push of a new tag", async () => {
    expect(await run("tag", "v1.0.0", "--sha", sha)).toBe(0);

    expect(JSON.parse(received[0]?.body ?? "")).toMatchObject({
      ref: "refs/tags/v1.0.0",
      before: "0".repeat(40),
      after: sha,
      created: true,
      commits: [],
      head_commit: { id: sha },
    });
  });

  test("posts an annotated tag with its own object id", async () => {
    expect(await run("tag", "v1.0.0", "--sha", sha, "--annotated")).toBe(0);

    expect(JSON.parse(received[0]?.body ?? "")).toMatchObject({
      after: expect.not.stringMatching(sha),
      head_commit: { id: sha },
    });
  });

  test("requires the commit", async () => {
    expect(await run("tag", "v1.0.0")).toBe(1);
    expect(complaint).toContain("--sha");
    expect(received).toEqual([]);
  });
});

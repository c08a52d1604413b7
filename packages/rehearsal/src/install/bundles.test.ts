import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { functionNames, functions } from "@lockmaster/installation/topology/topology.ts";
import { bundleFunctions } from "@lockmaster/local-aws";
import { bundlingOf } from "@lockmaster/installation/topology/bundling.ts";
import { repositoryRoot } from "@lockmaster/installation/repository.ts";

const run = promisify(execFile);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lockmaster-bundle-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("every shipped function bundles to at most 500 kB, from TypeScript sources of the workspaces", async () => {
  for (const name of functionNames) {
    const { file } = functions[name];
    const bundling = bundlingOf(name);
    const [bundle] = await bundleFunctions([file], { root: repositoryRoot, kind: "deployed", bundling });
    const { sizeBytes = Infinity, sources = [], code = "" } = bundle ?? {};
    expect({ file, fits: sizeBytes <= 500_000 }).toEqual({ file, fits: true });
    expect(sources).toContain(join(repositoryRoot, file));
    expect(sources).toContain(join(repositoryRoot, "packages/lambda/src/settings.ts"));
    // A package outside that the bundle imports at once would not be there on Lambda.
    expect({ file, packages: code.match(/from ?"(?:@aws-sdk|@smithy)[^"]*"/g) }).toEqual({ file, packages: null });
  }
});

test("the ES module that is deployed loads and answers in a plain Node", async () => {
  const [bundle] = await bundleFunctions([functions.webhook.file], {
    root: repositoryRoot,
    kind: "deployed",
    bundling: bundlingOf("webhook"),
  });
  await writeFile(join(folder, "index.mjs"), bundle?.code ?? "");
  const event = {
    version: "2.0",
    headers: { "x-github-event": "ping", "x-hub-signature-256": "sha256=0" },
    requestContext: { http: { method: "POST", path: "/" } },
    body: "{}",
    isBase64Encoded: false,
  };
  const script = `
    const { handler } = await import("./index.mjs");
    const answer = await handler(${JSON.stringify(event)}, { awsRequestId: "1", getRemainingTimeInMillis: () => 1000 });
    console.log("\\n" + JSON.stringify(answer));`;
  const env = {
    AWS_REGION: "eu-central-1",
    AWS_ENDPOINT_URL: "http://127.0.0.1:1",
    AWS_ACCESS_KEY_ID: "key",
    AWS_SECRET_ACCESS_KEY: "secret",
    ...Object.fromEntries(Object.keys(functions.webhook.environment).map((name) => [name, "arn:aws:states:::x"])),
  };
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script], { cwd: folder, env });
  const answer: unknown = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  expect(answer).toMatchObject({ statusCode: expect.any(Number) });
});

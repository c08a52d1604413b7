import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "@lockmaster/cli/lib/ledger-command.fixture.ts";
import { planCommand } from "@lockmaster/cli/plan/command.ts";
import { freezeEnvironment } from "@lockmaster/core/lock/freeze-environment.ts";
import type { ObservedCall } from "@lockmaster/local-aws";
import { expect, onTestFinished, test } from "vitest";
import { commits, openScenario, type Shop } from "./shop.fixture.ts";

const { good, better } = commits;
const repository = "acme/shop";

/** Runs `lockmaster plan …` against a shop. */
async function plan(shop: Shop, ...args: string[]) {
  const { aws, installation } = shop.rehearsal;
  const where = ["--repository", repository, "--table", installation.ledgerTable];
  const endpoints = ["--endpoint-url", aws.endpoint, "--github-api", installation.githubApi];
  return shop.waitForAnswer(run([planCommand()], ["plan", ...args, ...where, ...endpoints]));
}

type Printed = {
  refusal?: { code: string };
  waiting?: string;
  plan?: {
    images: { image: string; from: string; reason?: string; digest?: string }[];
    services: { service: string; action: string; differences: { path: string }[] }[];
    kept: Record<string, string>;
    promotedFrom?: { environment: string; release: string };
  };
  configuration: { differences: { path: string; from?: unknown; to?: unknown }[] };
};

async function planAsJson(shop: Shop, ...args: string[]): Promise<Printed> {
  return JSON.parse((await plan(shop, ...args, "--json")).printed);
}

const token = "github_pat_11AAAAAAA0example";
const github = {
  tokens: [{ token, repositories: [repository] }],
  commits: [
    { repository, sha: good, files: [] },
    { repository, sha: better, parent: good, files: ["backend/main.ts"] },
  ],
};

test("prints what the release then does, and changes nothing", async () => {
  const calls: ObservedCall[] = [];
  const shop = await openScenario(
    { github },
    { githubCredentials: JSON.stringify({ token }), observe: (observed) => calls.push(observed) },
  );
  await shop.release(good);

  calls.length = 0;
  const { plan: planned } = await planAsJson(shop, "staging", "--sha", better);
  await planAsJson(shop, "production", "--tag", "v1.0.0", "--sha", good);
  const operators = calls.filter(({ call }) => call.caller.kind === "outside");
  expect(operators.length).toBeGreaterThan(5);
  expect(operators.filter(({ call }) => !/^(?:BatchGet|Describe|Get|List|Query)/.test(call.operation))).toEqual([]);

  expect(planned?.services.flatMap(({ differences }) => differences.map(({ path }) => path)).toSorted()).toEqual([
    "containerDefinitions[api].image",
    "containerDefinitions[worker].image",
  ]);

  const { release } = await shop.release(better);
  const { intents = {}, images = {} } = await shop.record(release);
  expect(planned?.services.map(({ service }) => service).toSorted()).toEqual(Object.keys(intents).toSorted());
  expect(planned?.images).toMatchObject([
    { image: "backend", from: "build", reason: "backend/main.ts changed since aaaaaaa" },
  ]);
  expect({ ...planned?.kept, backend: images["backend"] }).toEqual(images);
  expect(Object.keys(planned?.kept ?? {})).toEqual(["frontend"]);
});

test("shows that task definitions differ in their image digests only", async () => {
  const shop = await openScenario();
  const { exitCode, printed } = await plan(shop, "staging", "--sha", good);

  expect(exitCode).toBe(0);
  expect(printed).toContain(`Plan to release ${good.slice(0, 12)} (refs/heads/main) to staging of acme/shop`);
  expect(printed).toMatch(/backend {3}is built {2}from aaaaaaa {2}no release has reached the environment yet/);
  expect(printed).toContain(
    [
      "  worker gets a new revision of shop-staging-worker, after shop-staging-worker:1",
      "    containerDefinitions[worker].image",
      `    - 111122223333.dkr.ecr.us-east-1.amazonaws.com/shop/backend:${commits.first}`,
      "    + 111122223333.dkr.ecr.us-east-1.amazonaws.com/shop/backend@sha256:<of the build>",
      "",
      "Gates",
    ].join("\n"),
  );
});

test("names the digests that a promotion takes, and the release that verified them", async () => {
  const shop = await openScenario();
  const { release } = await shop.release(good);
  const verified = (await shop.record(release)).images;
  const { plan: planned } = await planAsJson(shop, "production", "--tag", "v1.0.0", "--sha", good);

  expect(planned?.promotedFrom).toEqual({ environment: "staging", release: release.name });
  expect(Object.fromEntries(planned?.images.map(({ image, digest }) => [image, digest]) ?? [])).toEqual(verified);
  expect((await planAsJson(shop, "production", "--tag", "v1.0.0", "--sha", better)).waiting).toContain(
    "no release of ccc",
  );
});

test("says that a running commit changes no image", async () => {
  const shop = await openScenario();
  await shop.release(good);
  expect((await plan(shop, "staging", "--sha", good)).printed).toContain("The commit changes no image");
});

test("exits with 3 when a release would be refused, and prints the reason and the plan", async () => {
  const shop = await openScenario();
  const { ledger } = shop.rehearsal;
  const since = new Date().toISOString();
  const tokens = { succeedTask: () => Promise.resolve(true) };
  await shop.waitForAnswer(
    freezeEnvironment(
      { ledger, tokens },
      { repository, environment: "staging" },
      { by: "arn:aws:iam::111122223333:user/ada", reason: "stocktaking", since, mode: "refuse" },
    ),
  );
  const { exitCode, printed } = await plan(shop, "staging", "--sha", good);
  expect(exitCode).toBe(3);
  expect(printed).toContain("The release would be refused: ENVIRONMENT_FROZEN: staging is frozen");
  expect(printed).toContain("is built");
});

test.each<[string, string[], string, number]>([
  ["the environment is unknown", ["nowhere", "--sha", good], "acme/shop has no environment nowhere, only staging", 1],
  [
    "the ref is not the environment's",
    ["staging", "--ref", "refs/heads/feature", "--sha", good],
    "does not follow refs/heads/feature; write refs/heads/main",
    1,
  ],
  [
    "the environment follows tags and no tag is named",
    ["production"],
    "is released by tags v*: name a tag with --tag",
    2,
  ],
  ["the commit is invalid", ["staging", "--sha", "main"], "give all 40 hexadecimal digits", 2],
])("prints the problem when %s", async (_, args, problem, code) => {
  const shop = await openScenario({}, { open: false });
  const { exitCode, complaint } = await plan(shop, ...args);
  expect(exitCode).toBe(code);
  expect(complaint).toContain(problem);
});

test("plans with a configuration file in place of the installed configuration, and prints the differences", async () => {
  const shop = await openScenario();
  const folder = await mkdtemp(join(tmpdir(), "lockmaster-plan-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "lockmaster.config.mjs");
  const repositories = structuredClone(shop.rehearsal.configuration.repositories);
  const gates = repositories[repository]?.environments["staging"]?.gates;
  if (gates !== undefined) gates.image.maximumMegabytes = 120;
  await writeFile(file, `export default ${JSON.stringify({ repositories })};`);

  const { configuration, plan: planned } = await planAsJson(shop, "staging", "--sha", good, "--config", file);
  expect(planned?.images).toHaveLength(2);
  expect(configuration.differences).toEqual([
    { path: "environments.staging.gates.image.maximumMegabytes", from: 500, to: 120 },
  ]);
});

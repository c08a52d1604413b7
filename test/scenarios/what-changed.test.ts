import { generateKeyPairSync } from "node:crypto";
import { RegisterTaskDefinitionCommand, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import type { ScenarioInput } from "@lockmaster/local-aws";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { onEveryService, commits, openScenario, type Release, type Shop } from "./shop.fixture.ts";

type GitHub = NonNullable<ScenarioInput["github"]>;

const repository = "acme/shop";
const { first, good, better, bad } = commits;
const token = "github_pat_11AAAAAAA0example";
const credentials = JSON.stringify({ token });
const keys = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  // As GitHub hands it out.
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
});

type Files = NonNullable<GitHub["commits"]>[number]["files"];

const after = (parent: string, sha: string, files: Files) => ({ repository, sha, parent, files });
/** `good` is released first, in each of the tests; `next` came after it. */
const history = (...next: ReturnType<typeof after>[]) => [
  { repository, sha: first, files: ["frontend/index.html", "backend/main.go"] },
  after(first, good, ["backend/main.go"]),
  ...next,
];

/** The shop in which `good` was released, everything anew: nothing was recorded before. */
async function openAtGood(github: GitHub, githubCredentials: string | null = credentials) {
  const shop = await openScenario(
    { github: { tokens: [{ token, repositories: [repository] }], ...github } },
    githubCredentials === null ? {} : { githubCredentials },
  );
  const { release, execution } = await shop.release(good);
  expect(execution.status).toBe("SUCCEEDED");
  return { shop, before: await shop.record(release) };
}

async function releaseNext(shop: Shop, sha = better) {
  const { release, execution } = await shop.release(sha);
  expect(execution.status).toBe("SUCCEEDED");
  return { record: await shop.record(release), reasons: reasonsOf(shop, release) };
}

const PlanOutput = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ images: v.array(v.object({ image: v.string(), reason: v.string() })) }),
);

/** Why each image was made anew, as an operator reads it in the output of Plan. */
function reasonsOf(shop: Shop, release: Release): string[] {
  const output = shop
    .execution(release)
    .history.find(({ stateExitedEventDetails }) => stateExitedEventDetails?.name === "Plan")?.stateExitedEventDetails;
  return v.parse(PlanOutput, output?.output).images.map(({ image, reason }) => `${image}: ${reason}`);
}

describe("a push", () => {
  test.each([
    { by: "a fine-grained token", github: {}, secret: credentials },
    {
      by: "a GitHub App",
      github: { apps: [{ id: "4711", publicKey: keys.publicKey, repositories: [repository] }], tokens: [] },
      secret: JSON.stringify({ appId: 4711, privateKey: keys.privateKey }),
    },
  ])("that changes the frontend only builds and deploys the frontend only, with $by", async ({ github, secret }) => {
    const { shop, before } = await openAtGood(
      { ...github, commits: history(after(good, better, ["README.md", "frontend/.env.production"])) },
      secret,
    );
    const { record, reasons } = await releaseNext(shop);
    expect(reasons).toEqual(["frontend: frontend/.env.production changed since aaaaaaa"]);
    expect(await shop.builds()).toEqual(["backend aaaaaaa", "frontend aaaaaaa", "frontend ccccccc"]);
    expect(await shop.runningCommits()).toEqual({ frontend: [better], backend: [good], worker: [good] });
    expect(record.builtFrom).toEqual({ frontend: better, backend: good });
    expect(record.images?.["backend"]).toBe(before.images?.["backend"]);
    expect(record.services).toEqual({
      frontend: { web: record.images?.["frontend"] },
      backend: before.services?.["backend"],
      worker: before.services?.["worker"],
    });
  });

  test("that changes documentation builds and deploys nothing, and records what runs", async () => {
    const { shop, before } = await openAtGood({ commits: history(after(good, better, ["docs/guide.md"])) });
    const { record } = await releaseNext(shop);
    expect(await shop.builds()).toHaveLength(2);
    expect(await shop.runningCommits()).toEqual(onEveryService(good));
    expect(record).toMatchObject({ status: "succeeded", sha: better });
    expect([record.images, record.services, record.builtFrom]).toEqual([
      before.images,
      before.services,
      { frontend: good, backend: good },
    ]);
  });

  test("is compared with what each image was built from, not with the push before it", async () => {
    const { shop } = await openAtGood({
      commits: history(after(good, bad, ["frontend/a.ts"]), after(bad, better, ["backend/b.go"])),
    });
    await releaseNext(shop, bad);
    const { reasons, record } = await releaseNext(shop, better);
    expect(reasons).toEqual(["backend: backend/b.go changed since aaaaaaa"]);
    expect(record.builtFrom).toEqual({ frontend: bad, backend: better });
  });

  test("that moves a file out of an image's folder affects it", async () => {
    const moved = { filename: "attic/a.ts", previous: "frontend/a.ts" };
    const { shop } = await openAtGood({ commits: history(after(good, better, [moved])) });
    const { reasons } = await releaseNext(shop);
    expect(reasons).toEqual(["frontend: frontend/a.ts changed since aaaaaaa"]);
  });

  test("deploys again what was changed by hand, whatever it changes itself", async () => {
    const { shop } = await openAtGood({ commits: history(after(good, better, ["docs/guide.md"])) });
    await deployByHand(shop, "worker");
    const { reasons } = await releaseNext(shop);
    expect(reasons).toEqual(["backend: container worker of worker was changed since the last release"]);
    expect(await shop.runningCommits()).toEqual({ frontend: [good], backend: [better], worker: [better] });
  });
});

/** Sets a service to the image that it had before the first release, by its tag. */
async function deployByHand(shop: Shop, service: string): Promise<void> {
  const { aws } = shop.rehearsal;
  const family = `${shop.environment.cluster}-${service}`;
  const { taskDefinition } = await shop.ecs.send(
    new RegisterTaskDefinitionCommand({
      family,
      requiresCompatibilities: ["FARGATE"],
      networkMode: "awsvpc",
      cpu: "256",
      memory: "512",
      executionRoleArn: `arn:aws:iam::${aws.accountId}:role/${family}-execution`,
      runtimePlatform: { cpuArchitecture: "ARM64", operatingSystemFamily: "LINUX" },
      containerDefinitions: [
        {
          name: "worker",
          image: `${aws.accountId}.dkr.ecr.${aws.region}.amazonaws.com/shop/backend:${first}`,
          essential: true,
        },
      ],
    }),
  );
  await shop.ecs.send(
    new UpdateServiceCommand({
      cluster: shop.environment.cluster,
      service,
      taskDefinition: taskDefinition?.taskDefinitionArn,
    }),
  );
}

const many = Array.from({ length: 300 }, (_, index) => `docs/${index}.md`);
const docs = after(good, better, ["docs/guide.md"]);
const compare = { request: "compare", times: 1 } as const;

describe("everything is made anew, and the release goes through,", () => {
  test.each<{ when: string; github: GitHub; secret?: null; says: string }>([
    { when: "without credentials", github: { commits: history(docs) }, secret: null, says: "no credentials" },
    { when: "beyond 299 files", github: { commits: history(after(good, better, many)) }, says: "at most 300 files" },
    {
      when: "when what runs is no ancestor",
      github: { commits: history(after(first, better, [])) },
      says: "not an ancestor",
    },
    {
      when: "when GitHub fails",
      github: { commits: history(docs), troubles: [{ ...compare, status: 500 }] },
      says: "GitHub answered 500",
    },
    {
      when: "when GitHub does not answer",
      github: { commits: history(docs), troubles: [{ ...compare, delaySeconds: 3600 }] },
      says: "GitHub did not answer in time",
    },
  ])("$when", async ({ github, secret, says }) => {
    const { shop } = await openAtGood(github, secret);
    const { reasons } = await releaseNext(shop);
    expect(reasons).toEqual([expect.stringContaining(says), expect.stringContaining(says)]);
    expect(await shop.runningCommits()).toEqual(onEveryService(better));
  });
});

test("waits no longer than five seconds for an answer, and no longer than eight for all of them", async () => {
  const { shop } = await openAtGood(
    {
      commits: history(docs),
      apps: [{ id: "4711", publicKey: keys.publicKey, repositories: [repository] }],
      troubles: [
        { request: "installation", delaySeconds: 3 },
        { request: "token", delaySeconds: 4.9 },
        { request: "compare", delaySeconds: 4.9 },
      ],
    },
    JSON.stringify({ appId: "4711", privateKey: keys.privateKey }),
  );
  const release = await shop.startRelease(better);
  const began = shop.clock.now();
  await shop.waitForState(release, "Build images");
  // The rest is what functions and AWS take themselves.
  expect(shop.clock.now() - began).toBeGreaterThanOrEqual(8_000);
  expect(shop.clock.now() - began).toBeLessThan(9_500);
});

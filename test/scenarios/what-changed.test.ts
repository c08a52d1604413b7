import { generateKeyPairSync } from "node:crypto";
import { RegisterTaskDefinitionCommand, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import type { ScenarioInput } from "@lockmaster/local-aws";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { onEveryService, commits, openScenario, type Release, type Shop } from "./shop.fixture.ts";

type GitHub = NonNullable<ScenarioInput["github"]>;

const repository = "acme/shop";
const { first, good, better } = commits;
/** Later commits, for series of pushes. */
const [one, two, three, four] = ["1".repeat(40), "2".repeat(40), "3".repeat(40), "4".repeat(40)] as const;
const token = "github_pat_11AAAAAAA0example";
const credentials = JSON.stringify({ token });
const keys = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  // GitHub issues keys in this format.
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
});

type Files = NonNullable<GitHub["commits"]>[number]["files"];

const after = (parent: string, sha: string, files: Files) => ({ repository, sha, parent, files });
/** Every test first releases `good`; `next` are later commits. */
const history = (...next: ReturnType<typeof after>[]) => [
  { repository, sha: first, files: ["frontend/index.html", "backend/main.go"] },
  after(first, good, ["backend/main.go"]),
  ...next,
];

/** The shop after the release of `good`, which built every image. */
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

/** The reason for each build, from the output of Plan. */
function reasonsOf(shop: Shop, release: Release): string[] {
  const output = shop
    .execution(release)
    .history.find(({ stateExitedEventDetails }) => stateExitedEventDetails?.name === "Plan")?.stateExitedEventDetails;
  return v.parse(PlanOutput, output?.output).images.map(({ image, reason }) => `${image}: ${reason}`);
}

test("a series of pushes builds the images whose files changed since the commit that each was built from", async () => {
  const { shop, before } = await openAtGood({
    commits: history(
      after(good, one, ["README.md", "frontend/.env.production"]),
      after(one, two, ["docs/guide.md"]),
      after(two, three, ["backend/b.go"]),
      after(three, four, [{ filename: "attic/a.ts", previous: "frontend/a.ts" }]),
    ),
  });

  const frontend = await releaseNext(shop, one);
  expect(frontend.reasons).toEqual(["frontend: frontend/.env.production changed since aaaaaaa"]);
  expect(await shop.builds()).toEqual(["backend aaaaaaa", "frontend 1111111", "frontend aaaaaaa"]);
  expect(await shop.runningCommits()).toEqual({ frontend: [one], backend: [good], worker: [good] });
  expect(frontend.record.builtFrom).toEqual({ frontend: one, backend: good });
  expect(frontend.record.images?.["backend"]).toBe(before.images?.["backend"]);
  expect(frontend.record.services).toEqual({
    frontend: { web: frontend.record.images?.["frontend"] },
    backend: before.services?.["backend"],
    worker: before.services?.["worker"],
  });

  const documentation = await releaseNext(shop, two);
  expect(await shop.builds()).toHaveLength(3);
  expect(await shop.runningCommits()).toEqual({ frontend: [one], backend: [good], worker: [good] });
  expect(documentation.record).toMatchObject({ status: "succeeded", sha: two });
  const { images, services, builtFrom } = frontend.record;
  expect(documentation.record).toMatchObject({ images, services, builtFrom });

  const backend = await releaseNext(shop, three);
  expect(backend.reasons).toEqual(["backend: backend/b.go changed since aaaaaaa"]);
  expect(backend.record.builtFrom).toEqual({ frontend: one, backend: three });

  const { reasons } = await releaseNext(shop, four);
  expect(reasons).toEqual(["frontend: frontend/a.ts changed since 1111111"]);
});

test("a push is compared with the credentials of a GitHub App, too", async () => {
  const { shop } = await openAtGood(
    {
      apps: [{ id: "4711", publicKey: keys.publicKey, repositories: [repository] }],
      tokens: [],
      commits: history(after(good, better, ["frontend/a.ts"])),
    },
    JSON.stringify({ appId: 4711, privateKey: keys.privateKey }),
  );
  expect((await releaseNext(shop)).reasons).toEqual(["frontend: frontend/a.ts changed since aaaaaaa"]);
  expect(await shop.runningCommits()).toEqual({ frontend: [better], backend: [good], worker: [good] });
});

test("a push deploys a service again that was changed by hand", async () => {
  const { shop } = await openAtGood({ commits: history(after(good, better, ["docs/guide.md"])) });
  await deployByHand(shop, "worker");
  const { reasons } = await releaseNext(shop);
  expect(reasons).toEqual(["backend: container worker of worker was changed since the last release"]);
  expect(await shop.runningCommits()).toEqual({ frontend: [good], backend: [better], worker: [better] });
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

describe("every image is built, and the release succeeds,", () => {
  async function expectAllBuilt(shop: Shop, sha: string, reason: string): Promise<void> {
    const { reasons } = await releaseNext(shop, sha);
    expect(reasons).toEqual([expect.stringContaining(reason), expect.stringContaining(reason)]);
    expect(await shop.runningCommits()).toEqual(onEveryService(sha));
  }

  test("without credentials for GitHub", async () => {
    const { shop } = await openAtGood({ commits: history(after(good, better, ["docs/guide.md"])) }, null);
    await expectAllBuilt(shop, better, "no credentials");
  });

  test("when GitHub fails, does not answer, lists too many files, or when what runs is not an ancestor", async () => {
    const files = Array.from({ length: 300 }, (_, index) => `docs/${index}.md`);
    const { shop } = await openAtGood({
      commits: history(
        after(good, one, ["docs/guide.md"]),
        after(one, two, ["docs/guide.md"]),
        after(two, three, files),
        after(first, four, []),
      ),
      troubles: [
        { request: "compare", times: 1, status: 500 },
        { request: "compare", times: 1, delaySeconds: 3600 },
      ],
    });
    await expectAllBuilt(shop, one, "GitHub answered 500");
    await expectAllBuilt(shop, two, "GitHub did not answer in time");
    await expectAllBuilt(shop, three, "at most 300 files");
    await expectAllBuilt(shop, four, "not an ancestor");
  });
});

test("Plan waits at most five seconds for an answer of GitHub, and at most eight seconds for all answers", async () => {
  const { shop } = await openAtGood(
    {
      commits: history(after(good, better, ["docs/guide.md"])),
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
  // Functions and AWS take the rest.
  expect(shop.clock.now() - began).toBeGreaterThanOrEqual(8_000);
  expect(shop.clock.now() - began).toBeLessThan(9_500);
});

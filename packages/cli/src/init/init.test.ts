import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { CreateRepositoryCommand, ECRClient } from "@aws-sdk/client-ecr";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  type CreateServiceRequest,
  ECSClient,
  RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import { AwsError, type LocalAws, type LocalAwsOptions, startLocalAws } from "@lockmaster/local-aws";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { run } from "../lib/ledger-command.fixture.ts";
import { readConfigurationFile } from "../lib/configuration-file.ts";
import { repositoryRoot } from "@lockmaster/installation/repository.ts";
import { initCommand } from "./command.ts";

const registry = "111122223333.dkr.ecr.us-east-1.amazonaws.com";
let aws: LocalAws;
let ecs: ECSClient;
let folder: string;

async function open(options: LocalAwsOptions = {}): Promise<void> {
  aws = await startLocalAws(options);
  ecs = new ECSClient(aws.clientConfig());
  // In the repository, so that the written file resolves imports as lockmaster.config.ts does.
  await mkdir(join(repositoryRoot, ".lockmaster"), { recursive: true });
  folder = await mkdtemp(join(repositoryRoot, ".lockmaster/init-"));
  onTestFinished(async () => {
    ecs.destroy();
    await aws.close();
    await rm(folder, { recursive: true });
  });
}

const lockmasterInit = (...args: string[]) => run([initCommand()], ["init", "--endpoint-url", aws.endpoint, ...args]);

async function createRepositories(...names: string[]): Promise<void> {
  const ecr = new ECRClient(aws.clientConfig());
  for (const repositoryName of names) await ecr.send(new CreateRepositoryCommand({ repositoryName }));
  ecr.destroy();
}

/** A service without tasks whose containers run these images. */
async function createService(
  cluster: string,
  serviceName: string,
  containers: Record<string, string>,
  change: Partial<CreateServiceRequest> & { family?: string } = {},
): Promise<void> {
  const { family = `${cluster}-${serviceName}`, ...options } = change;
  await ecs.send(new CreateClusterCommand({ clusterName: cluster }));
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family,
      requiresCompatibilities: ["FARGATE"],
      networkMode: "awsvpc",
      cpu: "256",
      memory: "512",
      executionRoleArn: `arn:aws:iam::111122223333:role/${family}`,
      containerDefinitions: Object.entries(containers).map(([name, image]) => ({ name, image, essential: true })),
    }),
  );
  await ecs.send(
    new CreateServiceCommand({
      cluster,
      serviceName,
      taskDefinition: family,
      desiredCount: 0,
      launchType: "FARGATE",
      networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-0a1b2c3d4e5f60718"] } },
      ...options,
    }),
  );
}

describe("lockmaster init", () => {
  beforeEach(() => open());

  test("writes a valid and formatted configuration", async () => {
    await createRepositories("shop/web", "shop/api");
    for (const cluster of ["shop-staging", "shop-prod"]) {
      await createService(cluster, "web", { web: `${registry}/shop/web:1`, proxy: "public.ecr.aws/nginx/nginx:1" });
      await createService(cluster, "api", { api: `${registry}/shop/api@sha256:${"a".repeat(64)}` });
    }
    const file = join(folder, "lockmaster.config.ts");
    const { exitCode, printed } = await lockmasterInit("--repository", "acme/shop", "--out", file);

    expect(exitCode).toBe(0);
    expect(printed).toContain("acme/shop, 2 images, environments staging, production");
    expect(printed).toContain(
      "shop-prod/web: container proxy keeps its image: public.ecr.aws/nginx/nginx:1 is not from ECR",
    );
    const { repositories } = await readConfigurationFile(file);
    expect(repositories["acme/shop"]).toMatchObject({
      images: { api: { repository: "shop/api", platform: "linux/amd64" }, web: { repository: "shop/web" } },
      environments: {
        staging: {
          on: { branch: "main" },
          cluster: "shop-staging",
          services: { api: { containers: { api: "api" } }, web: { containers: { web: "web" } } },
        },
        production: { on: { tag: "v*" }, promoteFrom: "staging", cluster: "shop-prod" },
      },
    });
    await promisify(execFile)(join(repositoryRoot, "node_modules/.bin/oxfmt"), [
      "-c",
      join(repositoryRoot, ".oxfmtrc.json"),
      "--check",
      file,
    ]);
  });

  test("reads every page, and gives a reason for everything that it leaves out", async () => {
    const repositories = Array.from({ length: 101 }, (_, n) => `shop/image-${n}`);
    await createRepositories(...repositories);
    for (let n = 0; n < 101; n += 1) {
      await createService("shop", `service-${String(n).padStart(3, "0")}`, { app: `${registry}/shop/image-${n}:1` });
    }
    await createService(
      "many-0",
      "old",
      { app: `${registry}/shop/image-0:1` },
      { deploymentController: { type: "CODE_DEPLOY" } },
    );
    await createService("many-0", "foreign", { app: "444455556666.dkr.ecr.us-east-1.amazonaws.com/shop/image-0:1" });
    await createService("many-0", "one", { app: `${registry}/shop/image-0:1` }, { family: "shared" });
    await createService("many-0", "two", { app: `${registry}/shop/image-0:2` }, { family: "shared" });
    for (let n = 1; n < 101; n += 1) await ecs.send(new CreateClusterCommand({ clusterName: `many-${n}` }));

    const { complaint, printed } = await lockmasterInit("--repository", "acme/shop", "--print", "--json");
    const result: {
      configuration: { repositories: Record<string, object> };
      notes: { where: string; message: string }[];
    } = JSON.parse(printed);
    expect(complaint).toContain("us-east-1: 102 clusters");
    expect(complaint).toContain("Cluster shop: 101 services");
    expect(result.configuration.repositories["acme/shop"]).toMatchObject({
      environments: { shop: { services: { "service-049": {} } }, "many-0": { services: { one: {}, two: {} } } },
    });
    expect(result.notes.map(({ where, message }) => `${where}: ${message}`)).toEqual(
      expect.arrayContaining([
        expect.stringContaining("many-0/old: left out: its deployment controller is CODE_DEPLOY"),
        expect.stringContaining("is in the registry of account 444455556666"),
        expect.stringContaining("many-0/foreign: left out: no container runs an image of this account's registry"),
        expect.stringContaining("many-0/one, many-0/two: share the task definition family shared"),
        expect.stringContaining("shop/service-100: left out: an environment has at most 50 services"),
        expect.stringContaining("many-0: one/app, two/app: run different images of shop/image-0"),
      ]),
    );
  });

  test("overwrites a file only with --force", async () => {
    await createRepositories("shop/web");
    await createService("shop", "web", { web: `${registry}/shop/web:1` });
    const file = join(folder, "own.config.ts");
    await writeFile(file, "mine");
    const args = ["--repository", "acme/shop", "--out", file];

    const { exitCode, complaint } = await lockmasterInit(...args);
    expect([exitCode, await readFile(file, "utf8")]).toEqual([2, "mine"]);
    expect(complaint).toContain("replace it with --force");
    expect((await lockmasterInit(...args, "--force")).exitCode).toBe(0);
    expect(await readFile(file, "utf8")).toContain("defineConfig");
  });

  test.each([
    [
      "nothing can be released",
      ["--repository", "acme/shop"],
      1,
      "has no service in us-east-1 that Lockmaster can release",
    ],
    ["no repository is known", [], 2, "GitHub repository is unknown: name it with --repository"],
    ["the repository is invalid", ["--repository", "shop"], 2, "shop is not a GitHub repository"],
    ["the cluster is unknown", ["--repository", "acme/shop", "--cluster", "nowhere"], 1, "Cluster not found"],
  ])("names the next step when %s", async (_, args, code, says) => {
    const { exitCode, complaint } = await lockmasterInit("--source", repositoryRoot, "--print", ...args);
    expect(exitCode).toBe(code);
    expect(complaint).toContain(says);
  });
});

test("names the missing permission", async () => {
  const message =
    "User: arn:aws:iam::111122223333:user/ada is not authorized to perform: ecs:ListClusters on resource: * because no identity-based policy allows the ecs:ListClusters action";
  await open({
    around: (call, next) => {
      if (call.operation === "ListClusters") throw new AwsError("AccessDeniedException", message, 400);
      return next();
    },
  });
  const { exitCode, complaint } = await lockmasterInit("--repository", "acme/shop", "--print");
  expect(exitCode).toBe(1);
  expect(complaint).toContain("AWS denies the request: allow ecs:ListClusters to these credentials");
});

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { demonstrationFile } from "../lib/configuration-file.ts";
import { oneService } from "@lockmaster/core/config/configuration.fixture.ts";
import type { ConfigurationInput } from "@lockmaster/core/config/configuration.ts";
import { AwsError, errorAnswer, queryErrorAnswer } from "@lockmaster/local-aws";
import { expect, test } from "vitest";
import { breakBackend, hook, startShop, repository, problemsIn } from "./shop.fixture.ts";

test("the shop's only problem is a webhook with another URL", async () => {
  const { doctor, rehearsal } = await startShop();
  const { exitCode, printed, complaint } = await doctor();

  expect(printed).toContain(`acme/shop: webhooks point to ${hook.url} [webhook.absent]`);
  expect(printed).toContain(rehearsal.installation.webhookUrl);
  expect(printed).toContain("1 error, 0 warnings, 42 checks passed.\n");
  expect(exitCode).toBe(1);
  expect(complaint).toContain("Roles of tasks …\n");
});

test("a warning does not fail the command", async () => {
  const { doctor } = await startShop({ github: "none" });
  const { exitCode, printed } = await doctor("--json");

  expect(problemsIn(printed)).toEqual(["github.credentials-absent acme/shop"]);
  expect(exitCode).toBe(0);
});

test("finds each problem of a broken shop once, and prints no secret", async () => {
  const codebuild = "Concurrently running builds for ARM/Small environment";
  const { rehearsal, doctor } = await startShop({
    github: "none",
    scenario: { quotas: [{ service: "codebuild", name: codebuild, value: 1 }] },
  });
  await breakBackend(rehearsal);
  const { exitCode, printed } = await doctor("--json", "--environment", "staging");

  const backend = "staging/backend";
  expect(problemsIn(printed).toSorted()).toEqual(
    [
      "github.credentials-absent acme/shop",
      "quota.builds acme/shop",
      "image.scan-off shop/backend",
      `service.container-absent ${backend}`,
      `service.breaker-off ${backend}`,
      `service.downtime ${backend}`,
      `service.health-check-absent ${backend}`,
      "service.unproven staging/worker",
      `service.role-trust ${backend}`,
      `service.role-absent ${backend}`,
      `service.secret-absent ${backend}`,
      `service.secret-absent ${backend}`,
      `service.plain-text-secret ${backend}`,
      "environment.not-covered staging",
      "environment.schedule-unpinned staging",
    ].toSorted(),
  );
  expect(printed).not.toContain("hunter2");
  expect(exitCode).toBe(1);
});

test("a denied request is a finding with the permission, and the rest is checked", async () => {
  const denied = new Set(["ListSchedules", "GetRole", "DescribeServices"]);
  const { doctor } = await startShop({
    github: "none",
    around: async (call, answer) =>
      call.caller.kind === "outside" && denied.has(call.operation)
        ? errorAnswer(new AwsError("AccessDeniedException", `not authorized to perform: x:${call.operation}`))
        : await answer(),
  });
  const { exitCode, printed } = await doctor("--json", "--environment", "staging");

  expect(problemsIn(printed)).toEqual([
    "github.credentials-absent acme/shop",
    ...["frontend", "backend", "worker"].map((service) => `permission.missing shop-staging/${service}`),
    "permission.missing *",
  ]);
  expect(printed).toContain("Allow scheduler:ListSchedules on * to these credentials");
  expect(exitCode).toBe(0);
});

const role = "arn:aws:iam::444455556666:role/lockmaster-environment";
const otherAccount: ConfigurationInput = {
  repositories: {
    [repository]: {
      images: oneService.images,
      environments: {
        production: {
          ...oneService.environments.staging,
          account: { role, region: "eu-central-1" },
          cluster: "shop-production",
          health: { alarms: ["shop-errors", "shop-latency"] },
        },
      },
    },
  },
};

async function writeConfiguration(folder: string, configuration: unknown): Promise<string> {
  const file = join(folder, "other.config.ts");
  await writeFile(file, `export default ${JSON.stringify(configuration)};\n`);
  return file;
}

test("an environment in another account is checked with its role's permissions", async () => {
  const scenario = { alarms: [{ name: "shop-errors" }] };
  const { folder, doctor } = await startShop({ configuration: otherAccount, github: "none", scenario });
  const { printed } = await doctor("--config", await writeConfiguration(folder, otherAccount));
  expect(printed).toContain("ok       production/backend: 0 of 2 tasks run shop-production-backend:1\n");
  expect(printed).toContain("production: the alarm shop-latency does not exist [environment.alarm-absent]\n");
  expect(printed).toContain("fargate: AWS denies servicequotas:ListServiceQuotas [permission.missing]\n");
});

test("an environment whose role is denied is reported and not checked", async () => {
  const { folder, doctor } = await startShop({ configuration: otherAccount, roles: [], github: "none" });
  const { printed } = await doctor("--json", "--config", await writeConfiguration(folder, otherAccount));
  expect(problemsIn(printed)).toEqual(["github.credentials-absent acme/shop", "environment.role-denied production"]);
});

test("without a stage, doctor does not require an installation", async () => {
  const { rehearsal, folder, doctor } = await startShop();
  const configuration = structuredClone(rehearsal.configuration);
  const { staging } = configuration.repositories[repository]?.environments ?? {};
  if (staging === undefined) throw new TypeError("no staging");
  staging.cluster = "shop-nowhere";
  const file = await writeConfiguration(folder, configuration);
  const { endpoint } = rehearsal.aws;
  const { printed } = await doctor("--json", "--config", file, "--endpoint-url", endpoint, "--environment", "staging");

  expect(problemsIn(printed)).toEqual([
    "environment.cluster-absent staging",
    ...["frontend", "backend", "worker"].map((service) => `service.absent staging/${service}`),
  ]);
});

test("reports each missing part of a stage that is not installed", async () => {
  const { rehearsal, doctor } = await startShop();
  const { endpoint } = rehearsal.aws;
  const { printed } = await doctor(
    "--json",
    "--config",
    demonstrationFile,
    "--stage",
    "nowhere",
    "--endpoint-url",
    endpoint,
  );
  expect(problemsIn(printed)).toEqual([
    "configuration.not-installed acme/shop",
    "installation.absent lockmaster-nowhere",
    "installation.absent lockmaster-nowhere",
    "installation.project-absent acme/shop",
    "installation.project-absent acme/shop",
    "installation.absent acme/shop",
    "webhook.secret-absent acme/shop",
    "github.credentials-absent acme/shop",
  ]);
});

test("an invalid configuration is the only finding, with every problem in it", async () => {
  const { folder, doctor } = await startShop();
  const file = join(folder, "invalid.config.ts");
  await writeFile(file, "export default { repositories: { nonsense: {} } };\n");
  const { exitCode, printed } = await doctor("--config", file);
  expect(printed.match(/: repositories\.nonsense.* \[configuration\.invalid\]\n/g)).toHaveLength(3);
  expect(exitCode).toBe(1);
});

test("credentials that AWS does not know are the only finding", async () => {
  const { doctor } = await startShop({
    around: async (call, answer) =>
      call.operation === "GetCallerIdentity"
        ? queryErrorAnswer(new AwsError("ExpiredToken", "The security token included in the request is expired"), "1")
        : await answer(),
  });
  const { exitCode, printed } = await doctor("--json");
  expect(problemsIn(printed)).toEqual(["credentials.unusable AWS"]);
  expect(printed).toContain("the AWS credentials have expired");
  expect(exitCode).toBe(1);
});

test("an AWS that does not answer is the only finding", async () => {
  const { doctor } = await startShop();
  const { exitCode, printed } = await doctor(
    "--json",
    "--config",
    demonstrationFile,
    "--endpoint-url",
    "http://127.0.0.1:1",
  );
  expect(problemsIn(printed)).toEqual(["aws.unreachable AWS"]);
  expect(exitCode).toBe(1);
});

test.each([
  ["--repository", "acme/other", "the configuration has no repository acme/other, only acme/shop"],
  ["--environment", "stagin", "the configuration has no environment stagin, only staging, production"],
])("%s %s is a usage error", async (option, name, message) => {
  const { doctor } = await startShop();
  const { exitCode, complaint } = await doctor(option, name);
  expect(complaint).toContain(message);
  expect(exitCode).toBe(2);
});

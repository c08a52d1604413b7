import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ECRClient, PutImageScanningConfigurationCommand } from "@aws-sdk/client-ecr";
import { ECSClient, RegisterTaskDefinitionCommand, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import type { ConfigurationInput } from "@lockmaster/core/config/configuration.ts";
import { validateConfiguration } from "@lockmaster/core/config/validate.ts";
import { type Around, type ScenarioInput, virtualClock } from "@lockmaster/local-aws";
import * as v from "valibot";
import { onTestFinished } from "vitest";
import { run } from "../lib/ledger-command.fixture.ts";
import { demonstrationFile, readConfigurationFile } from "../lib/configuration-file.ts";
import { openRehearsal, type Rehearsal } from "@lockmaster/rehearsal/rehearsal.ts";
import { doctorCommand } from "./command.ts";

export const repository = "acme/shop";
const token = "github_pat_doctor";
/** A webhook that is not Lockmaster's. */
export const hook = { repository, url: "http://127.0.0.1/other" };

/** As docs/github.md recommends them. */
export const rulesets: NonNullable<NonNullable<ScenarioInput["github"]>["rulesets"]> = [
  { repository, target: "branch", include: ["~DEFAULT_BRANCH"], rules: ["pull_request", "non_fast_forward"] },
  { repository, target: "tag", include: ["refs/tags/v*"], rules: ["creation", "update", "deletion"] },
];

type Options = {
  around?: Around;
  roles?: string[];
  configuration?: ConfigurationInput;
  github?: "token" | "none";
  scenario?: ScenarioInput;
};

/** The demo shop with Lockmaster, and a function that runs `lockmaster doctor`. */
export async function startShop({ around, roles, configuration, github = "token", scenario = {} }: Options = {}) {
  const rehearsal = await openRehearsal({
    clock: virtualClock(),
    configuration:
      configuration === undefined
        ? await readConfigurationFile(demonstrationFile)
        : validateConfiguration(configuration),
    ...(roles !== undefined && { roles }),
    webhookSecret: "secret",
    ...(around !== undefined && { around }),
    ...(github === "token" && { githubCredentials: JSON.stringify({ token }) }),
    scenario: {
      github: {
        tokens: [{ token, repositories: [repository], permissions: { contents: "read", repository_hooks: "read" } }],
        hooks: [hook],
        rulesets,
      },
      ...scenario,
    },
  });
  const folder = await mkdtemp(join(tmpdir(), "lockmaster-doctor-"));
  onTestFinished(async () => {
    await rehearsal.close();
    await rm(folder, { recursive: true });
  });
  const settingsFile = join(folder, "local.json");
  const { endpoint, region } = rehearsal.aws;
  const { ledgerTable, stateMachineArn, githubApi, webhookUrl } = rehearsal.installation;
  const settings = {
    endpoint,
    region,
    ledgerTable,
    stateMachineArn,
    githubApi,
    webhookUrl,
    webhookSecret: "secret",
    configuration: demonstrationFile,
  };
  await writeFile(settingsFile, JSON.stringify(settings));
  const doctor = (...args: string[]) => run([doctorCommand(settingsFile)], ["doctor", ...args]);
  return { rehearsal, folder, doctor };
}

const Chapters = v.array(
  v.object({
    findings: v.array(v.object({ id: v.string(), severity: v.string(), subject: v.string(), seen: v.string() })),
  }),
);

/** Warnings and errors of a JSON report, as `id subject`. */
export function problemsIn(printed: string): string[] {
  return v
    .parse(Chapters, JSON.parse(printed))
    .flatMap(({ findings }) => findings)
    .filter(({ severity }) => severity !== "ok")
    .map(({ id, subject }) => `${id} ${subject}`);
}

/** Gives staging's backend every problem, and a rule that runs its task definition. */
export async function breakBackend({ aws }: Rehearsal): Promise<void> {
  const ecs = new ECSClient(aws.clientConfig());
  const iam = new IAMClient(aws.clientConfig());
  await iam.send(new CreateRoleCommand({ RoleName: "odd", AssumeRolePolicyDocument: '{"Statement":[]}' }));
  const arn = (service: string, resource: string) => `arn:aws:${service}:us-east-1:111122223333:${resource}`;
  const family = "shop-staging-backend";
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family,
      requiresCompatibilities: ["FARGATE"],
      networkMode: "awsvpc",
      cpu: "256",
      memory: "512",
      executionRoleArn: "arn:aws:iam::111122223333:role/odd",
      taskRoleArn: "arn:aws:iam::111122223333:role/absent",
      containerDefinitions: [
        {
          name: "app",
          image: "public.ecr.aws/docker/library/nginx:1",
          environment: [{ name: "DATABASE_PASSWORD", value: "hunter2" }],
          secrets: [
            { name: "A", valueFrom: arn("secretsmanager", "secret:shop/gone-AbCdEf:key::") },
            { name: "B", valueFrom: "/shop/gone" },
          ],
        },
      ],
    }),
  );
  await ecs.send(
    new UpdateServiceCommand({
      cluster: "shop-staging",
      service: "backend",
      taskDefinition: family,
      deploymentConfiguration: {
        minimumHealthyPercent: 0,
        maximumPercent: 100,
        deploymentCircuitBreaker: { enable: false, rollback: false },
      },
    }),
  );
  await ecs.send(new UpdateServiceCommand({ cluster: "shop-staging", service: "worker", desiredCount: 0 }));
  const events = new EventBridgeClient(aws.clientConfig());
  await events.send(new PutRuleCommand({ Name: "nightly", ScheduleExpression: "rate(1 day)" }));
  await events.send(
    new PutTargetsCommand({
      Rule: "nightly",
      Targets: [
        {
          Id: "1",
          Arn: arn("ecs", "cluster/shop-staging"),
          RoleArn: "arn:aws:iam::111122223333:role/events",
          EcsParameters: { TaskDefinitionArn: arn("ecs", `task-definition/${family}`) },
        },
      ],
    }),
  );
  const ecr = new ECRClient(aws.clientConfig());
  const imageScanningConfiguration = { scanOnPush: false };
  await ecr.send(
    new PutImageScanningConfigurationCommand({ repositoryName: "shop/backend", imageScanningConfiguration }),
  );
}

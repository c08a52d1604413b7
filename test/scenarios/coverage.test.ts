import {
  DescribeTaskDefinitionCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { run } from "@lockmaster/cli/lib/ledger-command.fixture.ts";
import { planCommand } from "@lockmaster/cli/plan/command.ts";
import { storedConfigurations } from "@lockmaster/core/config/stored.ts";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import type { EnvironmentConfiguration } from "@lockmaster/core/config/schema.ts";
import { expect, test } from "vitest";
import { onEveryService, commits, openScenario, reasonOf, type Shop, statesOf } from "./shop.fixture.ts";

const { first, good, bad } = commits;
const repository = "acme/shop";

/** Registers the backend's task definition with changes. */
async function register(shop: Shop, change: Partial<RegisterTaskDefinitionCommandInput>): Promise<string> {
  const { taskDefinition: live } = await shop.describeService("backend");
  const { taskDefinition } = await shop.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: live }));
  const { family, cpu, memory, networkMode, executionRoleArn, taskRoleArn, runtimePlatform, containerDefinitions } =
    taskDefinition ?? {};
  const like = { family, cpu, memory, networkMode, executionRoleArn, taskRoleArn, runtimePlatform };
  const requiresCompatibilities = ["FARGATE" as const];
  const registered = await shop.ecs.send(
    new RegisterTaskDefinitionCommand({ ...like, containerDefinitions, requiresCompatibilities, ...change }),
  );
  return String(registered.taskDefinition?.taskDefinitionArn);
}

/** Deploys a changed task definition to the backend, as an operator does by hand. */
async function setBackend(shop: Shop, change: Partial<RegisterTaskDefinitionCommandInput>): Promise<string> {
  const { cluster } = shop.environment;
  const taskDefinition = await register(shop, change);
  await shop.ecs.send(new UpdateServiceCommand({ cluster, service: "backend", taskDefinition }));
  await shop.clock.advance(600_000);
  return taskDefinition;
}

function changed(configuration: Configuration, change: (staging: EnvironmentConfiguration) => void): Configuration {
  const copy = structuredClone(configuration);
  const staging = copy.repositories[repository]?.environments["staging"];
  if (staging === undefined) throw new Error("The demonstration shop has no staging");
  change(staging);
  return copy;
}

/** Deploys Lockmaster with a changed configuration of staging. */
async function reconfigure({ rehearsal }: Shop, change: (staging: EnvironmentConfiguration) => void): Promise<void> {
  for (const stored of storedConfigurations(changed(rehearsal.configuration, change))) {
    await rehearsal.reconfigure(stored);
  }
}

/** Deploys Lockmaster with the settings that the refusal names: `taskDefinitions.<field>: [...]`. */
async function configureAsNamed(shop: Shop, refusal: string): Promise<void> {
  const settings = [...refusal.matchAll(/environments\.staging\.taskDefinitions\.(\w+): (\[[^\]]*\])/g)];
  const taskDefinitions = Object.fromEntries(settings.map(([, field = "", value = ""]) => [field, JSON.parse(value)]));
  await reconfigure(shop, (staging) => {
    staging.taskDefinitions = taskDefinitions;
  });
}

test("a task definition that Lockmaster has no permission for is refused before any change, and released once it is permitted", async () => {
  const shop = await openScenario();
  const taskRoleArn = "arn:aws:iam::111122223333:role/platform/runtime";
  const live = await setBackend(shop, { family: "legacy-backend", taskRoleArn });

  const { release, execution } = await shop.release(good);

  expect(execution.status).toBe("FAILED");
  expect(statesOf(execution)).toEqual(["Plan"]);
  const reason = reasonOf(execution);
  expect(reason).toMatch(
    /^RejectedError: TASK_DEFINITION_NOT_COVERED: service backend \(shop-staging\/backend\) has the family legacy-backend; .* uses the role platform\/runtime, /,
  );
  expect((await shop.describeService("backend")).taskDefinition).toBe(live);
  expect(await shop.builds()).toEqual([]);

  const { aws, installation } = shop.rehearsal;
  const where = ["--repository", repository, "--table", installation.ledgerTable, "--endpoint-url", aws.endpoint];
  const planned = await shop.waitForAnswer(run([planCommand()], ["plan", "staging", "--sha", good, ...where]));
  expect(planned.exitCode).toBe(3);
  expect(planned.printed).toContain("The release would be refused: TASK_DEFINITION_NOT_COVERED: service backend");

  await configureAsNamed(shop, reason);

  expect((await shop.redrive(release)).status).toBe("SUCCEEDED");
  expect(await shop.runningCommits()).toEqual(onEveryService(good));
  expect((await shop.describeService("backend")).taskDefinition).toMatch(/\/legacy-backend:2$/);
});

test("the roles of a template need permission, too", async () => {
  const shop = await openScenario(
    {},
    {
      configure: (configuration) =>
        changed(configuration, ({ services }) => {
          if (services["backend"] !== undefined) services["backend"].template = "backend-template";
        }),
    },
  );
  const executionRoleArn = "arn:aws:iam::111122223333:role/ecsTaskExecutionRole";
  await register(shop, { family: "backend-template", executionRoleArn });

  const { release, execution } = await shop.release(good);

  expect(reasonOf(execution)).toMatch(/TASK_DEFINITION_NOT_COVERED: .* uses the role ecsTaskExecutionRole, /);
  expect(statesOf(execution)).toEqual(["Plan"]);
  await configureAsNamed(shop, reasonOf(execution));
  expect((await shop.redrive(release)).status).toBe("SUCCEEDED");
});

test("log lines that Lockmaster has no permission to read are missing from the evidence, and change nothing else", async () => {
  const fate = { kind: "crash", afterSeconds: 2, exitCode: 1, log: ["DATABASE_URL is not set"] } as const;
  const shop = await openScenario({
    tasks: [{ service: "backend", commit: bad, fate: { ...fate, log: [...fate.log] } }],
  });
  await reconfigure(shop, (staging) => {
    staging.taskDefinitions = { logGroups: ["/other/*"] };
  });

  const { release, execution } = await shop.release(bad);

  expect(reasonOf(execution)).toMatch(/CONTAINER_EXITED/);
  const { evidence = [], status } = await shop.record(release);
  expect(status).toBe("rolled-back");
  expect(evidence.length).toBeGreaterThan(0);
  expect(evidence.flatMap(({ logLines = [] }) => logLines)).toEqual([]);
  expect(await shop.runningCommits()).toEqual(onEveryService(first));
});

import {
  DescribeTaskDefinitionCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
  type TaskDefinition,
} from "@aws-sdk/client-ecs";
import { validateConfiguration } from "@lockmaster/core/config/validate.ts";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import type { ScenarioInput } from "@lockmaster/local-aws";
import { expect, test } from "vitest";
import { firstContainers, templateContainers } from "@lockmaster/installation/workload/containers.ts";
import { defaultService } from "@lockmaster/core/config/workload.ts";
import { storedConfigurations } from "@lockmaster/core/config/stored.ts";
import { commits, openScenario, reasonOf, statesOf, type Shop } from "./shop.fixture.ts";

/** The demonstration shop as `installation.workload` creates it: no release has reached the services. */
async function openWorkload(scenario: ScenarioInput = {}): Promise<Shop> {
  const configure = (configuration: Configuration) =>
    validateConfiguration({ ...configuration, installation: { ...configuration.installation, workload: {} } });
  const shop = await openScenario(scenario, { configure });
  for (const service of Object.values(shop.environment.services)) {
    const family = `${shop.environment.cluster}-${service.service}`;
    const live = await taskDefinition(shop, family);
    const input = {
      service,
      settings: defaultService,
      telemetry: false,
      logGroup: `/ecs/${family}`,
      region: "us-east-1",
    };
    const containers = templateContainers({
      ...input,
      settings: { ...defaultService, containers: variables(service.containers, "STACK", "first") },
    });
    await register(shop, live, `${family}-template`, containers);
    const first = await register(shop, live, family, firstContainers(input));
    await shop.ecs.send(
      new UpdateServiceCommand({ cluster: shop.environment.cluster, service: service.service, taskDefinition: first }),
    );
  }
  await shop.clock.runUntil(shop.rehearsal.shopIsDeployed);
  return shop;
}

const variables = (containers: object, name: string, value: string) =>
  Object.fromEntries(
    Object.keys(containers).map((container) => [container, { environment: { [name]: value }, secrets: {} }]),
  );

async function taskDefinition(shop: Shop, name: string): Promise<TaskDefinition> {
  const { taskDefinition } = await shop.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: name }));
  if (taskDefinition === undefined) throw new Error(`There is no task definition ${name}`);
  return taskDefinition;
}

async function register(shop: Shop, like: TaskDefinition, family: string, containers: object[]): Promise<string> {
  const { cpu, memory, executionRoleArn, taskRoleArn, runtimePlatform } = like;
  const { taskDefinition } = await shop.ecs.send(
    new RegisterTaskDefinitionCommand({
      family,
      cpu,
      memory,
      executionRoleArn,
      taskRoleArn,
      runtimePlatform,
      requiresCompatibilities: ["FARGATE"],
      networkMode: "awsvpc",
      containerDefinitions: containers,
    }),
  );
  return String(taskDefinition?.taskDefinitionArn);
}

/** The task definition of the frontend. */
async function frontend(shop: Shop) {
  const { taskDefinition: arn = "" } = await shop.describeService("frontend");
  const { family, containerDefinitions } = await taskDefinition(shop, arn);
  return { family, container: containerDefinitions?.[0] };
}

test("the first release replaces the placeholder by the template with the built images", async () => {
  const shop = await openWorkload();

  expect((await shop.release(commits.good)).execution.status).toBe("SUCCEEDED");

  const { family, container } = await frontend(shop);
  expect(family).toBe("shop-staging-frontend");
  expect(container).toMatchObject({ environment: [{ name: "STACK", value: "first" }] });
  expect(container?.command ?? []).toEqual([]);
  expect(container?.image).toMatch(/\/shop\/frontend@sha256:/);
  expect(await shop.runningCommits()).toEqual({
    frontend: [commits.good],
    backend: [commits.good],
    worker: [commits.good],
  });
});

test("a first release that fails is rolled back to the placeholder", async () => {
  const shop = await openWorkload({
    tasks: [{ service: "frontend", commit: "b", fate: { kind: "exit", afterSeconds: 5, exitCode: 1, log: ["no"] } }],
  });

  expect((await shop.release(commits.bad)).execution.status).toBe("FAILED");

  expect((await frontend(shop)).container).toMatchObject({ image: expect.stringContaining("busybox") });
});

/** Changes the frontend's template as a deployment of the stack does. */
async function changeTemplate(shop: Shop, containers: Record<string, string>): Promise<void> {
  const live = await taskDefinition(shop, "shop-staging-frontend");
  await register(
    shop,
    live,
    "shop-staging-frontend-template",
    templateContainers({
      service: { service: "frontend", containers },
      settings: { ...defaultService, containers: variables(containers, "STACK", "second") },
      telemetry: false,
      logGroup: "/ecs/shop-staging-frontend",
      region: "us-east-1",
    }),
  );
}

test("a change of the stack is deployed with the next release", async () => {
  const shop = await openWorkload();
  await shop.release(commits.good);
  await changeTemplate(shop, { web: "frontend" });

  expect((await shop.release(commits.better)).execution.status).toBe("SUCCEEDED");

  expect((await frontend(shop)).container?.environment).toEqual([{ name: "STACK", value: "second" }]);
  expect((await shop.runningCommits())["frontend"]).toEqual([commits.better]);
});

test("a container that the stack adds is deployed with the next release", async () => {
  const shop = await openWorkload();
  await shop.release(commits.good);
  const containers = { web: "frontend", jobs: "backend" };
  await changeTemplate(shop, containers);
  const configuration = structuredClone(shop.rehearsal.configuration);
  const staging = configuration.repositories["acme/shop"]?.environments["staging"];
  const service = Object.values(staging?.services ?? {}).find((one) => one.service === "frontend");
  if (service !== undefined) service.containers = containers;
  for (const stored of storedConfigurations(configuration)) await shop.rehearsal.reconfigure(stored);

  expect((await shop.release(commits.better)).execution.status).toBe("SUCCEEDED");

  const { taskDefinition: arn = "" } = await shop.describeService("frontend");
  const { containerDefinitions = [] } = await taskDefinition(shop, arn);
  expect(containerDefinitions.map(({ name, image = "" }) => [name, image.replace(/^.*?\/|@.*$/g, "")])).toEqual([
    ["web", "shop/frontend"],
    ["jobs", "shop/backend"],
  ]);
});

test("a release is refused before any change when the template lacks a container", async () => {
  const shop = await openWorkload();
  await changeTemplate(shop, { app: "frontend" });

  const { execution } = await shop.release(commits.good);

  expect(reasonOf(execution)).toMatch(
    /CONTAINER_NOT_FOUND: .*template shop-staging-frontend-template of service frontend .*has no container web/,
  );
  expect(statesOf(execution)).not.toContain("Build images");
});

import { expect, test } from "vitest";
import { configurationOf } from "../config/configuration.fixture.ts";
import { service } from "../ecs/observation.fixture.ts";
import { type ImageUse, findImageUses } from "./image-uses.ts";

const { environments } = configurationOf({
  images: {
    backend: { context: "backend", repository: "shop/backend", paths: ["**"] },
    proxy: { context: "proxy", repository: "shop/proxy", paths: ["**"] },
  },
  environments: {
    staging: {
      on: { branch: "main" },
      cluster: "shop",
      services: {
        api: { service: "backend", containers: { api: "backend", proxy: "proxy" } },
        edge: { service: "edge", containers: { proxy: "proxy" } },
      },
    },
  },
});

const container = { name: "api", image: "shop/backend" };

/** Uses of the backend's image when its service runs this task definition. */
async function uses(taskDefinition: object, containers: (typeof container)[] = [container]): Promise<ImageUse[]> {
  const { staging } = environments;
  if (staging === undefined) throw new Error("The configuration has no staging");
  return findImageUses(
    {
      ecs: {
        services: (_, names) => Promise.resolve(new Map(names.map((name) => [name, service({ name })]))),
      },
      taskDefinitions: {
        describe: (taskDefinitionArn) =>
          Promise.resolve({
            taskDefinition: {
              ...taskDefinition,
              taskDefinitionArn,
              family: "shop-backend",
              containerDefinitions: containers,
            },
            tags: [],
          }),
      },
    },
    staging,
    "backend",
  );
}

test.each([
  {
    name: "ARM",
    taskDefinition: { runtimePlatform: { cpuArchitecture: "ARM64", operatingSystemFamily: "LINUX" } },
    platform: { os: "linux", architecture: "arm64" },
  },
  {
    name: "Fargate, which defaults to X86_64 and Linux",
    taskDefinition: { requiresCompatibilities: ["FARGATE"] },
    platform: { os: "linux", architecture: "amd64" },
  },
  {
    name: "Windows",
    taskDefinition: {
      runtimePlatform: { cpuArchitecture: "X86_64", operatingSystemFamily: "WINDOWS_SERVER_2022_CORE" },
    },
    platform: { os: "windows", architecture: "amd64" },
  },
  { name: "EC2 without a runtime platform", taskDefinition: { requiresCompatibilities: ["EC2"] }, platform: undefined },
])("an image runs on what the task definition names: $name", async ({ taskDefinition, platform }) => {
  expect(await uses(taskDefinition)).toEqual([
    { service: "api", container: "api", namesCommand: false, ...(platform !== undefined && { platform }) },
  ]);
});

test.each([{ command: ["serve"] }, { entryPoint: ["/app/server"] }])(
  "a task definition may set an entry point or a command: %j",
  async (named) => {
    expect(await uses({}, [{ ...container, ...named }])).toMatchObject([{ namesCommand: true }]);
    expect(await uses({}, [{ ...container, ...named, name: "proxy" }, container])).toMatchObject([
      { namesCommand: false },
    ]);
  },
);

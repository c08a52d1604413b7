import { expect, test } from "vitest";
import type { TaskDefinitionAnswer } from "./task-definition.ts";
import { renderReleased } from "./template.ts";

const answer = (family: string, images: Record<string, string>, cpu: string): TaskDefinitionAnswer => ({
  taskDefinition: {
    taskDefinitionArn: `arn:aws:ecs:eu-west-1:111122223333:task-definition/${family}:3`,
    family,
    status: "ACTIVE",
    cpu,
    containerDefinitions: Object.entries(images).map(([name, image]) => ({ name, image })),
  },
  tags: [],
});
const live = answer("shop-api", { api: "api@sha256:old", proxy: "proxy@sha256:old", agent: "agent:1" }, "256");
const template = answer("shop-api-template", { api: "none", proxy: "none", agent: "agent:2" }, "512");
const containers = { api: "backend", proxy: "proxy" };
const registry = (...known: TaskDefinitionAnswer[]) => ({
  latestActive: (family: string) =>
    Promise.resolve(known.find(({ taskDefinition }) => taskDefinition.family === family)),
});
const released = { api: "api@sha256:new" };

test("without a template, the running task definition gets the released images and nothing else changes", async () => {
  expect(await renderReleased(registry(template), live, { service: "api", containers }, released)).toMatchObject({
    family: "shop-api",
    cpu: "256",
    containerDefinitions: [
      { name: "api", image: "api@sha256:new" },
      { name: "proxy", image: "proxy@sha256:old" },
      { name: "agent", image: "agent:1" },
    ],
  });
});

test("a template provides everything but the images and the family", async () => {
  const configured = { service: "api", containers, template: "shop-api-template" };

  expect(await renderReleased(registry(template), live, configured, released)).toEqual({
    family: "shop-api",
    cpu: "512",
    containerDefinitions: [
      { name: "api", image: "api@sha256:new" },
      { name: "proxy", image: "proxy@sha256:old" },
      { name: "agent", image: "agent:2" },
    ],
  });
});

test.each([
  { what: "a template that does not exist", template: "shop-none", code: "TEMPLATE_NOT_FOUND" },
  { what: "a template without one of the containers", template: "shop-small", code: "CONTAINER_NOT_FOUND" },
])("$what is refused", async ({ template, code }) => {
  const known = registry(answer("shop-small", { api: "none" }, "256"));

  await expect(renderReleased(known, live, { service: "api", containers, template }, released)).rejects.toMatchObject({
    name: "RejectedError",
    code,
  });
});

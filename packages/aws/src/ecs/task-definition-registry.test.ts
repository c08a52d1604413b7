import { DeregisterTaskDefinitionCommand, DescribeServicesCommand, ECSClient } from "@aws-sdk/client-ecs";
import { mockClient } from "aws-sdk-client-mock";
import { beforeEach, expect, test } from "vitest";
import { taskDefinitionRegistry } from "./task-definition-registry.ts";

const client = new ECSClient({ region: "us-east-1" });
const answers = mockClient(client);
const registry = taskDefinitionRegistry(client);
const refusal = (name: string, message: string) =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 } });

beforeEach(() => {
  answers.reset();
});

test("what any deployment of a service runs is in use, not only what the service is set to", async () => {
  answers.on(DescribeServicesCommand).resolves({
    services: [
      {
        serviceName: "api",
        taskDefinition: "backend:17",
        deployments: [{ taskDefinition: "backend:17" }, { taskDefinition: "backend:18" }],
      },
      { serviceName: "web", taskDefinition: "frontend:41" },
    ],
  });

  expect(await registry.inUse("shop", ["api", "web"])).toEqual(new Set(["backend:17", "backend:18", "frontend:41"]));
});

test("what is out of use already stays so", async () => {
  answers
    .on(DeregisterTaskDefinitionCommand)
    .rejects(refusal("ClientException", "The specified task definition is inactive."));

  await expect(registry.deregister("backend:18")).resolves.toBeUndefined();
});

test("a refusal names the task definition", async () => {
  answers.on(DeregisterTaskDefinitionCommand).rejects(refusal("AccessDeniedException", "no"));

  await expect(registry.deregister("backend:18")).rejects.toMatchObject({
    name: "RejectedError",
    message: expect.stringContaining("ecs:DeregisterTaskDefinition on backend:18"),
  });
});

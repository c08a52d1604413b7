import { DeregisterTaskDefinitionCommand, DescribeServicesCommand, ECSClient } from "@aws-sdk/client-ecs";
import { mockClient } from "aws-sdk-client-mock";
import { beforeEach, expect, test } from "vitest";
import { taskDefinitionRegistry } from "./task-definition-registry.ts";

const client = new ECSClient({ region: "us-east-1" });
const answers = mockClient(client);
const registry = taskDefinitionRegistry(client);
const awsError = (name: string, message: string) =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 } });

beforeEach(() => {
  answers.reset();
});

test("counts the task definitions of every deployment as in use, not only the service's", async () => {
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

test("ignores a revision that is already INACTIVE", async () => {
  answers
    .on(DeregisterTaskDefinitionCommand)
    .rejects(awsError("ClientException", "The specified task definition is inactive."));

  await expect(registry.deregister("backend:18")).resolves.toBeUndefined();
});

test("names the task definition when the call is denied", async () => {
  answers.on(DeregisterTaskDefinitionCommand).rejects(awsError("AccessDeniedException", "no"));

  await expect(registry.deregister("backend:18")).rejects.toMatchObject({
    name: "RejectedError",
    message: expect.stringContaining("ecs:DeregisterTaskDefinition on backend:18"),
  });
});

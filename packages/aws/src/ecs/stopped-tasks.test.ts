import {
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  type Task,
  TaskStopCode,
} from "@aws-sdk/client-ecs";
import { stopCodes } from "@lockmaster/core/ecs/stop-reasons.ts";
import { mockClient } from "aws-sdk-client-mock";
import { expect, test } from "vitest";
import { ecsObservations } from "./observations.ts";
import { ecsTasks } from "./tasks.ts";

const task: Task = {
  taskArn: "arn:task/1",
  taskDefinitionArn: "arn:task-definition/api:7",
  startedBy: "ecs-svc/1",
  lastStatus: "STOPPED",
  desiredStatus: "STOPPED",
  stoppedAt: new Date("2026-11-20T10:00:00Z"),
  containers: [
    { name: "api", exitCode: 143 },
    { name: "init", exitCode: 1 },
  ],
};

/** ECS with one stopped task of a task definition whose container `init` is not essential. */
function ecs() {
  const real = new ECSClient({ region: "eu-central-1" });
  const client = mockClient(real);
  client.on(ListTasksCommand).resolves({ taskArns: ["arn:task/1"] });
  client.on(DescribeTasksCommand).resolves({ tasks: [task] });
  const containerDefinitions = [{ name: "api" }, { name: "init", essential: false }];
  client.on(DescribeTaskDefinitionCommand).resolves({ taskDefinition: { containerDefinitions } });
  return { client, real };
}

const deployments = [{ service: "api", deploymentId: "ecs-svc/1" }];

test("stopped tasks of services know their essential containers, which are read once", async () => {
  const { client, real } = ecs();
  const observations = ecsObservations(real);
  await observations.stoppedTasks("shop", deployments);
  expect(await observations.stoppedTasks("shop", deployments)).toMatchObject([
    {
      containers: [
        { name: "api", essential: true },
        { name: "init", essential: false },
      ],
    },
  ]);
  expect(client.commandCalls(DescribeTaskDefinitionCommand)).toHaveLength(1);
});

test("a one-off task knows its essential containers once it has stopped", async () => {
  const { client, real } = ecs();
  expect(await ecsTasks(real).describe("shop", "arn:task/1")).toMatchObject({
    containers: [{ essential: true }, { essential: false }],
  });
  client.on(DescribeTasksCommand).resolves({ tasks: [{ ...task, lastStatus: "RUNNING" }] });
  await ecsTasks(real).describe("shop", "arn:task/1");
  expect(client.commandCalls(DescribeTaskDefinitionCommand)).toHaveLength(1);
});

test("where the task definition cannot be read, the tasks are known all the same", async () => {
  const { client, real } = ecs();
  const denied = Object.assign(new Error("no"), { name: "AccessDeniedException", $metadata: { httpStatusCode: 400 } });
  client.on(DescribeTaskDefinitionCommand).rejects(denied);
  const [found] = await ecsObservations(real).stoppedTasks("shop", deployments);
  expect(found?.containers).toEqual([
    { name: "api", exitCode: 143 },
    { name: "init", exitCode: 1 },
  ]);
});

test("core has a verdict on every stop code of the API", () => {
  expect(Object.keys(stopCodes).toSorted()).toEqual(Object.values(TaskStopCode).toSorted());
});

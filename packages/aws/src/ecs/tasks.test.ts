import {
  ConflictException,
  DescribeServicesCommand,
  ECSClient,
  RunTaskCommand,
  StopTaskCommand,
  type RunTaskCommandOutput,
  type Service,
} from "@aws-sdk/client-ecs";
import { mockClient } from "aws-sdk-client-mock";
import { describe, expect, test } from "vitest";
import { ecsTasks } from "./tasks.ts";

const $metadata = { httpStatusCode: 400 };
const networkConfiguration = { awsvpcConfiguration: { subnets: ["subnet-1"], securityGroups: ["sg-1"] } };
const onFargate: Service = {
  serviceName: "backend",
  launchType: "FARGATE",
  platformVersion: "1.4.0",
  networkConfiguration,
};
const request = {
  cluster: "shop",
  service: "backend",
  taskDefinition: "backend:18",
  container: "api",
  command: ["./manage", "migrate"],
  startedBy: "release-1",
  clientToken: "token",
};

/** ECS with one service, and this answer of RunTask. */
function ecs(answer: Partial<RunTaskCommandOutput> | Error, service: Service | undefined = onFargate) {
  const real = new ECSClient({ region: "eu-central-1" });
  const client = mockClient(real);
  client.on(DescribeServicesCommand).resolves({ services: service === undefined ? [] : [service] });
  if (answer instanceof Error) client.on(RunTaskCommand).rejects(answer);
  else client.on(RunTaskCommand).resolves(answer);
  return { client, tasks: ecsTasks(real) };
}

const awsError = (name: string, message: string) => Object.assign(new Error(message), { name, $metadata });
const started = { tasks: [{ taskArn: "arn:task/1" }] };

describe("run", () => {
  test("uses the service's network and launch type, and overrides the command", async () => {
    const { client, tasks } = ecs(started);
    expect(await tasks.run(request)).toEqual({ state: "started", taskArn: "arn:task/1" });
    expect(client.commandCalls(RunTaskCommand)[0]?.args[0].input).toEqual({
      cluster: "shop",
      taskDefinition: "backend:18",
      count: 1,
      startedBy: "release-1",
      clientToken: "token",
      networkConfiguration,
      launchType: "FARGATE",
      platformVersion: "1.4.0",
      overrides: { containerOverrides: [{ name: "api", command: ["./manage", "migrate"] }] },
    });
  });

  test("uses the service's placement and tags, but none of AWS's own tags", async () => {
    const onInstances: Service = {
      serviceName: "backend",
      launchType: "EC2",
      placementConstraints: [{ type: "memberOf", expression: "attribute:disk == ssd" }],
      placementStrategy: [{ type: "spread", field: "attribute:ecs.availability-zone" }],
      enableECSManagedTags: true,
      propagateTags: "SERVICE",
      tags: [
        { key: "team", value: "shop" },
        { key: "aws:cloudformation:stack-name", value: "shop" },
      ],
    };
    const { client, tasks } = ecs(started, onInstances);
    await tasks.run(request);
    const input = client.commandCalls(RunTaskCommand)[0]?.args[0].input;
    const { placementConstraints, placementStrategy, enableECSManagedTags } = onInstances;
    const tags = [{ key: "team", value: "shop" }];
    expect(input).toMatchObject({ placementConstraints, placementStrategy, enableECSManagedTags, tags });
    expect(input).not.toHaveProperty("propagateTags");
    expect(client.commandCalls(DescribeServicesCommand)[0]?.args[0].input).toMatchObject({ include: ["TAGS"] });
  });

  test("lets ECS copy the tags of the task definition if the service does", async () => {
    const { client, tasks } = ecs(started, { ...onFargate, propagateTags: "TASK_DEFINITION", tags: [{ key: "team" }] });
    await tasks.run(request);
    const input = client.commandCalls(RunTaskCommand)[0]?.args[0].input;
    expect(input).toMatchObject({ propagateTags: "TASK_DEFINITION" });
    expect(input).not.toHaveProperty("tags");
  });

  test("uses the service's capacity providers in place of a launch type", async () => {
    const capacityProviderStrategy = [{ capacityProvider: "FARGATE_SPOT", weight: 1 }];
    const { client, tasks } = ecs(started, { serviceName: "backend", networkConfiguration, capacityProviderStrategy });
    await tasks.run(request);
    const [call] = client.commandCalls(RunTaskCommand);
    expect(call?.args[0].input).toMatchObject({ capacityProviderStrategy });
    expect(call?.args[0].input).not.toHaveProperty("launchType");
  });

  test("returns the task that the token started, although the service has changed since", async () => {
    const conflict = new ConflictException({ message: "in use", resourceIds: ["arn:task/1"], $metadata });
    expect(await ecs(conflict).tasks.run(request)).toEqual({ state: "started", taskArn: "arn:task/1" });
  });

  test.each<[string, string, Partial<RunTaskCommandOutput> | Error]>([
    ["no-capacity", "a lack of Fargate capacity", { failures: [{ reason: "Capacity is unavailable at this time." }] }],
    ["no-capacity", "instances without room", { failures: [{ reason: "RESOURCE:MEMORY" }] }],
    ["no-capacity", "a disconnected agent", { failures: [{ reason: "AGENT" }] }],
    [
      "no-capacity",
      "a quota that is used up",
      awsError("ClientException", "You've reached the limit on the number of vCPUs you can run concurrently"),
    ],
    ["refused", "instances without the attribute", { failures: [{ reason: "ATTRIBUTE", detail: "arm64" }] }],
  ])("returns %s for %s", async (state, _, answer) => {
    expect(await ecs(answer).tasks.run(request)).toMatchObject({ state });
  });

  test.each<[string, Error, object]>([
    ["a denied call", awsError("AccessDeniedException", "no"), { name: "RejectedError", code: "AWS_REFUSED" }],
    ["throttling", awsError("ThrottlingException", "Rate exceeded"), { name: "RetryableError" }],
  ])("translates %s", async (_, error, expected) => {
    await expect(ecs(error).tasks.run(request)).rejects.toMatchObject(expected);
  });

  test("retries an answer without a task and without a reason", async () => {
    await expect(ecs({}).tasks.run(request)).rejects.toMatchObject({ name: "RetryableError", code: "AWS_UNAVAILABLE" });
  });

  test("rejects a missing service", async () => {
    const { tasks } = ecs(started, {});
    await expect(tasks.run(request)).rejects.toMatchObject({ code: "SERVICE_NOT_FOUND" });
  });
});

test("does not stop a task that ECS no longer has", async () => {
  const { client, tasks } = ecs({});
  client.on(StopTaskCommand).rejects(awsError("InvalidParameterException", "The referenced task was not found."));
  await expect(tasks.stop("shop", "arn:task/1", "r".repeat(300))).resolves.toBeUndefined();
  expect(client.commandCalls(StopTaskCommand)[0]?.args[0].input.reason).toHaveLength(255);
});

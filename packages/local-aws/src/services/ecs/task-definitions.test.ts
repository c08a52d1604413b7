import {
  DeregisterTaskDefinitionCommand,
  DescribeTaskDefinitionCommand,
  ListTaskDefinitionsCommand,
  RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import type { RegisterTaskDefinitionRequest } from "@aws-sdk/client-ecs";
import { describe, expect, it } from "vitest";
import { ecsFixture, present, webDefinition } from "./ecs.fixture.ts";

/** The members that deployment tools are known to lose. */
const elaborate: RegisterTaskDefinitionRequest = {
  ...webDefinition("1"),
  taskRoleArn: "arn:aws:iam::111122223333:role/web",
  pidMode: "task",
  runtimePlatform: { cpuArchitecture: "ARM64", operatingSystemFamily: "LINUX" },
  ephemeralStorage: { sizeInGiB: 30 },
  enableFaultInjection: false,
  placementConstraints: [{ type: "memberOf", expression: "attribute:x exists" }],
  volumes: [{ name: "data", efsVolumeConfiguration: { fileSystemId: "fs-1", rootDirectory: "" } }],
  proxyConfiguration: {
    type: "APPMESH",
    containerName: "envoy",
    properties: [{ name: "EgressIgnoredIPs", value: "" }],
  },
  containerDefinitions: [
    {
      ...present(webDefinition("1").containerDefinitions?.[0]),
      command: ["sh", "-c", ""],
      environment: [{ name: "EMPTY", value: "" }],
      secrets: [{ name: "TOKEN", valueFrom: "arn:aws:secretsmanager:us-east-1:111122223333:secret:token" }],
      cpu: 0,
      readonlyRootFilesystem: false,
      dockerLabels: { empty: "" },
      mountPoints: [{ sourceVolume: "data", containerPath: "/data", readOnly: false }],
      stopTimeout: 0,
      portMappings: [{ containerPort: 8080, hostPort: 8080, protocol: "tcp", name: "", appProtocol: "http" }],
    },
    {
      name: "envoy",
      image: "public.ecr.aws/appmesh/envoy:v1",
      essential: false,
      dependsOn: [{ containerName: "web", condition: "START" }],
      logConfiguration: { logDriver: "awsfirelens", options: { tag: "" } },
    },
  ],
};

const web = present(webDefinition("1").containerDefinitions?.[0]);

describe("a task definition", () => {
  it("is returned as it was sent, with empty strings and zeros", async () => {
    const { client } = ecsFixture();
    const tags = [{ key: "team", value: "" }];
    await client.send(new RegisterTaskDefinitionCommand({ ...elaborate, tags }));

    const answer = await client.send(new DescribeTaskDefinitionCommand({ taskDefinition: "web:1", include: ["TAGS"] }));

    expect(answer.tags).toEqual(tags);
    expect(answer.taskDefinition).toMatchObject(elaborate);
    expect(answer.taskDefinition).toMatchObject({
      taskDefinitionArn: "arn:aws:ecs:us-east-1:111122223333:task-definition/web:1",
      revision: 1,
      status: "ACTIVE",
      compatibilities: ["EC2", "FARGATE"],
      registeredBy: "arn:aws:iam::111122223333:root",
    });
    expect(answer.taskDefinition?.registeredAt).toBeInstanceOf(Date);
    expect(answer.taskDefinition?.requiresAttributes).toContainEqual({ name: "ecs.capability.task-eni" });
  });

  it("can be registered again from its description, unchanged, as a new revision", async () => {
    const { client } = ecsFixture();
    await client.send(new RegisterTaskDefinitionCommand(elaborate));
    const first = await client.send(new DescribeTaskDefinitionCommand({ taskDefinition: "web" }));
    const {
      compatibilities: _compatibilities,
      registeredAt: _registeredAt,
      registeredBy: _registeredBy,
      requiresAttributes: _requiresAttributes,
      revision: _revision,
      status: _status,
      taskDefinitionArn: _arn,
      ...sendable
    } = present(first.taskDefinition);
    const { family, containerDefinitions, ...rest } = sendable;

    const second = await client.send(new RegisterTaskDefinitionCommand({ family, containerDefinitions, ...rest }));

    expect(second.taskDefinition).toMatchObject({ ...sendable, revision: 2 });
  });

  it("is returned without tags unless they are requested", async () => {
    const { client } = ecsFixture();
    await client.send(new RegisterTaskDefinitionCommand({ ...elaborate, tags: [{ key: "a", value: "b" }] }));
    const { tags } = await client.send(new DescribeTaskDefinitionCommand({ taskDefinition: "web" }));
    expect(tags).toEqual([]);
  });

  it("is INACTIVE after it is deregistered: a family's name means the latest ACTIVE revision", async () => {
    const ecs = ecsFixture();
    const first = await ecs.register(webDefinition("1"));
    const second = await ecs.register(webDefinition("2"));
    await ecs.client.send(new DeregisterTaskDefinitionCommand({ taskDefinition: second }));

    const describeOne = async (taskDefinition: string) =>
      (await ecs.client.send(new DescribeTaskDefinitionCommand({ taskDefinition }))).taskDefinition;
    expect(await describeOne("web")).toMatchObject({ taskDefinitionArn: first });
    expect(await describeOne("web:2")).toMatchObject({ status: "INACTIVE", deregisteredAt: expect.any(Date) });
    const listed = async (status: "ACTIVE" | "INACTIVE") =>
      (await ecs.client.send(new ListTaskDefinitionsCommand({ familyPrefix: "web", status }))).taskDefinitionArns;
    expect(await listed("ACTIVE")).toEqual([first]);
    expect(await listed("INACTIVE")).toEqual([second]);
  });

  it("is listed page by page", async () => {
    const ecs = ecsFixture();
    const arns = [];
    for (let count = 0; count < 3; count += 1) arns.push(await ecs.register(webDefinition("1")));
    const first = await ecs.client.send(new ListTaskDefinitionsCommand({ sort: "DESC", maxResults: 2 }));
    const second = await ecs.client.send(
      new ListTaskDefinitionsCommand({ sort: "DESC", maxResults: 2, nextToken: first.nextToken }),
    );
    expect([first.taskDefinitionArns, second.taskDefinitionArns]).toEqual([[arns[2], arns[1]], [arns[0]]]);
    expect(second.nextToken).toBeUndefined();
  });

  it.each([
    { name: "without a family", change: { family: "" }, message: "Family should not be null or empty." },
    { name: "of a family with a blank", change: { family: "a b" }, message: "Family contains invalid characters." },
    { name: "without containers", change: { containerDefinitions: [] }, message: "Container list cannot be empty." },
    {
      name: "with a container without an image",
      change: { containerDefinitions: [{ name: "web" }] },
      message: "Container.image should not be null or empty.",
    },
    {
      name: "without cpu",
      change: { cpu: undefined },
      message: "Fargate requires that 'cpu' be defined at the task level.",
    },
    {
      name: "without memory",
      change: { memory: undefined },
      message:
        "Invalid setting for container 'web'. At least one of 'memory' or 'memoryReservation' must be specified.",
    },
    {
      name: "with a size that Fargate does not have",
      change: { cpu: "256", memory: "4096" },
      message: "No Fargate configuration exists for given values.",
    },
    {
      name: "without the role that Fargate pulls with",
      change: { executionRoleArn: undefined },
      message: "Fargate requires task definition to have execution role ARN to support log driver awslogs.",
    },
    {
      name: "with a health check that is too frequent",
      change: { containerDefinitions: [{ ...web, healthCheck: { command: ["true"], interval: 4 } }] },
      message: "interval must be between 5 and 300.",
    },
    {
      name: "larger than 64 KiB",
      change: { containerDefinitions: [{ ...web, environment: [{ name: "A", value: "x".repeat(65_536) }] }] },
      message: expect.stringMatching(/^Actual length: '\d+'\. Max allowed length is '65536' bytes\.$/),
    },
    { name: "with a role that is no role", change: { taskRoleArn: "arn:role" }, message: "Role is not valid" },
    {
      name: "with a parameter of another account",
      change: {
        containerDefinitions: [
          { ...web, secrets: [{ name: "A", valueFrom: "arn:aws:ssm:us-east-1:444455556666:parameter/a" }] },
        ],
      },
      message: expect.stringContaining("has a different account ID than the current account"),
    },
  ])("$name is refused", async ({ change, message }) => {
    const { client } = ecsFixture();
    await expect(
      client.send(new RegisterTaskDefinitionCommand({ ...webDefinition("1"), ...change })),
    ).rejects.toMatchObject({ name: "ClientException", message });
  });

  it("has its size in CPU units and MiB, as ECS stores it", async () => {
    const ecs = ecsFixture();
    const taskDefinition = await ecs.register({ ...webDefinition("1"), cpu: "1 vCPU", memory: "2GB" });
    const described = await ecs.client.send(new DescribeTaskDefinitionCommand({ taskDefinition }));
    expect(described.taskDefinition).toMatchObject({ cpu: "1024", memory: "2048" });
  });

  it("with the role of another account may not be registered", async () => {
    const register = ecsFixture().register({
      ...webDefinition("1"),
      taskRoleArn: "arn:aws:iam::444455556666:role/web",
    });
    await expect(register).rejects.toMatchObject({ name: "AccessDeniedException" });
  });

  it("with a size that is no number is refused", async () => {
    const register = ecsFixture().register({ ...webDefinition("1"), cpu: "much" });
    await expect(register).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: "Invalid 'cpu' setting for task.",
    });
  });

  it.each(["web", "web:7", "other"])("that does not exist (%s) cannot be described", async (taskDefinition) => {
    const { client } = ecsFixture();
    await expect(client.send(new DescribeTaskDefinitionCommand({ taskDefinition }))).rejects.toMatchObject({
      name: "ClientException",
      message: "Unable to describe task definition.",
    });
  });
});

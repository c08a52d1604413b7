import {
  CreateClusterCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  RunTaskCommand,
  StopTaskCommand,
} from "@aws-sdk/client-ecs";
import type { RunTaskRequest } from "@aws-sdk/client-ecs";
import { describe, expect, it } from "vitest";
import type { TaskRule } from "../../scenario/scenario.ts";
import { ecsFixture, present, webDefinition } from "./ecs.fixture.ts";

const cluster = "shop";
const networkConfiguration = { awsvpcConfiguration: { subnets: ["subnet-1"] } };
const migrate: RunTaskRequest = {
  cluster,
  taskDefinition: "web",
  launchType: "FARGATE",
  networkConfiguration,
  overrides: { containerOverrides: [{ name: "web", command: ["./manage", "migrate"] }] },
};

async function open(...rules: TaskRule[]) {
  const ecs = ecsFixture({ rules });
  await ecs.client.send(new CreateClusterCommand({ clusterName: cluster }));
  await ecs.register(webDefinition("1"));
  const run = (changes: Partial<RunTaskRequest> = {}) =>
    ecs.client.send(new RunTaskCommand({ ...migrate, ...changes }));
  const taskOf = async (arn: string | undefined) => {
    const { tasks = [] } = await ecs.client.send(new DescribeTasksCommand({ cluster, tasks: [arn ?? ""] }));
    return present(tasks[0]);
  };
  const running = async () => {
    const { taskArns } = await ecs.client.send(new ListTasksCommand({ cluster, startedBy: "release-1" }));
    return taskArns;
  };
  return { ...ecs, run, running, taskOf };
}

describe("RunTask", () => {
  it("runs a one-off task, which ends with its container's exit code", async () => {
    const ecs = await open();
    const { tasks = [], failures } = await ecs.run({ startedBy: "release-1" });
    expect(failures).toEqual([]);
    const arn = present(tasks[0]?.taskArn);
    expect(tasks).toMatchObject([
      {
        group: "family:web",
        startedBy: "release-1",
        launchType: "FARGATE",
        lastStatus: "PROVISIONING",
        desiredStatus: "RUNNING",
        overrides: { containerOverrides: [{ name: "web", command: ["./manage", "migrate"] }] },
      },
    ]);
    expect(await ecs.running()).toEqual([arn]);
    await ecs.clock.advance(60_000);
    expect(await ecs.taskOf(arn)).toMatchObject({
      lastStatus: "STOPPED",
      stopCode: "EssentialContainerExited",
      containers: [{ name: "web", exitCode: 0 }],
    });
    expect(await ecs.running()).toEqual([]);
  });

  it("emits every status to EventBridge", async () => {
    const ecs = await open();
    await ecs.run();
    await ecs.clock.advance(60_000);
    const statuses = ecs.emitted
      .filter(({ detailType }) => detailType === "ECS Task State Change")
      .map(({ detail }) => detail["lastStatus"]);
    expect(statuses).toEqual(["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING", "DEPROVISIONING", "STOPPED"]);
  });

  it("ends as the scenario's rule for its command says", async () => {
    const ecs = await open(
      { oneOff: "smoke", fate: { kind: "exit", afterSeconds: 1, exitCode: 0, log: [] } },
      { oneOff: "migrate", fate: { kind: "exit", afterSeconds: 1, exitCode: 3, log: ["no such column"] } },
    );
    const { tasks = [] } = await ecs.run();
    await ecs.clock.advance(60_000);
    expect((await ecs.taskOf(tasks[0]?.taskArn)).containers).toMatchObject([{ exitCode: 3 }]);
    expect(ecs.logged).toMatchObject([{ group: "/shop/web", lines: ["no such column"] }]);
  });

  it("may end without an exit code", async () => {
    const ecs = await open({ oneOff: "", fate: { kind: "exit", afterSeconds: 1, log: [] } });
    const { tasks = [] } = await ecs.run();
    await ecs.clock.advance(60_000);
    const { containers, lastStatus } = await ecs.taskOf(tasks[0]?.taskArn);
    expect(lastStatus).toBe("STOPPED");
    expect(containers?.[0]?.exitCode).toBeUndefined();
  });

  it("does not follow the rules of services' tasks", async () => {
    const ecs = await open({ fate: { kind: "crash", afterSeconds: 1, exitCode: 1, log: [] } });
    const { tasks = [] } = await ecs.run();
    await ecs.clock.advance(60_000);
    expect((await ecs.taskOf(tasks[0]?.taskArn)).containers).toMatchObject([{ exitCode: 0 }]);
  });

  it("returns a lack of capacity as a failure, and the same client token can start the task later", async () => {
    const message = "Capacity is unavailable at this time. Please try again later or in a different availability zone";
    const ecs = await open({ oneOff: "", times: 1, fate: { kind: "no-placement", message } });
    expect(await ecs.run({ clientToken: "one" })).toMatchObject({ tasks: [], failures: [{ reason: message }] });
    expect((await ecs.run({ clientToken: "one" })).tasks).toHaveLength(1);
  });

  it("refuses a task whose role ECS cannot assume as an error", async () => {
    const message = "ECS was unable to assume the role 'arn:x' that was provided for this task.";
    const ecs = await open({ oneOff: "", fate: { kind: "no-launch", message } });
    await expect(ecs.run()).rejects.toMatchObject({ name: "ClientException", message });
  });

  it("starts at most one task for a client token", async () => {
    const ecs = await open();
    const first = await ecs.run({ clientToken: "one" });
    const again = await ecs.run({ clientToken: "one" });
    const other = await ecs.run({ clientToken: "two" });
    expect(again.tasks?.[0]?.taskArn).toBe(first.tasks?.[0]?.taskArn);
    expect(other.tasks?.[0]?.taskArn).not.toBe(first.tasks?.[0]?.taskArn);
    await expect(ecs.run({ clientToken: "one", startedBy: "release-2" })).rejects.toMatchObject({
      name: "ConflictException",
      resourceIds: [first.tasks?.[0]?.taskArn],
    });
  });

  it("starts as many tasks as requested, once for a client token", async () => {
    const ecs = await open();
    const { tasks = [] } = await ecs.run({ count: 3, clientToken: "one" });
    expect(new Set(tasks.map(({ taskArn }) => taskArn)).size).toBe(3);
    expect((await ecs.run({ count: 3, clientToken: "one" })).tasks).toEqual(tasks);
  });

  it("returns a failure for each task that cannot be placed", async () => {
    const ecs = await open({
      oneOff: "",
      times: 1,
      fate: { kind: "no-placement", message: "Capacity is unavailable" },
    });
    const { tasks, failures } = await ecs.run({ count: 3 });
    expect(tasks).toHaveLength(2);
    expect(failures).toEqual([{ reason: "Capacity is unavailable" }]);
  });

  it("tags tasks with the request's tags, the definition's and ECS's own", async () => {
    const ecs = await open();
    await ecs.register({
      ...webDefinition("1"),
      tags: [
        { key: "team", value: "shop" },
        { key: "tier", value: "web" },
      ],
    });
    const { tasks = [] } = await ecs.run({
      tags: [{ key: "team", value: "ops" }],
      propagateTags: "TASK_DEFINITION",
      enableECSManagedTags: true,
    });
    const tags = [
      { key: "team", value: "ops" },
      { key: "tier", value: "web" },
      { key: "aws:ecs:clusterName", value: cluster },
    ];
    expect(tasks[0]?.tags).toEqual(tags);
    const arns = [tasks[0]?.taskArn ?? ""];
    const described = await ecs.client.send(new DescribeTasksCommand({ cluster, tasks: arns, include: ["TAGS"] }));
    expect(described.tasks?.[0]?.tags).toEqual(tags);
    const plain = await ecs.client.send(new DescribeTasksCommand({ cluster, tasks: arns }));
    expect(plain.tasks?.[0]?.tags).toEqual([]);
  });

  it("describes overrides of environment, size and roles", async () => {
    const ecs = await open();
    const overrides = {
      cpu: "512",
      memory: "1024",
      taskRoleArn: "arn:aws:iam::111122223333:role/migrate",
      containerOverrides: [{ name: "web", environment: [{ name: "MODE", value: "once" }], cpu: 128, memory: 256 }],
    };
    const { tasks = [] } = await ecs.run({ overrides });
    expect(tasks[0]).toMatchObject({
      cpu: "512",
      memory: "1024",
      overrides,
      containers: [{ name: "web", cpu: "128", memory: "256" }],
    });
  });

  // Requests as these tools send them; AWS accepts them.
  it.each<[string, Partial<RunTaskRequest>]>([
    ["fabfuel/ecs-deploy", { startedBy: "ECS Deploy", count: 1, overrides: { containerOverrides: [] } }],
    [
      "aws-actions/amazon-ecs-deploy-task-definition",
      { startedBy: "GitHub-Actions", capacityProviderStrategy: [], tags: [], volumeConfigurations: [] },
    ],
  ])("accepts the request of %s", async (_, change) => {
    const ecs = await open();
    expect((await ecs.run(change)).tasks).toHaveLength(1);
  });

  it("is stopped by StopTask, and killed by its signal", async () => {
    const ecs = await open({ oneOff: "", fate: { kind: "exit", afterSeconds: 9_999, exitCode: 0, log: [] } });
    const { tasks = [] } = await ecs.run();
    await ecs.clock.advance(60_000);
    const task = present(tasks[0]?.taskArn);
    await ecs.client.send(new StopTaskCommand({ cluster, task, reason: "The release was aborted" }));
    await ecs.clock.advance(60_000);
    expect(await ecs.taskOf(task)).toMatchObject({
      lastStatus: "STOPPED",
      stopCode: "UserInitiated",
      stoppedReason: "The release was aborted",
      containers: [{ exitCode: 143 }],
    });
  });

  it.each<{ name: string; change: Partial<RunTaskRequest>; error: string; message: RegExp }>([
    {
      name: "an unknown cluster",
      change: { cluster: "nowhere" },
      error: "ClusterNotFoundException",
      message: /^Cluster not found\.$/,
    },
    {
      name: "an unknown task definition",
      change: { taskDefinition: "nothing" },
      error: "ClientException",
      message: /^TaskDefinition not found\.$/,
    },
    {
      name: "a container that the task definition does not have",
      change: { overrides: { containerOverrides: [{ name: "api", command: ["true"] }] } },
      error: "InvalidParameterException",
      message: /^Override for container named api is not a container in the TaskDefinition\.$/,
    },
    {
      name: "neither launch type nor capacity provider in a cluster without instances",
      change: { launchType: undefined },
      error: "InvalidParameterException",
      message: /^No Container Instances were found in your cluster\.$/,
    },
    {
      name: "both of them",
      change: { capacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT" }] },
      error: "InvalidParameterException",
      message: /^Specifying both a launch type and capacity provider strategy is not supported/,
    },
    {
      name: "no network for awsvpc",
      change: { networkConfiguration: undefined },
      error: "InvalidParameterException",
      message: /^Network Configuration must be provided when networkMode 'awsvpc' is specified\.$/,
    },
    {
      name: "a startedBy that is too long",
      change: { startedBy: "r".repeat(129) },
      error: "InvalidParameterException",
      message: /^startedBy longer than 128\.$/,
    },
    {
      name: "a client token that is too long",
      change: { clientToken: "t".repeat(65) },
      error: "InvalidParameterException",
      message: /^clientToken longer than 64\.$/,
    },
    {
      name: "more than ten tasks",
      change: { count: 11 },
      error: "InvalidParameterException",
      message: /^count must be between 1 and 10\.$/,
    },
    {
      name: "a size that Fargate does not have",
      change: { overrides: { cpu: "512", memory: "512" } },
      error: "InvalidParameterException",
      message: /^No Fargate configuration exists for given values\.$/,
    },
    {
      name: "overrides that are too long",
      change: { overrides: { containerOverrides: [{ name: "web", command: ["x".repeat(8192)] }] } },
      error: "InvalidParameterException",
      message: /^Container Overrides length must be at most 8192$/,
    },
    {
      name: "a GPU",
      change: {
        overrides: { containerOverrides: [{ name: "web", resourceRequirements: [{ type: "GPU", value: "1" }] }] },
      },
      error: "NotInLocalAws",
      message: /resourceRequirements/,
    },
    {
      name: "placement constraints on Fargate",
      change: { placementConstraints: [{ type: "distinctInstance" }] },
      error: "InvalidParameterException",
      message: /^Placement constraints are not supported with FARGATE launch type\.$/,
    },
    {
      name: "a placement strategy on Fargate",
      change: { placementStrategy: [{ type: "random" }] },
      error: "InvalidParameterException",
      message: /^Placement strategies are not supported with FARGATE launch type\.$/,
    },
    {
      name: "the tags of a service",
      change: { propagateTags: "SERVICE" },
      error: "InvalidParameterException",
      message: /^propagateTags SERVICE/,
    },
    {
      name: "a platform version that does not exist",
      change: { platformVersion: "2.0.0" },
      error: "PlatformUnknownException",
      message: /./,
    },
    {
      name: "a capacity provider that does not exist",
      change: { launchType: undefined, capacityProviderStrategy: [{ capacityProvider: "gpu" }] },
      error: "InvalidParameterException",
      message: /^The specified capacity provider 'gpu' was not found\.$/,
    },
    {
      name: "a role of another account",
      change: { overrides: { taskRoleArn: "arn:aws:iam::444455556666:role/web" } },
      error: "AccessDeniedException",
      message: /^Cross-account pass role is not allowed\.$/,
    },
  ])("refuses $name", async ({ change, error, message }) => {
    const ecs = await open();
    await expect(ecs.run(change)).rejects.toMatchObject({
      name: error,
      message: expect.stringMatching(message),
    });
  });
});

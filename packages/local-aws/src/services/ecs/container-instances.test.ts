import {
  CreateClusterCommand,
  DescribeClustersCommand,
  type RegisterTaskDefinitionRequest,
  RunTaskCommand,
} from "@aws-sdk/client-ecs";
import { describe, expect, it } from "vitest";
import { ecsFixture, primaryOf, registryUri, digestOf, type EcsFixture, webDefinition } from "./ecs.fixture.ts";

/** A task definition of one commit for instances, whose tasks reserve a port of the instance. */
const onHost = (commit: string, hostPort = 80): RegisterTaskDefinitionRequest => ({
  family: "web",
  networkMode: "bridge",
  memory: "512",
  containerDefinitions: [
    {
      name: "web",
      image: `${registryUri}/shop/web@${digestOf(commit)}`,
      portMappings: [{ containerPort: 8080, hostPort }],
    },
  ],
});

const messages = async (ecs: EcsFixture) => ((await ecs.web()).events ?? []).map(({ message = "" }) => message);
const completed = (ecs: EcsFixture) => ecs.until((_, { rolloutState }) => rolloutState === "COMPLETED");

describe("a service on instances", () => {
  it("has the launch type EC2 if its request has none, and places each task on an instance", async () => {
    const ecs = ecsFixture({ instances: 2 });
    const created = await ecs.createWeb({ launchType: undefined, networkConfiguration: undefined }, onHost("1"));
    expect(created).toMatchObject({ launchType: "EC2", schedulingStrategy: "REPLICA" });
    expect(created.platformVersion).toBeUndefined();
    await completed(ecs);
    const instances = (await ecs.tasks()).map(({ containerInstanceArn }) => containerInstanceArn);
    expect(new Set(instances).size).toBe(2);
    const { clusters } = await ecs.client.send(new DescribeClustersCommand({ clusters: ["shop"] }));
    expect(clusters?.[0]?.registeredContainerInstancesCount).toBe(2);
  });

  it("finds no place in a cluster without instances", async () => {
    const ecs = ecsFixture();
    await ecs.createWeb({ launchType: "EC2", networkConfiguration: undefined }, onHost("1"));
    await ecs.clock.advance(60_000);
    expect(await messages(ecs)).toEqual([
      "(service web) was unable to place a task because no container instance met all of its requirements. Reason: No Container Instances were found in your cluster. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.",
    ]);
  });

  it("cannot replace a task whose host port is taken on each instance, unless it may stop one first", async () => {
    const ecs = ecsFixture({ instances: 1 });
    const options = { launchType: "EC2", networkConfiguration: undefined, desiredCount: 1 } as const;
    await ecs.createWeb(options, onHost("1"));
    const old = primaryOf(await completed(ecs)).taskDefinition;
    await ecs.update({ taskDefinition: await ecs.register(onHost("2")) });
    await ecs.clock.advance(3_600_000);
    expect((await ecs.tasks()).map(({ taskDefinitionArn }) => taskDefinitionArn)).toEqual([old]);
    expect(await messages(ecs)).toContainEqual(expect.stringContaining("already using a port required by your task"));
    await ecs.update({ deploymentConfiguration: { minimumHealthyPercent: 0, maximumPercent: 100 } });
    await completed(ecs);
  });

  it("starts a second task beside the first if the ports are dynamic", async () => {
    const ecs = ecsFixture({ instances: 1 });
    await ecs.createWeb({ launchType: "EC2", networkConfiguration: undefined }, onHost("1", 0));
    await completed(ecs);
    expect(await ecs.tasks()).toHaveLength(2);
  });
});

describe("a daemon", () => {
  const daemon = { schedulingStrategy: "DAEMON", networkConfiguration: undefined } as const;

  it("runs one task on each instance, and stops it before it starts the next", async () => {
    const ecs = ecsFixture({ instances: 3 });
    const created = await ecs.createWeb(daemon, onHost("1"));
    expect(created).toMatchObject({
      desiredCount: 3,
      schedulingStrategy: "DAEMON",
      deploymentConfiguration: { minimumHealthyPercent: 0, maximumPercent: 100 },
    });
    await completed(ecs);
    await ecs.update({ taskDefinition: await ecs.register(onHost("2")) });
    await completed(ecs);
    const instances = (await ecs.tasks()).map(({ containerInstanceArn }) => containerInstanceArn);
    expect(new Set(instances).size).toBe(3);
  });

  it("has no desired count of its own, no Fargate and no surplus", async () => {
    const ecs = ecsFixture({ instances: 1 });
    const says = (words: string) => `The daemon scheduling strategy does not support ${words}`;
    await expect(ecs.createWeb({ ...daemon, desiredCount: 1 }, onHost("1"))).rejects.toThrow(says("a desired count"));
    await expect(ecs.createWeb({ ...daemon, launchType: "FARGATE" }, onHost("1"))).rejects.toThrow(says("the FARGATE"));
    const deploymentConfiguration = { maximumPercent: 200 };
    await expect(ecs.createWeb({ ...daemon, deploymentConfiguration }, onHost("1"))).rejects.toThrow(
      says("values above 100 for maximumPercent"),
    );
    await ecs.createWeb(daemon, onHost("1"));
    await expect(ecs.update({ desiredCount: 0 })).rejects.toThrow(says("a desired count"));
  });
});

describe("RunTask on instances", () => {
  it("places the task on an instance, or reports the port that is taken", async () => {
    const ecs = ecsFixture({
      instances: 1,
      rules: [{ oneOff: "", fate: { kind: "exit", afterSeconds: 9_999, log: [] } }],
    });
    await ecs.createWeb({ launchType: "EC2", networkConfiguration: undefined, desiredCount: 0 }, onHost("1"));
    const run = () => ecs.client.send(new RunTaskCommand({ cluster: "shop", taskDefinition: "web" }));
    const { tasks } = await run();
    expect(tasks).toMatchObject([{ launchType: "EC2", containerInstanceArn: expect.stringContaining("/shop/") }]);
    expect((await run()).failures).toEqual([{ reason: "RESOURCE:PORTS", arn: tasks?.[0]?.containerInstanceArn }]);
  });
});

describe("an instance with too little room", () => {
  const ofSize = (size: { cpu?: string; memory?: string }): RegisterTaskDefinitionRequest => ({
    ...onHost("1", 0),
    cpu: "256",
    memory: "256",
    ...size,
  });
  const options = { launchType: "EC2", networkConfiguration: undefined, desiredCount: 3 } as const;

  it.each([
    ["CPU", { cpu: "1024" }, "has insufficient CPU units available"],
    ["memory", { memory: "1024" }, "has insufficient memory available"],
  ])("gets no further task of a service: %s", async (_, size, words) => {
    const ecs = ecsFixture({ instances: { count: 1, cpu: 2048, memoryMegabytes: 2048 } });
    await ecs.createWeb(options, ofSize(size));
    await ecs.clock.advance(600_000);
    expect(await ecs.tasks()).toHaveLength(2);
    expect(await messages(ecs)).toContainEqual(
      expect.stringMatching(
        new RegExp(
          `was unable to place a task because no container instance met all of its requirements. The closest matching \\(container-instance [0-9a-f]{32}\\) ${words}. For more`,
        ),
      ),
    );
  });

  it.each([
    ["RESOURCE:CPU", { cpu: "1024" }],
    ["RESOURCE:MEMORY", { memory: "1024" }],
  ])("gets no further task of RunTask: %s", async (reason, size) => {
    const ecs = ecsFixture({ instances: { count: 1, cpu: 2048, memoryMegabytes: 2048 } });
    await ecs.client.send(new CreateClusterCommand({ clusterName: "shop" }));
    const taskDefinition = await ecs.register(ofSize(size));
    const { tasks, failures } = await ecs.client.send(
      new RunTaskCommand({ cluster: "shop", taskDefinition, count: 3 }),
    );
    expect(tasks).toHaveLength(2);
    expect(failures).toEqual([{ reason, arn: tasks?.[0]?.containerInstanceArn }]);
  });

  it("counts the containers of a task without a size, and the overrides of its launch", async () => {
    const ecs = ecsFixture({ instances: { count: 1, cpu: 1024, memoryMegabytes: 1024 } });
    await ecs.client.send(new CreateClusterCommand({ clusterName: "shop" }));
    const { cpu: _, memory: __, ...plain } = ofSize({});
    const containerDefinitions = [{ name: "web", image: "web", cpu: 128, memory: 2048, memoryReservation: 400 }];
    const taskDefinition = await ecs.register({ ...plain, containerDefinitions });
    const run = (memoryReservation?: number) =>
      ecs.client.send(
        new RunTaskCommand({
          cluster: "shop",
          taskDefinition,
          ...(memoryReservation !== undefined && {
            overrides: { containerOverrides: [{ name: "web", memoryReservation }] },
          }),
        }),
      );
    expect((await run()).tasks).toHaveLength(1);
    expect((await run(700)).failures).toMatchObject([{ reason: "RESOURCE:MEMORY" }]);
    expect((await run(600)).tasks).toHaveLength(1);
  });
});

it("a rolling update whose percentages leave no room changes nothing, and says so", async () => {
  const ecs = ecsFixture();
  const deploymentConfiguration = { minimumHealthyPercent: 50, maximumPercent: 150 };
  await ecs.createWeb({ desiredCount: 1, deploymentConfiguration });
  const old = primaryOf(await completed(ecs)).taskDefinition;
  await ecs.update({ taskDefinition: await ecs.register(webDefinition("2")) });
  await ecs.clock.advance(3_600_000);
  expect((await ecs.tasks()).map(({ taskDefinitionArn }) => taskDefinitionArn)).toEqual([old]);
  expect(await messages(ecs)).toContainEqual(
    expect.stringContaining("was unable to stop or start tasks during a deployment"),
  );
});

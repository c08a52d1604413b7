import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeClustersCommand,
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListServiceDeploymentsCommand,
  ListClustersCommand,
  ListServicesCommand,
  ListTasksCommand,
  StopServiceDeploymentCommand,
  StopTaskCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import type { CreateServiceRequest, ECSClient, UpdateServiceRequest } from "@aws-sdk/client-ecs";
import { describe, expect, it } from "vitest";
import { ecsFixture, present, primaryOf, webDefinition } from "./ecs.fixture.ts";

const arnPrefix = "arn:aws:ecs:us-east-1:111122223333";
const unknownTask = "0".repeat(32);
const networkConfiguration = { awsvpcConfiguration: { subnets: ["subnet-1"] } };

describe("CreateService", () => {
  it("returns a service whose first deployment is IN_PROGRESS", async () => {
    const ecs = ecsFixture();
    const service = await ecs.createWeb({ tags: [{ key: "team", value: "shop" }] });
    expect(service).toMatchObject({
      serviceArn: `${arnPrefix}:service/shop/web`,
      clusterArn: `${arnPrefix}:cluster/shop`,
      status: "ACTIVE",
      desiredCount: 2,
      runningCount: 0,
      launchType: "FARGATE",
      deploymentController: { type: "ECS" },
      deploymentConfiguration: {
        deploymentCircuitBreaker: { enable: false, rollback: false },
        maximumPercent: 200,
        minimumHealthyPercent: 100,
        strategy: "ROLLING",
      },
      tags: [{ key: "team", value: "shop" }],
      deployments: [{ status: "PRIMARY", rolloutState: "IN_PROGRESS", failedTasks: 0 }],
      events: [],
    });
    expect(service.deployments?.[0]?.id).toMatch(/^ecs-svc\/\d{19}$/);
    expect(service.currentServiceDeployment).toMatch(/:service-deployment\/shop\/web\/[\w-]{21}$/);
    expect(service.currentServiceRevisions?.[0]?.arn).toMatch(/:service-revision\/shop\/web\/\d{19}$/);
  });

  it.each<{ name: string; change: Partial<CreateServiceRequest>; error: string; message: string }>([
    {
      name: "an unknown cluster",
      change: { cluster: "nowhere" },
      error: "ClusterNotFoundException",
      message: "Cluster not found.",
    },
    {
      name: "a name that is taken",
      change: { serviceName: "web" },
      error: "InvalidParameterException",
      message: "Creation of service was not idempotent.",
    },
    {
      name: "an unknown task definition",
      change: { taskDefinition: "web:9" },
      error: "ClientException",
      message: "TaskDefinition not found.",
    },
    {
      name: "no network",
      change: { networkConfiguration: undefined },
      error: "InvalidParameterException",
      message: "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
    },
    {
      name: "a load balancer for a container that does not exist",
      change: { loadBalancers: [{ containerName: "api", containerPort: 80 }] },
      error: "InvalidParameterException",
      message: "The container api does not exist in the task definition.",
    },
    ...["us-east-1:444455556666", "eu-west-1:111122223333"].map((site) => ({
      name: `a target group of ${site}`,
      change: {
        loadBalancers: [
          {
            targetGroupArn: `arn:aws:elasticloadbalancing:${site}:targetgroup/web/1`,
            containerName: "web",
            containerPort: 8080,
          },
        ],
      },
      error: "InvalidParameterException",
      message:
        "Unable to assume role and validate the specified targetGroupArn. Please verify that the ECS service role being passed has the proper permissions.",
    })),
    {
      name: "a platform version on EC2",
      change: { launchType: "EC2", platformVersion: "1.4.0" },
      error: "InvalidParameterException",
      message: "The platform version must be null when specifying an EC2 launch type.",
    },
    {
      name: "percentages that block every deployment",
      change: { deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 100 } },
      error: "InvalidParameterException",
      message: "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.",
    },
    {
      name: "early success, which is not implemented",
      change: { deploymentConfiguration: { earlySuccessCriteria: { enable: true } } },
      error: "NotInLocalAws",
      message: "The local AWS does not have early success criteria.",
    },
    {
      name: "a member that is not implemented",
      change: { volumeConfigurations: [{ name: "data" }] },
      error: "NotInLocalAws",
      message: "The local AWS does not have the member 'volumeConfigurations' of ecs:CreateService.",
    },
  ])("refuses $name", async ({ change, error, message }) => {
    const ecs = ecsFixture();
    await ecs.createWeb();
    const input = { cluster: "shop", serviceName: "api", taskDefinition: "web", desiredCount: 1, networkConfiguration };
    await expect(ecs.client.send(new CreateServiceCommand({ ...input, ...change }))).rejects.toMatchObject({
      name: error,
      message,
    });
  });

  it.each(["CODE_DEPLOY", "EXTERNAL"] as const)(
    "creates a service of the controller %s without tasks",
    async (type) => {
      const ecs = ecsFixture();
      const service = await ecs.createWeb({ deploymentController: { type } });
      await ecs.clock.advance(60_000);
      expect(service).toMatchObject({ deploymentController: { type }, deployments: [], runningCount: 0 });
      await expect(ecs.update({ taskDefinition: "web" })).rejects.toMatchObject({
        name: type === "CODE_DEPLOY" ? "InvalidParameterException" : "NotInLocalAws",
      });
    },
  );
});

describe("UpdateService", () => {
  it.each<{ name: string; change: Partial<UpdateServiceRequest>; error: string; message: string }>([
    {
      name: "an unknown cluster",
      change: { cluster: "nowhere" },
      error: "ClusterNotFoundException",
      message: "Cluster not found.",
    },
    {
      name: "an unknown service",
      change: { service: "api" },
      error: "ServiceNotFoundException",
      message: "Service not found.",
    },
    {
      name: "an unknown task definition",
      change: { taskDefinition: "web:9" },
      error: "ClientException",
      message: "TaskDefinition not found.",
    },
  ])("refuses $name", async ({ change, error, message }) => {
    const ecs = ecsFixture();
    await ecs.createWeb();
    const update = new UpdateServiceCommand({ cluster: "shop", service: "web", ...change });
    await expect(ecs.client.send(update)).rejects.toMatchObject({ name: error, message });
  });

  it("refuses an INACTIVE task definition and an INACTIVE service", async () => {
    const ecs = ecsFixture();
    await ecs.createWeb({ desiredCount: 0 });
    const second = await ecs.register(webDefinition("2"));
    await ecs.deregister(second);
    await expect(ecs.update({ taskDefinition: second })).rejects.toMatchObject({
      name: "ClientException",
      message: "TaskDefinition is inactive",
    });
    await ecs.client.send(new DeleteServiceCommand({ cluster: "shop", service: "web" }));
    await ecs.clock.advance(5_000);
    expect(await ecs.web()).toMatchObject({ status: "INACTIVE" });
    await expect(ecs.update({ desiredCount: 1 })).rejects.toMatchObject({
      name: "ServiceNotActiveException",
      message: "Service was not ACTIVE.",
    });
  });

  it("accepts ARNs as well as names", async () => {
    const ecs = ecsFixture();
    const { clusterArn, serviceArn } = await ecs.createWeb();
    const update = new UpdateServiceCommand({ cluster: clusterArn, service: serviceArn, desiredCount: 5 });
    expect((await ecs.client.send(update)).service).toMatchObject({ desiredCount: 5 });
  });

  it("drains a service that is deleted, and frees its name", async () => {
    const ecs = ecsFixture();
    await ecs.createWeb();
    await ecs.until((_, { rolloutState }) => rolloutState === "COMPLETED");
    const remove = new DeleteServiceCommand({ cluster: "shop", service: "web", force: true });
    expect((await ecs.client.send(remove)).service).toMatchObject({ status: "DRAINING", desiredCount: 0 });
    await ecs.clock.advance(60_000);
    expect(await ecs.web()).toMatchObject({ status: "INACTIVE", runningCount: 0 });
    expect(await ecs.createWeb()).toMatchObject({ status: "ACTIVE" });
  });
});

describe("ListClusters", () => {
  it("returns the clusters page by page", async () => {
    const { client } = ecsFixture();
    const names = ["default", "shop", "blog"];
    for (const clusterName of names) await client.send(new CreateClusterCommand({ clusterName }));
    const first = await client.send(new ListClustersCommand({ maxResults: 2 }));
    const second = await client.send(new ListClustersCommand({ maxResults: 2, nextToken: first.nextToken }));
    const listed = [...(first.clusterArns ?? []), ...(second.clusterArns ?? [])];
    expect(first.clusterArns).toHaveLength(2);
    expect(new Set(listed)).toEqual(new Set(names.map((name) => `${arnPrefix}:cluster/${name}`)));
    expect(second.nextToken).toBeUndefined();
    await expect(client.send(new ListClustersCommand({ maxResults: 101 }))).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
  });
});

describe("a resource that does not exist", () => {
  it("is a failure in the answer to a request for several resources", async () => {
    const ecs = ecsFixture();
    await ecs.createWeb();
    const { client } = ecs;
    const services = await client.send(new DescribeServicesCommand({ cluster: "shop", services: ["web", "api"] }));
    expect(services.services).toHaveLength(1);
    expect(services.failures).toEqual([{ arn: `${arnPrefix}:service/shop/api`, reason: "MISSING" }]);
    const clusters = await client.send(new DescribeClustersCommand({ clusters: ["shop", "nowhere"] }));
    expect(clusters).toMatchObject({
      clusters: [{ clusterName: "shop", activeServicesCount: 1 }],
      failures: [{ arn: `${arnPrefix}:cluster/nowhere`, reason: "MISSING" }],
    });
    const tasks = await client.send(new DescribeTasksCommand({ cluster: "shop", tasks: [unknownTask] }));
    expect(tasks.failures).toEqual([{ arn: `${arnPrefix}:task/shop/${unknownTask}`, reason: "MISSING" }]);
    const arn = `${arnPrefix}:service-deployment/shop/web/none`;
    const deployments = await client.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [arn] }));
    expect(deployments.failures).toEqual([{ arn, reason: "MISSING" }]);
    const revision = `${arnPrefix}:service-revision/shop/web/none`;
    const revisions = await client.send(new DescribeServiceRevisionsCommand({ serviceRevisionArns: [revision] }));
    expect(revisions.failures).toEqual([{ arn: revision, reason: "MISSING" }]);
  });

  it.each<{ name: string; send: (client: ECSClient) => Promise<unknown> }>([
    {
      name: "ClusterNotFoundException",
      send: (client) => client.send(new DescribeServicesCommand({ services: ["web"] })),
    },
    { name: "ClusterNotFoundException", send: (client) => client.send(new ListTasksCommand({ cluster: "nowhere" })) },
    {
      name: "ServiceNotFoundException",
      send: (client) => client.send(new ListTasksCommand({ cluster: "shop", serviceName: "api" })),
    },
    {
      name: "ServiceNotFoundException",
      send: (client) => client.send(new ListServiceDeploymentsCommand({ cluster: "shop", service: "api" })),
    },
    {
      name: "InvalidParameterException",
      send: (client) => client.send(new StopTaskCommand({ cluster: "shop", task: unknownTask })),
    },
    {
      name: "ServiceDeploymentNotFoundException",
      send: (client) =>
        client.send(
          new StopServiceDeploymentCommand({ serviceDeploymentArn: `${arnPrefix}:service-deployment/shop/web/none` }),
        ),
    },
    {
      name: "InvalidParameterException",
      send: (client) =>
        client.send(new DescribeServicesCommand({ cluster: "shop", services: Array.from({ length: 11 }, String) })),
    },
  ])("is an error in a request for one resource ($name)", async ({ name, send }) => {
    const ecs = ecsFixture();
    await ecs.createWeb();
    await expect(send(ecs.client)).rejects.toMatchObject({ name });
  });
});

describe("lists", () => {
  it("of services and tasks have pages", async () => {
    const ecs = ecsFixture();
    await ecs.createWeb({ desiredCount: 3 });
    await ecs.clock.advance(5_000);
    const first = await ecs.client.send(new ListTasksCommand({ cluster: "shop", family: "web", maxResults: 2 }));
    const second = await ecs.client.send(
      new ListTasksCommand({ cluster: "shop", family: "web", maxResults: 2, nextToken: first.nextToken }),
    );
    expect([first.taskArns?.length, second.taskArns?.length, second.nextToken]).toEqual([2, 1, undefined]);
    const { serviceArns } = await ecs.client.send(new ListServicesCommand({ cluster: "shop" }));
    expect(serviceArns).toEqual([`${arnPrefix}:service/shop/web`]);
  });

  it("of tasks are filtered by startedBy", async () => {
    const ecs = ecsFixture();
    await ecs.createWeb();
    const old = primaryOf(await ecs.until((_, { rolloutState }) => rolloutState === "COMPLETED"));
    const ours = primaryOf(await ecs.update({ forceNewDeployment: true }));
    await ecs.clock.advance(5_000);
    const startedBy = async (id: string | undefined) =>
      (await ecs.client.send(new ListTasksCommand({ cluster: "shop", startedBy: id }))).taskArns?.length;
    expect([await startedBy(old.id), await startedBy(ours.id), await startedBy("other")]).toEqual([2, 2, 0]);
  });

  it("of service deployments are filtered by status and time", async () => {
    const ecs = ecsFixture();
    await ecs.createWeb();
    const { createdAt } = primaryOf(await ecs.until((_, { rolloutState }) => rolloutState === "COMPLETED"));
    await ecs.update({ forceNewDeployment: true });
    const list = async (filter: object) => {
      const input = { cluster: "shop", service: "web", ...filter };
      const answer = await ecs.client.send(new ListServiceDeploymentsCommand(input));
      return present(answer.serviceDeployments).map(({ status }) => status);
    };
    expect(await list({})).toEqual(["PENDING", "SUCCESSFUL"]);
    expect(await list({ status: ["SUCCESSFUL", "STOPPED"] })).toEqual(["SUCCESSFUL"]);
    expect(await list({ createdAt: { after: createdAt } })).toEqual(["PENDING"]);
    expect(await list({ maxResults: 1 })).toEqual(["PENDING"]);
  });
});

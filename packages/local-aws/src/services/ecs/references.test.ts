import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteServiceCommand,
  DeregisterTaskDefinitionCommand,
  DescribeClustersCommand,
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  type ECSClient,
  ListServiceDeploymentsCommand,
  ListServicesCommand,
  ListTasksCommand,
  RunTaskCommand,
  StopServiceDeploymentCommand,
  StopTaskCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { describe, expect, it } from "vitest";
import { failureOf } from "../../protocol/wire.fixture.ts";
import { ecsFixture, present } from "./ecs.fixture.ts";

const prefix = "arn:aws:ecs:us-east-1:111122223333";
const networkConfiguration = { awsvpcConfiguration: { subnets: ["subnet-1"] } };

/** Clusters `shop` and `staging`, each with a service `web`. */
async function twoClusters() {
  const ecs = ecsFixture();
  await ecs.createWeb();
  const staging = { cluster: "staging", serviceName: "web", taskDefinition: "web", desiredCount: 1 };
  await ecs.client.send(new CreateClusterCommand({ clusterName: "staging" }));
  await ecs.client.send(new CreateServiceCommand({ ...staging, networkConfiguration }));
  await ecs.clock.advance(60_000);
  const [task] = await ecs.tasks();
  const desired = async (cluster: string) => {
    const { services } = await ecs.client.send(new DescribeServicesCommand({ cluster, services: ["web"] }));
    return services?.[0]?.desiredCount;
  };
  return { ...ecs, task: present(task?.taskArn), desired };
}

type Send = (client: ECSClient, reference: string) => Promise<unknown>;

/** Every operation and member that refers to a resource, by the type in the resource's ARN. */
const references: { member: string; path: string; send: Send }[] = [
  ...Object.entries<(client: ECSClient, cluster: string) => Promise<unknown>>({
    "DescribeClusters.clusters": (client, cluster) => client.send(new DescribeClustersCommand({ clusters: [cluster] })),
    "DescribeServices.cluster": (client, cluster) =>
      client.send(new DescribeServicesCommand({ cluster, services: ["web"] })),
    "ListServices.cluster": (client, cluster) => client.send(new ListServicesCommand({ cluster })),
    "ListTasks.cluster": (client, cluster) => client.send(new ListTasksCommand({ cluster })),
    "UpdateService.cluster": (client, cluster) => client.send(new UpdateServiceCommand({ cluster, service: "web" })),
    "CreateService.cluster": (client, cluster) =>
      client.send(new CreateServiceCommand({ cluster, serviceName: "new", taskDefinition: "web", desiredCount: 0 })),
    "RunTask.cluster": (client, cluster) => client.send(new RunTaskCommand({ cluster, taskDefinition: "web" })),
  }).map(([member, send]) => ({ member, path: "cluster/shop", send })),
  ...Object.entries<(client: ECSClient, service: string) => Promise<unknown>>({
    "UpdateService.service": (client, service) =>
      client.send(new UpdateServiceCommand({ cluster: "shop", service, desiredCount: 0 })),
    "DeleteService.service": (client, service) =>
      client.send(new DeleteServiceCommand({ cluster: "shop", service, force: true })),
    "DescribeServices.services": (client, service) =>
      client.send(new DescribeServicesCommand({ cluster: "shop", services: [service] })),
    "ListTasks.serviceName": (client, serviceName) =>
      client.send(new ListTasksCommand({ cluster: "shop", serviceName })),
    "ListServiceDeployments.service": (client, service) =>
      client.send(new ListServiceDeploymentsCommand({ cluster: "shop", service })),
  }).map(([member, send]) => ({ member, path: "service/shop/web", send })),
  ...Object.entries<Send>({
    "DescribeTasks.tasks": (client, task) => client.send(new DescribeTasksCommand({ cluster: "shop", tasks: [task] })),
    "StopTask.task": (client, task) => client.send(new StopTaskCommand({ cluster: "shop", task })),
  }).map(([member, send]) => ({ member, path: `task/shop/${"0".repeat(32)}`, send })),
  ...Object.entries<(client: ECSClient, taskDefinition: string) => Promise<unknown>>({
    "DescribeTaskDefinition.taskDefinition": (client, taskDefinition) =>
      client.send(new DescribeTaskDefinitionCommand({ taskDefinition })),
    "DeregisterTaskDefinition.taskDefinition": (client, taskDefinition) =>
      client.send(new DeregisterTaskDefinitionCommand({ taskDefinition })),
    "UpdateService.taskDefinition": (client, taskDefinition) =>
      client.send(new UpdateServiceCommand({ cluster: "shop", service: "web", taskDefinition })),
    "CreateService.taskDefinition": (client, taskDefinition) =>
      client.send(new CreateServiceCommand({ cluster: "shop", serviceName: "new", taskDefinition, desiredCount: 0 })),
    "RunTask.taskDefinition": (client, taskDefinition) =>
      client.send(new RunTaskCommand({ cluster: "shop", taskDefinition, launchType: "FARGATE", networkConfiguration })),
  }).map(([member, send]) => ({ member, path: "task-definition/web:1", send })),
  ...Object.entries<Send>({
    "DescribeServiceDeployments.serviceDeploymentArns": (client, arn) =>
      client.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [arn] })),
    "StopServiceDeployment.serviceDeploymentArn": (client, serviceDeploymentArn) =>
      client.send(new StopServiceDeploymentCommand({ serviceDeploymentArn })),
  }).map(([member, send]) => ({ member, path: "service-deployment/shop/web/1", send })),
  {
    member: "DescribeServiceRevisions.serviceRevisionArns",
    path: "service-revision/shop/web/1",
    send: (client, arn) => client.send(new DescribeServiceRevisionsCommand({ serviceRevisionArns: [arn] })),
  },
];

describe("an ARN", () => {
  it.each(references)("$member is refused when a part of it is another's", async ({ path, send }) => {
    const { client } = await twoClusters();
    const refusal = async (arn: string) => await failureOf(send(client, arn));
    const refused = (message: string) => ({
      name: "InvalidParameterException",
      message: expect.stringContaining(message),
    });

    expect(await refusal(`arn:aws:ecs:eu-west-1:111122223333:${path}`)).toMatchObject(refused("Invalid Region in ARN"));
    expect(await refusal(`arn:aws:ecs:us-east-1:444455556666:${path}`)).toMatchObject(
      refused("Identifier is for 444455556666. Your accountId is 111122223333"),
    );
    expect(await refusal(`arn:aws-cn:ecs:us-east-1:111122223333:${path}`)).toMatchObject(refused("is invalid"));
    expect(await refusal(`arn:aws:ecr:us-east-1:111122223333:${path}`)).toMatchObject(refused("is invalid"));
    expect(await refusal(`${prefix}:task-set/shop/web`)).toMatchObject({ name: "InvalidParameterException" });
    expect(await refusal("arn:aws:ecs")).toMatchObject({ name: "InvalidParameterException" });
  });

  it("of a service in another cluster does not change the service of that name here", async () => {
    const { client, desired } = await twoClusters();
    const scale = (service: string) =>
      client.send(new UpdateServiceCommand({ cluster: "staging", service, desiredCount: 7 }));

    expect(await failureOf(scale(`${prefix}:service/shop/web`))).toMatchObject({
      name: "InvalidParameterException",
      message: "Invalid identifier: Identifier is for cluster shop. Your cluster is staging",
    });
    expect([await desired("shop"), await desired("staging")]).toEqual([2, 1]);
    await scale(`${prefix}:service/staging/web`);
    expect([await desired("shop"), await desired("staging")]).toEqual([2, 7]);
  });

  it("without a cluster in the request is searched in the cluster default", async () => {
    const { client } = await twoClusters();
    await client.send(new CreateClusterCommand({}));
    const describe = client.send(new DescribeServicesCommand({ services: [`${prefix}:service/shop/web`] }));
    expect(await failureOf(describe)).toMatchObject({
      message: "Invalid identifier: Identifier is for cluster shop. Your cluster is default",
    });
  });

  it("of a task in another cluster is refused", async () => {
    const { client, task } = await twoClusters();
    const stop = client.send(new StopTaskCommand({ cluster: "staging", task }));
    expect(await failureOf(stop)).toMatchObject({
      message: "Invalid identifier: Identifier is for cluster shop. Your cluster is staging",
    });
  });

  it("finds the resource, in both formats of ECS", async () => {
    const { client, task } = await twoClusters();
    const cluster = `${prefix}:cluster/shop`;
    for (const service of [`${prefix}:service/shop/web`, `${prefix}:service/web`, "shop/web", "web"]) {
      const { services } = await client.send(new DescribeServicesCommand({ cluster, services: [service] }));
      expect(services?.[0]?.serviceArn).toBe(`${prefix}:service/shop/web`);
    }
    for (const reference of [task, task.replace("shop/", ""), present(task.split("/").at(-1))]) {
      const { tasks } = await client.send(new DescribeTasksCommand({ cluster, tasks: [reference] }));
      expect(tasks?.[0]?.taskArn).toBe(task);
    }
    for (const taskDefinition of ["web", "web:1", `${prefix}:task-definition/web:1`]) {
      const found = await client.send(new DescribeTaskDefinitionCommand({ taskDefinition }));
      expect(found.taskDefinition?.revision).toBe(1);
    }
  });
});

describe("a name", () => {
  it.each<{ what: string; message: string; send: (client: ECSClient) => Promise<unknown> }>([
    {
      what: "of a cluster with a forbidden character",
      message: "Cluster must match",
      send: (client) => client.send(new ListTasksCommand({ cluster: "shop!" })),
    },
    {
      what: "of a service that is too long",
      message: "Service must match",
      send: (client) => client.send(new UpdateServiceCommand({ cluster: "shop", service: "w".repeat(256) })),
    },
    {
      what: "of a task definition with a revision that is not a number",
      message: "Invalid revision number.",
      send: (client) => client.send(new DescribeTaskDefinitionCommand({ taskDefinition: "web:latest" })),
    },
    {
      what: "that is not a task's id",
      message: "taskId length should be one of [32,36]",
      send: (client) => client.send(new StopTaskCommand({ cluster: "shop", task: "1" })),
    },
    {
      what: "that is empty",
      message: "Cluster can not be blank.",
      send: (client) => client.send(new ListTasksCommand({ cluster: "" })),
    },
  ])("$what is refused", async ({ message, send }) => {
    const { client } = await twoClusters();
    expect(await failureOf(send(client))).toMatchObject({
      name: "InvalidParameterException",
      message: expect.stringContaining(message),
    });
  });
});

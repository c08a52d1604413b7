import {
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  DescribeTasksCommand,
  type ECSClient,
  ListServiceDeploymentsCommand,
  ListTasksCommand,
} from "@aws-sdk/client-ecs";
import type { ServiceObservations } from "@lockmaster/core/ecs/ports.ts";
import { inChunks } from "../lib/chunks.ts";
import { withTranslatedErrors } from "../lib/errors.ts";
import { essentialContainers } from "./essential-containers.ts";
import { describeServices } from "./services.ts";
import { observedRevision, observedService, observedServiceDeployment, stoppedTask } from "./shapes.ts";

/** DescribeServiceDeployments and DescribeServiceRevisions accept at most this many ARNs. */
const historyPerCall = 20;
/** DescribeTasks accepts, and ListTasks returns, at most this many tasks; one call may mix the tasks of several services. */
const tasksPerCall = 100;

/** Observes ECS services, their deployments, revisions and stopped tasks. */
export function ecsObservations(client: ECSClient): ServiceObservations {
  const essentialOf = essentialContainers(client);
  return {
    async services(cluster, names) {
      const found = await describeServices(client, cluster, names);
      return new Map([...found].map(([name, service]) => [name, observedService(service)]));
    },
    async serviceDeployments(arns) {
      const answers = await callInChunks(
        arns,
        historyPerCall,
        "ecs:DescribeServiceDeployments",
        (serviceDeploymentArns) => client.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns })),
      );
      return byArn(answers.flatMap(({ serviceDeployments = [] }) => serviceDeployments.map(observedServiceDeployment)));
    },
    async serviceRevisions(arns) {
      const answers = await callInChunks(arns, historyPerCall, "ecs:DescribeServiceRevisions", (serviceRevisionArns) =>
        client.send(new DescribeServiceRevisionsCommand({ serviceRevisionArns })),
      );
      return byArn(answers.flatMap(({ serviceRevisions = [] }) => serviceRevisions.map(observedRevision)));
    },
    async listServiceDeployments(cluster, service, { since, status }) {
      const answer = await withTranslatedErrors(
        { action: "ecs:ListServiceDeployments", resource: `service ${service} of cluster ${cluster}` },
        () =>
          client.send(
            new ListServiceDeploymentsCommand({
              cluster,
              service,
              maxResults: 100,
              ...(since !== undefined && { createdAt: { after: since } }),
              ...(status !== undefined && { status: [status] }),
            }),
          ),
      );
      // The documentation promises no order.
      return (answer.serviceDeployments ?? [])
        .sort((a, b) => (b.createdAt?.getTime() ?? 0) - (a.createdAt?.getTime() ?? 0))
        .flatMap(({ serviceDeploymentArn }) => serviceDeploymentArn ?? []);
    },
    async stoppedTasks(cluster, deployments) {
      const listed = await Promise.all(deployments.map(({ service }) => listStoppedTasks(client, cluster, service)));
      const answers = await callInChunks(listed.flat(), tasksPerCall, "ecs:DescribeTasks", (tasks) =>
        client.send(new DescribeTasksCommand({ cluster, tasks })),
      );
      const starters = new Set(deployments.map(({ deploymentId }) => deploymentId));
      const stopped = answers
        .flatMap(({ tasks = [] }) => tasks)
        .filter(({ startedBy = "" }) => starters.has(startedBy));
      const essential = await essentialOf(stopped);
      return stopped.flatMap((task) => stoppedTask(task, essential.get(task.taskDefinitionArn ?? "")));
    },
  };
}

/**
 * Filters by service: the filter `startedBy` cannot be combined with others and finds only running tasks.
 * docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html
 */
async function listStoppedTasks(client: ECSClient, cluster: string, serviceName: string): Promise<string[]> {
  const arns: string[] = [];
  let nextToken: string | undefined;
  do {
    const answer = await withTranslatedErrors(
      { action: "ecs:ListTasks", resource: `service ${serviceName} of cluster ${cluster}` },
      () =>
        client.send(
          new ListTasksCommand({
            cluster,
            serviceName,
            desiredStatus: "STOPPED",
            ...(nextToken !== undefined && { nextToken }),
          }),
        ),
    );
    arns.push(...(answer.taskArns ?? []));
    nextToken = answer.nextToken;
  } while (nextToken !== undefined);
  return arns;
}

/** Calls once for each chunk of ARNs, in parallel; without ARNs it makes no call. */
async function callInChunks<Answer>(
  arns: readonly string[],
  perCall: number,
  action: string,
  call: (arns: string[]) => Promise<Answer>,
): Promise<Answer[]> {
  return Promise.all(
    inChunks([...new Set(arns)], perCall).map((chunk) =>
      withTranslatedErrors({ action, resource: chunk.join(", ") }, () => call(chunk)),
    ),
  );
}

const byArn = <T extends { arn: string }>(items: readonly T[]): ReadonlyMap<string, T> =>
  new Map(items.map((item) => [item.arn, item]));

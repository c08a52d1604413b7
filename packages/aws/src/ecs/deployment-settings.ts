import { DescribeClustersCommand, type ECSClient, type Service, type TaskDefinition } from "@aws-sdk/client-ecs";
import type { DeploymentSettings } from "@lockmaster/core/ecs/deployment-room.ts";
import { RejectedError } from "@lockmaster/core/lib/errors.ts";
import { withTranslatedErrors } from "../lib/errors.ts";

/** How ECS replaces a service's tasks. Defaults: docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html */
export function deploymentSettings(service: Service, taskDefinition: TaskDefinition): DeploymentSettings {
  const isDaemon = service.schedulingStrategy === "DAEMON";
  const { strategy = "ROLLING", ...percent } = service.deploymentConfiguration ?? {};
  const { minimumHealthyPercent = isDaemon ? 0 : 100, maximumPercent = isDaemon ? 100 : 200 } = percent;
  const desiredCount = service.desiredCount ?? 0;
  return {
    desiredCount,
    minimumHealthyPercent,
    maximumPercent,
    strategy,
    isDaemon,
    hostPorts: hostPortsOf(taskDefinition),
  };
}

/** With `awsvpc` each task has its own ports. Otherwise 0, or none, stands for any free port of the instance, except with `host`. */
function hostPortsOf({ networkMode, containerDefinitions = [] }: TaskDefinition): readonly number[] {
  if (networkMode === "awsvpc" || networkMode === "none") return [];
  const mappings = containerDefinitions.flatMap(({ portMappings = [] }) => portMappings);
  const ports = mappings.map(({ containerPort, hostPort }) => (networkMode === "host" ? containerPort : hostPort) ?? 0);
  return [...new Set(ports)].filter((port) => port > 0);
}

/** Whether the service runs on the cluster's own instances, to which no capacity provider adds any. */
export const isOnInstances = ({ launchType, capacityProviderStrategy = [] }: Service = {}): boolean =>
  launchType === "EC2" && capacityProviderStrategy.length === 0;

/** Undefined when ECS refuses to describe the cluster. */
export async function instancesOf(client: ECSClient, cluster: string): Promise<number | undefined> {
  try {
    const { clusters = [] } = await withTranslatedErrors({ action: "ecs:DescribeClusters", resource: cluster }, () =>
      client.send(new DescribeClustersCommand({ clusters: [cluster] })),
    );
    return clusters[0]?.registeredContainerInstancesCount;
  } catch (error) {
    if (error instanceof RejectedError) return undefined;
    throw error;
  }
}

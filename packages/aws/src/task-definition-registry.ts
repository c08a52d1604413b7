import type { ECSClient } from "@aws-sdk/client-ecs";
import type { TaskDefinitionRegistry } from "@lockmaster/core/ports.ts";
import { describeServices } from "./ecs-services.ts";
import { ecsTaskDefinitions } from "./ecs-task-definitions.ts";

/** Which task definitions are in use, and a way to retire the others. */
export function taskDefinitionRegistry(client: ECSClient): TaskDefinitionRegistry {
  return {
    async inUse(cluster, services) {
      const found = await describeServices(client, cluster, services);
      const running = [...found.values()].flatMap(({ taskDefinition, deployments = [] }) => [
        taskDefinition,
        ...deployments.map((deployment) => deployment.taskDefinition),
      ]);
      return new Set(running.filter((arn) => arn !== undefined));
    },
    deregister: (taskDefinition) => ecsTaskDefinitions(client).deregister(taskDefinition),
  };
}

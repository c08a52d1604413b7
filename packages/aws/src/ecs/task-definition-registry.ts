import { DeregisterTaskDefinitionCommand, type ECSClient } from "@aws-sdk/client-ecs";
import type { TaskDefinitionRegistry } from "@lockmaster/core/ecs/ports.ts";
import { describeServices } from "./services.ts";
import { isAwsError, withTranslatedErrors } from "../lib/errors.ts";

/** Finds the task definitions in use, and deregisters others. */
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
    deregister: (taskDefinition) =>
      withTranslatedErrors({ action: "ecs:DeregisterTaskDefinition", resource: taskDefinition }, async () => {
        try {
          await client.send(new DeregisterTaskDefinitionCommand({ taskDefinition }));
        } catch (error) {
          if (!isGone(error)) throw error;
        }
      }),
  };
}

/** ECS has no error code for a revision that is INACTIVE or deleted: only the message identifies it. */
const isGone = (error: unknown): boolean =>
  isAwsError(error, "ClientException", "InvalidParameterException") &&
  /inactive|does not exist|not found|unable to describe/i.test(error.message);

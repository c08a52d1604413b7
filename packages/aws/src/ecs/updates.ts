import { type ECSClient, StopServiceDeploymentCommand, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { RejectedError, RetryableError } from "@lockmaster/core/lib/errors.ts";
import type { ServiceUpdates } from "@lockmaster/core/ecs/ports.ts";
import { isAwsError, withTranslatedErrors } from "../lib/errors.ts";

/** Changes of ECS services. */
export function ecsUpdates(client: ECSClient): ServiceUpdates {
  return {
    async setTaskDefinition(cluster, service, taskDefinition) {
      const answer = await update(cluster, service, () =>
        client.send(new UpdateServiceCommand({ cluster, service, taskDefinition })),
      );
      const deployment = answer.service?.deployments?.find(
        (one) => one.status === "PRIMARY" && one.taskDefinition === taskDefinition,
      );
      const { attempts = 1 } = answer.$metadata;
      return {
        ...(deployment?.id !== undefined && { deploymentId: deployment.id }),
        ...(attempts > 1 && { unanswered: true }),
      };
    },
    async scaleToZero(cluster, service) {
      await update(cluster, service, () =>
        client.send(new UpdateServiceCommand({ cluster, service, desiredCount: 0 })),
      );
    },
    async rollBackDeployment(serviceDeploymentArn) {
      return withTranslatedErrors({ action: "ecs:StopServiceDeployment", resource: serviceDeploymentArn }, async () => {
        try {
          await client.send(new StopServiceDeploymentCommand({ serviceDeploymentArn, stopType: "ROLLBACK" }));
          return true;
        } catch (error) {
          if (isAwsError(error, "ConflictException")) return false;
          throw error;
        }
      });
    },
  };
}

/** @throws RejectedError SERVICE_NOT_FOUND, SERVICE_INACTIVE; RetryableError CONFLICT while too many deployments are active */
async function update<Answer>(cluster: string, service: string, send: () => Promise<Answer>): Promise<Answer> {
  const resource = `service ${service} of cluster ${cluster}`;
  return withTranslatedErrors({ action: "ecs:UpdateService", resource }, async () => {
    try {
      return await send();
    } catch (error) {
      throw translateError(error, resource);
    }
  });
}

function translateError(error: unknown, resource: string): unknown {
  if (isAwsError(error, "ServiceNotFoundException")) {
    return new RejectedError(`the ${resource} does not exist; create it or correct the configuration, then redrive`, {
      code: "SERVICE_NOT_FOUND",
      cause: error,
    });
  }
  if (isAwsError(error, "ServiceNotActiveException")) {
    return new RejectedError(
      `the ${resource} is being deleted; create it again or correct the configuration, then redrive`,
      { code: "SERVICE_INACTIVE", cause: error },
    );
  }
  // Older deployments that are still draining end without help.
  if (isAwsError(error, "InvalidParameterException") && /active deployments exist/.test(error.message)) {
    return new RetryableError(`${resource}: ${error.message}`, { code: "CONFLICT", cause: error });
  }
  return error;
}

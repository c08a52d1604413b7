import { emitDeploymentState, emitServiceAction } from "./events.ts";
import type { DeploymentRecord, EcsContext, ServiceRecord } from "./state.ts";

/** Why a deployment is IN_PROGRESS, when it is a new one. */
export function inProgress(id: string): string {
  return `ECS deployment ${id} in progress.`;
}

/** Tells EventBridge that a deployment is IN_PROGRESS, for whichever reason. */
export function announce(context: EcsContext, service: ServiceRecord, deployment: DeploymentRecord): void {
  const event = {
    eventType: "INFO",
    eventName: "SERVICE_DEPLOYMENT_IN_PROGRESS",
    reason: deployment.rolloutStateReason,
  } as const;
  emitDeploymentState(context, service, deployment, event);
  emitServiceAction(context, service, event);
}

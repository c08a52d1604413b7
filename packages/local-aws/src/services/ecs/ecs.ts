/** The local ECS: services of the deployment controller ECS, on Fargate, with all of its deployment strategies. */
import type { ImageStore, TaskEngine } from "../../engines/engine.ts";
import type { LocalService } from "../../protocol/service.ts";
import type { World } from "../../world/world.ts";
import { ecsIds } from "./arns.ts";
import { loadBalancer, type RequestService } from "./load-balancer.ts";
import { ecsOperations } from "./operations.ts";
import { createScheduler } from "./scheduler.ts";
import type { DeploymentAlarmSource, EcsContext } from "./state.ts";

export type Ecs = {
  service: LocalService;
  /** Sends an HTTP request to a service, as its clients do. */
  requestService: RequestService;
};

/**
 * @param parts.images the registry from which tasks pull their images
 * @param parts.engine runs the tasks
 * @param parts.alarms CloudWatch's alarms, which deployments can watch
 */
export function createEcs(
  world: World,
  parts: { images: ImageStore; engine: TaskEngine; alarms: DeploymentAlarmSource },
): Ecs {
  const context: EcsContext = {
    world,
    ...parts,
    ids: ecsIds(() => world.random()),
    clusters: new Map(),
    families: new Map(),
  };
  return {
    requestService: loadBalancer(context),
    service: {
      name: "ecs",
      targetPrefix: "AmazonEC2ContainerServiceV20141113",
      jsonVersion: "1.1",
      validationError: "InvalidParameterException",
      operations: ecsOperations(context, createScheduler(context)),
    },
  };
}

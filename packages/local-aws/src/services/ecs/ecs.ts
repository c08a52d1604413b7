/** Amazon ECS of the local AWS: services of the deployment controller ECS, on Fargate, with every strategy it has. */
import type { ImageStore, TaskEngine } from "../../engines/engine.ts";
import type { LocalService } from "../../protocol/service.ts";
import type { World } from "../../world/world.ts";
import { ecsIds } from "./arns.ts";
import { ecsOperations } from "./operations.ts";
import { createScheduler } from "./scheduler.ts";
import type { DeploymentAlarmSource, EcsContext } from "./state.ts";
import { visitService, type Visit } from "./visit.ts";

export type Ecs = {
  service: LocalService;
  /** What somebody gets who asks a service over HTTP. */
  visit: Visit;
};

/**
 * @param parts.images the registry from which tasks are pulled
 * @param parts.engine what really runs the tasks
 * @param parts.alarms CloudWatch's, which deployments may watch
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
    visit: visitService(context),
    service: {
      name: "ecs",
      targetPrefix: "AmazonEC2ContainerServiceV20141113",
      jsonVersion: "1.1",
      validationError: "InvalidParameterException",
      operations: ecsOperations(context, createScheduler(context)),
    },
  };
}

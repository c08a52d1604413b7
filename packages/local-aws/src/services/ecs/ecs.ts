/** The local ECS: services of the deployment controller ECS, on Fargate and EC2, with all of its deployment strategies. */
import type { ImageStore, TaskEngine } from "../../engines/engine.ts";
import type { HttpRequest } from "../../protocol/http.ts";
import type { LocalService } from "../../protocol/service.ts";
import type { World } from "../../world/world.ts";
import { ecsAccess } from "./access.ts";
import { ecsIds } from "./arns.ts";
import { ecsConstraints, refuseInEcs } from "./constraints.ts";
import { loadBalancer, probePath, probeRoute, type RequestService } from "./load-balancer.ts";
import { ecsOperations } from "./operations.ts";
import { createScheduler } from "./scheduler.ts";
import type { DeploymentAlarmSource, EcsContext } from "./state.ts";

export type Ecs = {
  service: LocalService;
  /** Sends an HTTP request to a service, as its clients do. */
  requestService: RequestService;
};

export type EcsParts = {
  /** The registry from which tasks pull their images. */
  images: ImageStore;
  /** Runs the tasks. */
  engine: TaskEngine;
  /** CloudWatch's alarms, which deployments can watch. */
  alarms: DeploymentAlarmSource;
  /** Container instances by cluster. */
  containerInstances?: EcsContext["containerInstances"];
  /** Marks the reply to a request as deliberately delayed, until the returned function is called. */
  parkReply: (request: HttpRequest) => () => void;
};

export function createEcs(world: World, { parkReply, containerInstances = {}, ...parts }: EcsParts): Ecs {
  const context: EcsContext = {
    world,
    ...parts,
    containerInstances,
    ids: ecsIds(() => world.random()),
    clusters: new Map(),
    families: new Map(),
  };
  const requestService = loadBalancer(context);
  return {
    requestService,
    service: {
      name: "ecs",
      api: {
        protocol: "json",
        targetPrefix: "AmazonEC2ContainerServiceV20141113",
        jsonVersion: "1.1",
        constraints: ecsConstraints,
        refuse: refuseInEcs,
        operations: ecsOperations(context, createScheduler(context)),
      },
      access: ecsAccess,
      routes: { [probePath]: probeRoute(requestService, parkReply) },
    },
  };
}

import { isDeepStrictEqual } from "node:util";
import type { UpdateServiceRequest, UpdateServiceResponse } from "@aws-sdk/client-ecs";
import { notInLocalAws } from "../../protocol/errors.ts";
import type { Parsed } from "../../protocol/service.ts";
import { beginDeployment } from "./begin-deployment.ts";
import { mergeConfiguration, strategyOf } from "./configuration.ts";
import { describeService } from "./describe-service.ts";
import { daemonRefuses, invalidParameter } from "./errors.ts";
import { desiredCountOfDaemon } from "./services.ts";
import { findActiveService, findCluster, launchableTaskDefinition } from "./lookup.ts";
import type { Scheduler } from "./scheduler.ts";
import type { EcsContext, ServiceRecord, Workload } from "./state.ts";
import { validateWorkload } from "./workload.ts";

const maxUnfinishedDeployments = 5;

/**
 * UpdateService: a change of the service revision's content, or `forceNewDeployment`, starts a deployment. All other
 * changes, such as the desired count, apply to the service at once.
 */
export function updateService(
  context: EcsContext,
  scheduler: Scheduler,
  input: Parsed<UpdateServiceRequest>,
): UpdateServiceResponse {
  const service = findActiveService(context, findCluster(context, input.cluster), input.service);
  if (service.workload === undefined) throw refuseOtherController(service, input);
  if (input.desiredCount !== undefined && input.desiredCount < 0) {
    throw invalidParameter("desiredCount must be 0 or more.");
  }
  if (input.desiredCount !== undefined && service.options.schedulingStrategy === "DAEMON") {
    throw daemonRefuses(desiredCountOfDaemon);
  }
  const workload = changedWorkload(context, service.workload, input);
  const configuration = mergeConfiguration(input.deploymentConfiguration, service.configuration);
  const strategy = strategyOf(configuration, workload);
  const deploys = input.forceNewDeployment === true || !sameWorkload(workload, service.workload);
  if (deploys) refuseTooManyDeployments(service);

  service.configuration = configuration;
  service.strategy = strategy;
  service.desiredCount = input.desiredCount ?? service.desiredCount;
  service.options = changedOptions(service, input);
  if (deploys) beginDeployment(context, service, workload);
  scheduler.wake(service);
  return { service: describeService(service, ["TAGS"]) };
}

function changedWorkload(context: EcsContext, current: Workload, input: Parsed<UpdateServiceRequest>): Workload {
  const { loadBalancers, networkConfiguration, platformVersion, taskDefinition } = input;
  const workload: Workload = {
    ...current,
    ...(taskDefinition === undefined
      ? {}
      : { taskDefinition: launchableTaskDefinition(context, taskDefinition).definition }),
    ...(loadBalancers === undefined ? {} : { loadBalancers }),
    ...(networkConfiguration === undefined ? {} : { networkConfiguration }),
    ...(platformVersion === undefined ? {} : { platformVersion }),
  };
  validateWorkload(context.world, workload);
  return workload;
}

function sameWorkload(one: Workload, other: Workload): boolean {
  const { taskDefinition: oneDefinition, ...oneRest } = one;
  const { taskDefinition: otherDefinition, ...otherRest } = other;
  return oneDefinition.taskDefinitionArn === otherDefinition.taskDefinitionArn && isDeepStrictEqual(oneRest, otherRest);
}

function changedOptions(service: ServiceRecord, input: Parsed<UpdateServiceRequest>): ServiceRecord["options"] {
  const { options } = service;
  return {
    ...options,
    availabilityZoneRebalancing: input.availabilityZoneRebalancing ?? options.availabilityZoneRebalancing,
    enableECSManagedTags: input.enableECSManagedTags ?? options.enableECSManagedTags,
    enableExecuteCommand: input.enableExecuteCommand ?? options.enableExecuteCommand,
    healthCheckGracePeriodSeconds: input.healthCheckGracePeriodSeconds ?? options.healthCheckGracePeriodSeconds,
    propagateTags: input.propagateTags ?? options.propagateTags,
  };
}

/** Source: aws/containers-roadmap#2836 */
function refuseTooManyDeployments(service: ServiceRecord): void {
  const unfinished = service.deployments.filter(({ rolloutState }) => rolloutState !== "COMPLETED");
  if (unfinished.length < maxUnfinishedDeployments) return;
  throw invalidParameter("5 active deployments exist, unable to create new deployment.");
}

function refuseOtherController(service: ServiceRecord, input: Parsed<UpdateServiceRequest>): Error {
  const controller = service.options.deploymentController?.type ?? "ECS";
  if (controller === "CODE_DEPLOY" && input.taskDefinition !== undefined) {
    return invalidParameter(
      "Unable to update task definition on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.",
    );
  }
  return notInLocalAws(`UpdateService for the deployment controller ${controller}`);
}

import { invalidParameter } from "./errors.ts";
import type { Workload } from "./state.ts";

/** @throws AwsError InvalidParameterException for members that contradict each other */
export function validateWorkload(workload: Workload): void {
  const { taskDefinition, launchType, loadBalancers = [], networkConfiguration } = workload;
  if (launchType === "FARGATE" && taskDefinition.compatibilities?.includes("FARGATE") !== true) {
    throw invalidParameter("Task definition does not support launch_type FARGATE.");
  }
  if (taskDefinition.networkMode === "awsvpc" && networkConfiguration?.awsvpcConfiguration === undefined) {
    throw invalidParameter("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  }
  for (const { containerName, containerPort } of loadBalancers) {
    const container = taskDefinition.containerDefinitions.find(({ name }) => name === containerName);
    if (container === undefined) {
      throw invalidParameter(`The container ${containerName} does not exist in the task definition.`);
    }
    if (container.portMappings?.some((mapping) => mapping.containerPort === containerPort) !== true) {
      throw invalidParameter(`The container ${containerName} did not have a container port ${containerPort} defined.`);
    }
  }
}

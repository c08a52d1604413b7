import type { LaunchType } from "@aws-sdk/client-ecs";
import { notInLocalAws } from "../../protocol/errors.ts";
import type { AccountRegion } from "./arns.ts";
import { invalidParameter, platformUnknown } from "./errors.ts";
import type { Workload } from "./state.ts";

/** Linux: docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-fargate.html */
const platformVersions = new Set(["LATEST", "1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0"]);
/** The clusters have no capacity providers of their own. */
const capacityProviders = new Set(["FARGATE", "FARGATE_SPOT"]);

/** @throws AwsError NotInLocalAws: clusters have container instances of the launch type EC2 only */
export function refuseLaunchType(launchType: LaunchType | undefined): void {
  if (launchType === undefined || launchType === "EC2" || launchType === "FARGATE") return;
  throw notInLocalAws(`the launch type ${launchType}`);
}

/** @throws AwsError InvalidParameterException for members that contradict each other, PlatformUnknownException */
export function validateWorkload(site: AccountRegion, workload: Workload): void {
  const { taskDefinition, launchType, loadBalancers = [], networkConfiguration, platformVersion = "LATEST" } = workload;
  if (!platformVersions.has(platformVersion)) throw platformUnknown();
  if (launchType === "EC2" && workload.platformVersion !== undefined) {
    // aws/amazon-ecs-cli#1047
    throw invalidParameter("The platform version must be null when specifying an EC2 launch type.");
  }
  const strategy = workload.capacityProviderStrategy ?? [];
  for (const { capacityProvider = "" } of strategy) {
    if (capacityProviders.has(capacityProvider)) continue;
    throw invalidParameter(`The specified capacity provider '${capacityProvider}' was not found.`);
  }
  if (strategy.filter(({ base = 0 }) => base > 0).length > 1) {
    throw invalidParameter("The specified capacity provider strategy cannot contain more than one base.");
  }
  if (launchType === "FARGATE" && taskDefinition.compatibilities?.includes("FARGATE") !== true) {
    throw invalidParameter("Task definition does not support launch_type FARGATE.");
  }
  if (taskDefinition.networkMode === "awsvpc" && networkConfiguration?.awsvpcConfiguration === undefined) {
    throw invalidParameter("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  }
  for (const { advancedConfiguration, containerName, containerPort, targetGroupArn } of loadBalancers) {
    for (const arn of [targetGroupArn, advancedConfiguration?.alternateTargetGroupArn]) {
      if (arn !== undefined) refuseForeignTargetGroup(site, arn);
    }
    const container = taskDefinition.containerDefinitions.find(({ name }) => name === containerName);
    if (container === undefined) {
      throw invalidParameter(`The container ${containerName} does not exist in the task definition.`);
    }
    if (container.portMappings?.some((mapping) => mapping.containerPort === containerPort) !== true) {
      throw invalidParameter(`The container ${containerName} did not have a container port ${containerPort} defined.`);
    }
  }
}

/** Shippable/support#4698 quotes this answer for a target group that ECS cannot find by its ARN. */
function refuseForeignTargetGroup({ region, accountId }: AccountRegion, arn: string): void {
  if (arn.startsWith(`arn:aws:elasticloadbalancing:${region}:${accountId}:targetgroup/`)) return;
  throw invalidParameter(
    "Unable to assume role and validate the specified targetGroupArn. Please verify that the ECS service role being passed has the proper permissions.",
  );
}

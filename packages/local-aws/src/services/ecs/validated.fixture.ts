import type { Validated } from "../validation.fixture.ts";

const networkConfiguration = { awsvpcConfiguration: { subnets: ["subnet-1"] } };
export const taskDefinition = {
  family: "shop",
  networkMode: "awsvpc",
  requiresCompatibilities: ["FARGATE"],
  cpu: "256",
  memory: "512",
  containerDefinitions: [{ name: "shop", image: "shop" }],
};

export const validatedEcs: Validated = {
  errors: ["InvalidParameterException", "ClientException", "PlatformUnknownException"],
  // Lifecycle hooks are not implemented.
  free: [
    "CreateService.deploymentConfiguration.lifecycleHooks.hookTargetArn",
    "CreateService.deploymentConfiguration.lifecycleHooks.roleArn",
    "UpdateService.deploymentConfiguration.lifecycleHooks.hookTargetArn",
    "UpdateService.deploymentConfiguration.lifecycleHooks.roleArn",
  ],
  decimal: ["CreateService", "UpdateService"].flatMap((operation) => [
    `${operation}.deploymentConfiguration.linearConfiguration.stepPercent`,
    `${operation}.deploymentConfiguration.canaryConfiguration.canaryPercent`,
  ]),
  setUp: [
    ["CreateCluster", {}],
    ["RegisterTaskDefinition", taskDefinition],
    ["CreateService", { serviceName: "shop", taskDefinition: "shop", desiredCount: 0, networkConfiguration }],
  ],
  absent: [
    ...[
      "CreateService",
      "DeleteService",
      "DescribeServices",
      "DescribeTasks",
      "ListServiceDeployments",
      "ListServices",
      "ListTasks",
      "RunTask",
      "StopTask",
      "UpdateService",
    ].map((operation) => [operation, { cluster: "none" }, "ClusterNotFoundException"] as const),
    ...["DeleteService", "ListServiceDeployments", "UpdateService"].map(
      (operation) => [operation, { service: "none" }, "ServiceNotFoundException"] as const,
    ),
    ["ListTasks", { serviceName: "none" }, "ServiceNotFoundException"],
    ...["CreateService", "RunTask"].flatMap((operation) => [
      [operation, { launchType: "EXTERNAL" }, "NotInLocalAws"] as const,
      [operation, { launchType: "MANAGED_INSTANCES" }, "NotInLocalAws"] as const,
    ]),
    ["StopTask", { task: "1".repeat(32) }, "InvalidParameterException"],
    ...["CreateService", "UpdateService", "RunTask", "DescribeTaskDefinition"].flatMap((operation) => [
      [operation, { taskDefinition: "none" }, "ClientException"] as const,
      [operation, { taskDefinition: "shop:2" }, "ClientException"] as const,
    ]),
    ["DeregisterTaskDefinition", { taskDefinition: "shop:2" }, "ClientException"],
    ["DeregisterTaskDefinition", { taskDefinition: "shop" }, "ClientException"],
    ["StopServiceDeployment", {}, "ServiceDeploymentNotFoundException"],
    ...["ListClusters", "ListServices", "ListTasks", "ListTaskDefinitions", "ListServiceDeployments"].map(
      (operation) => [operation, { nextToken: "none" }, "InvalidParameterException"] as const,
    ),
  ],
  valid: {
    UpdateService: { service: "shop", networkConfiguration },
    ListServiceDeployments: { service: "shop" },
    RegisterTaskDefinition: taskDefinition,
    DeregisterTaskDefinition: { taskDefinition: "shop:1" },
    CreateService: { serviceName: "blog", taskDefinition: "shop", desiredCount: 0, networkConfiguration },
    RunTask: { taskDefinition: "shop", launchType: "FARGATE", networkConfiguration },
    DescribeServiceDeployments: {
      serviceDeploymentArns: ["arn:aws:ecs:us-east-1:111122223333:service-deployment/default/shop/none"],
    },
    DescribeServiceRevisions: {
      serviceRevisionArns: ["arn:aws:ecs:us-east-1:111122223333:service-revision/default/shop/none"],
    },
    StopServiceDeployment: {
      serviceDeploymentArn: "arn:aws:ecs:us-east-1:111122223333:service-deployment/default/shop/none",
    },
  },
};

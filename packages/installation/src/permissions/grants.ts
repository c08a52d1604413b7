/** Permissions that several functions have; each function states its own reason. */
import type { Partition } from "./partitions.ts";
import type { EnvironmentSelection, Permission, Resource } from "./permission.ts";

/** Functions read the whole ledger, and write the parts of it that they are given here. */
export const readLedger = (why: string, ...operations: ("GetItem" | "Query")[]) => ({
  actions: operations.map((operation) => `dynamodb:${operation}` as const),
  on: ["ledger"] as const,
  why,
});

type WriteOperation = "PutItem" | "UpdateItem" | "DeleteItem";

export const writeLedger = (partition: Partition, why: string, ...operations: WriteOperation[]) => ({
  actions: operations.map((operation) => `dynamodb:${operation}` as const),
  on: ["ledger"] as const,
  partition,
  why,
});

/** An execution can be redriven for 14 days, with the published versions of its functions and today's role. */
export const replaceItemsOf020 = (partition: Partition) =>
  writeLedger(
    partition,
    "let executions that began under version 0.2.0 end, whose functions replace whole items",
    "PutItem",
  );

/** Task tokens have no resource level: docs.aws.amazon.com/step-functions/latest/dg/concept-create-iam-advanced.html */
export const tokens = (why: string, ...outcomes: ("Success" | "Failure")[]) =>
  ({
    actions: outcomes.map((outcome) => `states:SendTask${outcome}`),
    on: "*",
    because: "task tokens have no resource level",
    why,
  }) as const;

export const assumeRole = (environments: EnvironmentSelection) =>
  ({
    environments,
    actions: ["sts:AssumeRole"],
    on: ["environmentRoles"],
    why: "access environments in another account or region",
  }) as const;

export const describeServices = (why: string, environments: EnvironmentSelection = "all") =>
  ({ environments, actions: ["ecs:DescribeServices"], on: ["services"], why }) as const;

export const updateService = (why: string) =>
  ({ environments: "all", actions: ["ecs:UpdateService"], on: ["services"], why }) as const;

/** Services, their deployments and their revisions. */
export const observeServices = (why: string): readonly Permission[] => [
  { environments: "all", actions: ["ecs:DescribeServices", "ecs:ListServiceDeployments"], on: ["services"], why },
  {
    environments: "all",
    actions: ["ecs:DescribeServiceDeployments"],
    on: ["services", "serviceDeployments"],
    why,
  },
  { environments: "all", actions: ["ecs:DescribeServiceRevisions"], on: ["services", "serviceRevisions"], why },
];

export const describeTaskDefinitions = (why: string, environments: EnvironmentSelection = "all") =>
  ({
    environments,
    actions: ["ecs:DescribeTaskDefinition"],
    on: "*",
    because: "ECS has no resource level for it",
    why,
  }) as const;

export const listTasks = (why: string, environments: EnvironmentSelection) =>
  ({
    environments,
    actions: ["ecs:ListTasks"],
    on: "*",
    // Only a list by container instance has a resource: github.com/cdklabs/construct-hub/pull/1207
    because: "a list of a service's tasks has no resource level; the condition names the clusters",
    when: "cluster of an environment",
    why,
  }) as const;

export const tasks = (
  action: "DescribeTasks" | "StopTask" | "TagResource",
  why: string,
  environments: EnvironmentSelection,
) => ({ environments, actions: [`ecs:${action}`], on: ["tasks"], why }) as const;

export const alarms = {
  environments: "with alarms",
  actions: ["cloudwatch:DescribeAlarms"],
  on: "*",
  // docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
  because: "composite alarms are described only to callers with permission on all alarms",
  why: "read the state of the alarms that an environment names",
} as const;

/**
 * AWS documents the resource as a family with a revision, which does not exist yet when AWS authorises the call; the request has the
 * family alone. Both forms are allowed: docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
 */
export const register = (environments: EnvironmentSelection): readonly Permission[] => [
  {
    environments,
    actions: ["ecs:RegisterTaskDefinition"],
    on: ["taskDefinitionFamilies", "taskDefinitions"],
    why: "register task definitions with the release's digests",
  },
  {
    environments,
    actions: ["ecs:TagResource"],
    on: ["taskDefinitionFamilies", "taskDefinitions"],
    when: "tagged when registered",
    why: "copy the tags of the task definition that the release is made from",
  },
  {
    environments,
    actions: ["iam:PassRole"],
    on: ["taskRoles"],
    when: "passed to ECS tasks",
    why: "keep the task role and execution role of the task definition that the release is made from",
  },
];

export const containerLogs = (why: string, environments: EnvironmentSelection) =>
  ({ environments, actions: ["logs:GetLogEvents"], on: ["containerLogs"], why }) as const;

export const buildLogs = { actions: ["logs:GetLogEvents"], on: ["buildLogs"], why: "read why a build failed" } as const;

export const readImage = (
  why: string,
  ...more: ("GetDownloadUrlForLayer" | "DescribeImageScanFindings" | "PutImage")[]
) =>
  ({
    actions: ["ecr:BatchGetImage", ...more.map((action) => `ecr:${action}`)],
    on: ["imageRepositories"],
    why,
  }) as const;

export const registryAddress = {
  actions: ["ecr:DescribeRepositories"],
  on: ["imageRepositories"],
  why: "find the registry's address",
} as const;

export const githubCredentials = (why: string) =>
  ({ actions: ["secretsmanager:GetSecretValue"], on: ["githubCredentials"], why }) as const;

export const startExecution = (why: string) =>
  ({ actions: ["states:StartExecution"], on: ["stateMachine"], why }) as const;

export const describeExecution = (why: string) =>
  ({ actions: ["states:DescribeExecution"], on: ["executions"], why }) as const;

export const events = {
  actions: ["events:PutEvents"],
  on: ["eventBus"],
  when: "events of Lockmaster",
  why: "publish how a release ended",
} as const;

export const allProjects = ["buildProjects", "checkProjects"] as const;

/** A build whose id was never recorded has to be found before it can be stopped. */
export const abandonBuilds = (why: string, on: readonly Resource[] = allProjects) =>
  ({
    actions: ["codebuild:ListBuildsForProject", "codebuild:BatchGetBuilds", "codebuild:StopBuild"],
    on,
    why,
  }) as const;

export const stopChecks = [
  writeLedger("builds", "record that nothing waits for a build of a stopped check", "UpdateItem"),
  {
    actions: ["states:StopExecution"],
    on: ["executions"],
    why: "stop superseded checks of a pull request",
  },
  abandonBuilds("stop builds that only a stopped check waits for", ["checkProjects"]),
] as const;

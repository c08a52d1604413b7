/** Calls of an operator after a release of the demonstration shop, and the expected answers. */
import { expect } from "vitest";
import { commits, type Release, type Shop } from "../scenarios/shop.fixture.ts";
import type { Operation } from "./operator.fixture.ts";

/** A call, and what its answer contains. */
export type Call = readonly [operation: Operation, input: object, expected: unknown];

/** The answer of a call that fails. */
export const fails = (error: string): unknown => ({ __type: expect.stringMatching(new RegExp(`(^|#)${error}$`)) });

export const cluster = { cluster: "shop-staging" };
export const one = (members: Record<string, unknown>): unknown => expect.objectContaining(members);

/** Step Functions, after a release that succeeded. */
export function workflowCalls(shop: Shop, { executionArn, name }: Release): Call[] {
  const { stateMachineArn } = shop.rehearsal.installation;
  const machine = { stateMachineArn };
  const execution = { executionArn };
  return [
    ["states DescribeStateMachine", machine, { status: "ACTIVE", definition: expect.stringContaining("JSONata") }],
    [
      "states ListExecutions",
      { ...machine, statusFilter: "SUCCEEDED" },
      { executions: [{ executionArn, name, status: "SUCCEEDED" }] },
    ],
    ["states DescribeExecution", execution, { status: "SUCCEEDED" }],
  ];
}

/** ECS, about a service after two deployments that succeeded. */
export function serviceCalls(service: Awaited<ReturnType<Shop["describeService"]>>, taskArn: string): Call[] {
  const { currentServiceDeployment = "", taskDefinition = "" } = service;
  const revision = service.deployments?.[0] === undefined ? "" : (service.currentServiceRevisions?.[0]?.arn ?? "");
  return [
    [
      "ecs DescribeClusters",
      { clusters: ["shop-staging", "gone"] },
      {
        clusters: [{ clusterName: "shop-staging", activeServicesCount: 3, runningTasksCount: 6 }],
        failures: [{ reason: "MISSING" }],
      },
    ],
    [
      "ecs DescribeServices",
      { ...cluster, services: ["backend", "gone"] },
      {
        services: [
          { serviceName: "backend", deployments: [{ status: "PRIMARY", rolloutState: "COMPLETED", runningCount: 2 }] },
        ],
        failures: [{ reason: "MISSING" }],
      },
    ],
    [
      "ecs ListServiceDeployments",
      { ...cluster, service: "backend" },
      { serviceDeployments: [one({ status: "SUCCESSFUL" }), one({ status: "SUCCESSFUL" })] },
    ],
    [
      "ecs DescribeServiceDeployments",
      { serviceDeploymentArns: [currentServiceDeployment] },
      { serviceDeployments: [{ status: "SUCCESSFUL", targetServiceRevision: { arn: revision } }] },
    ],
    [
      "ecs DescribeServiceRevisions",
      { serviceRevisionArns: [revision] },
      { serviceRevisions: [{ taskDefinition, containerImages: [{ imageDigest: expect.stringMatching(/^sha256:/) }] }] },
    ],
    [
      "ecs DescribeTasks",
      { ...cluster, tasks: [taskArn, "0".repeat(32)] },
      {
        tasks: [{ lastStatus: "RUNNING", healthStatus: "HEALTHY", taskDefinitionArn: taskDefinition }],
        failures: [{ reason: "MISSING" }],
      },
    ],
    [
      "ecs DescribeTaskDefinition",
      { taskDefinition },
      {
        taskDefinition: {
          status: "ACTIVE",
          revision: 2,
          containerDefinitions: [{ image: expect.stringContaining("@sha256:") }],
        },
      },
    ],
    [
      "ecs ListTaskDefinitions",
      { familyPrefix: "shop-staging-backend", sort: "DESC" },
      { taskDefinitionArns: [taskDefinition, expect.stringMatching(/:1$/)] },
    ],
  ];
}

/** CodeBuild, about a build that succeeded. */
export function buildCalls(id: string): Call[] {
  const project = id.split(":")[0] ?? "";
  return [
    [
      "codebuild BatchGetBuilds",
      { ids: [id, `${project}:gone`] },
      { builds: [{ id, buildStatus: "SUCCEEDED", currentPhase: "COMPLETED" }], buildsNotFound: [`${project}:gone`] },
    ],
    ["codebuild ListProjects", {}, { projects: expect.arrayContaining([project]) }],
    [
      "codebuild BatchGetProjects",
      { names: [project, "gone"] },
      { projects: [{ name: project }], projectsNotFound: ["gone"] },
    ],
  ];
}

/** ECR. */
export function registryCalls(): Call[] {
  const backend = { repositoryName: "shop/backend" };
  const imageId = { imageTag: commits.good };
  return [
    [
      "ecr DescribeRepositories",
      { repositoryNames: ["shop/backend"] },
      { repositories: [{ repositoryName: "shop/backend", imageTagMutability: "IMMUTABLE" }] },
    ],
    [
      "ecr DescribeImages",
      { ...backend, imageIds: [imageId] },
      { imageDetails: [{ imageTags: expect.arrayContaining([commits.good]), imageSizeInBytes: expect.any(Number) }] },
    ],
    ["ecr ListImages", { ...backend, filter: { tagStatus: "UNTAGGED" } }, { imageIds: [] }],
    [
      "ecr BatchGetImage",
      { ...backend, imageIds: [imageId, { imageTag: "gone" }] },
      { images: [{ imageManifest: expect.stringContaining("layers") }], failures: [{ failureCode: "ImageNotFound" }] },
    ],
    ["ecr DescribeImageScanFindings", { ...backend, imageId }, { imageScanStatus: { status: expect.any(String) } }],
  ];
}

/** CloudWatch Logs. */
export function logCalls(): Call[] {
  const logGroupName = "/aws/lambda/lockmaster-plan-release";
  return [
    [
      "logs DescribeLogGroups",
      { logGroupNamePrefix: "/aws/lambda/lockmaster-plan" },
      { logGroups: [{ logGroupName }] },
    ],
    [
      "logs DescribeLogStreams",
      { logGroupName },
      { logStreams: [{ logStreamName: expect.stringContaining("[$LATEST]") }] },
    ],
    [
      "logs FilterLogEvents",
      { logGroupName, filterPattern: "Step" },
      { events: [{ message: expect.stringContaining("Step done") }] },
    ],
  ];
}

/** EventBridge and Secrets Manager. */
export function ruleAndSecretCalls(): Call[] {
  const secret = { SecretId: "lockmaster/github-webhook" };
  return [
    [
      "events ListRules",
      {},
      { Rules: expect.arrayContaining([one({ Name: "lockmaster-buildFinished", State: "ENABLED" })]) },
    ],
    [
      "events DescribeRule",
      { Name: "lockmaster-buildFinished" },
      { EventPattern: expect.stringContaining("aws.codebuild") },
    ],
    [
      "events ListTargetsByRule",
      { Rule: "lockmaster-buildFinished" },
      { Targets: [{ Arn: expect.stringContaining(":function:lockmaster-build-finished") }] },
    ],
    [
      "secretsmanager ListSecrets",
      {},
      { SecretList: [{ Name: "lockmaster/github-credentials" }, { Name: "lockmaster/github-webhook" }] },
    ],
    ["secretsmanager DescribeSecret", secret, { Name: "lockmaster/github-webhook" }],
    ["secretsmanager GetSecretValue", secret, { SecretString: "scenario-secret" }],
  ];
}

/** DynamoDB. */
export function tableCalls(ledgerTable: string): Call[] {
  const table = { TableName: ledgerTable };
  const values = { ":pk": { S: "acme/shop#staging" } };
  return [
    [
      "dynamodb DescribeTable",
      table,
      { Table: { TableStatus: "ACTIVE", TableArn: expect.stringContaining(":111122223333:table/") } },
    ],
    ["dynamodb Scan", { ...table, Select: "COUNT" }, { Count: expect.any(Number) }],
    [
      "dynamodb Query",
      { ...table, KeyConditionExpression: "pk = :pk", ExpressionAttributeValues: values },
      { Items: expect.arrayContaining([one({ pk: { S: "acme/shop#staging" } })]) },
    ],
  ];
}

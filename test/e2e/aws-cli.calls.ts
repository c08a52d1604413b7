/** Calls of an operator with the AWS CLI, after a release of the demonstration shop, and the expected answers. */
import { expect } from "vitest";
import { commits, type Release, type Shop } from "../scenarios/shop.fixture.ts";

/** A call, and what its answer contains. */
export type Call = readonly [command: string, args: readonly string[], expected: unknown];

/** The answer of a call that fails: the CLI's message. */
export const fails = (message: RegExp): unknown => expect.stringMatching(message);

export const cluster = ["--cluster", "shop-staging"];
const one = (members: Record<string, unknown>): unknown => expect.objectContaining(members);

/** Step Functions, after a release that succeeded. */
export function workflowCalls(shop: Shop, { executionArn, name }: Release): Call[] {
  const { stateMachineArn } = shop.rehearsal.installation;
  const machine = ["--state-machine-arn", stateMachineArn];
  const execution = ["--execution-arn", executionArn];
  return [
    [
      "stepfunctions describe-state-machine",
      machine,
      { status: "ACTIVE", definition: expect.stringContaining("JSONata") },
    ],
    [
      "stepfunctions list-executions",
      [...machine, "--status-filter", "SUCCEEDED"],
      { executions: [{ executionArn, name, status: "SUCCEEDED" }] },
    ],
    ["stepfunctions describe-execution", execution, { status: "SUCCEEDED" }],
    // The server answers in pages, which the CLI joins.
    [
      "stepfunctions get-execution-history",
      [...execution, "--reverse-order", "--page-size", "40"],
      {
        events: expect.arrayContaining([
          one({ type: "ExecutionSucceeded" }),
          one({ id: 41 }),
          one({ id: 1, type: "ExecutionStarted" }),
        ]),
      },
    ],
  ];
}

/** ECS, about a service after two deployments that succeeded. */
export function serviceCalls(service: Awaited<ReturnType<Shop["describeService"]>>, taskArn: string): Call[] {
  const { currentServiceDeployment = "", taskDefinition = "" } = service;
  const revision = service.deployments?.[0] === undefined ? "" : (service.currentServiceRevisions?.[0]?.arn ?? "");
  return [
    [
      "ecs describe-clusters",
      ["--clusters", "shop-staging", "gone"],
      {
        clusters: [{ clusterName: "shop-staging", activeServicesCount: 3, runningTasksCount: 6 }],
        failures: [{ reason: "MISSING" }],
      },
    ],
    [
      "ecs list-services",
      [...cluster, "--page-size", "2"],
      { serviceArns: expect.arrayContaining([service.serviceArn]) },
    ],
    [
      "ecs describe-services",
      [...cluster, "--services", "backend", "gone"],
      {
        services: [
          { serviceName: "backend", deployments: [{ status: "PRIMARY", rolloutState: "COMPLETED", runningCount: 2 }] },
        ],
        failures: [{ reason: "MISSING" }],
      },
    ],
    [
      "ecs list-service-deployments",
      [...cluster, "--service", "backend"],
      { serviceDeployments: [one({ status: "SUCCESSFUL" }), one({ status: "SUCCESSFUL" })] },
    ],
    [
      "ecs describe-service-deployments",
      ["--service-deployment-arns", currentServiceDeployment],
      { serviceDeployments: [{ status: "SUCCESSFUL", targetServiceRevision: { arn: revision } }] },
    ],
    [
      "ecs describe-service-revisions",
      ["--service-revision-arns", revision],
      { serviceRevisions: [{ taskDefinition, containerImages: [{ imageDigest: expect.stringMatching(/^sha256:/) }] }] },
    ],
    [
      "ecs describe-tasks",
      [...cluster, "--tasks", taskArn, "0".repeat(32)],
      {
        tasks: [{ lastStatus: "RUNNING", healthStatus: "HEALTHY", taskDefinitionArn: taskDefinition }],
        failures: [{ reason: "MISSING" }],
      },
    ],
    [
      "ecs describe-task-definition",
      ["--task-definition", taskDefinition],
      {
        taskDefinition: {
          status: "ACTIVE",
          revision: 2,
          containerDefinitions: [{ image: expect.stringContaining("@sha256:") }],
        },
      },
    ],
    [
      "ecs list-task-definitions",
      ["--family-prefix", "shop-staging-backend", "--sort", "DESC"],
      { taskDefinitionArns: [taskDefinition, expect.stringMatching(/:1$/)] },
    ],
  ];
}

/** CodeBuild, about a build that succeeded. */
export function buildCalls(id: string): Call[] {
  const project = id.split(":")[0] ?? "";
  return [
    [
      "codebuild batch-get-builds",
      ["--ids", id, `${project}:gone`],
      { builds: [{ id, buildStatus: "SUCCEEDED", currentPhase: "COMPLETED" }], buildsNotFound: [`${project}:gone`] },
    ],
    ["codebuild list-projects", [], { projects: expect.arrayContaining([project]) }],
    [
      "codebuild batch-get-projects",
      ["--names", project, "gone"],
      { projects: [{ name: project }], projectsNotFound: ["gone"] },
    ],
  ];
}

/** ECR. */
export function registryCalls(): Call[] {
  const backend = ["--repository-name", "shop/backend"];
  return [
    [
      "ecr describe-repositories",
      ["--repository-names", "shop/backend"],
      { repositories: [{ repositoryName: "shop/backend", imageTagMutability: "IMMUTABLE" }] },
    ],
    [
      "ecr describe-images",
      [...backend, "--image-ids", `imageTag=${commits.good}`],
      { imageDetails: [{ imageTags: expect.arrayContaining([commits.good]), imageSizeInBytes: expect.any(Number) }] },
    ],
    ["ecr list-images", [...backend, "--filter", "tagStatus=UNTAGGED"], { imageIds: [] }],
    [
      "ecr batch-get-image",
      [...backend, "--image-ids", `imageTag=${commits.good}`, "imageTag=gone"],
      { images: [{ imageManifest: expect.stringContaining("layers") }], failures: [{ failureCode: "ImageNotFound" }] },
    ],
    [
      "ecr describe-image-scan-findings",
      [...backend, "--image-id", `imageTag=${commits.good}`],
      { imageScanStatus: { status: expect.any(String) } },
    ],
  ];
}

/** CloudWatch Logs. */
export function logCalls(): Call[] {
  const group = ["--log-group-name", "/aws/lambda/lockmaster-plan-release"];
  return [
    [
      "logs describe-log-groups",
      ["--log-group-name-prefix", "/aws/lambda/lockmaster-plan"],
      { logGroups: [{ logGroupName: group[1] }] },
    ],
    ["logs describe-log-streams", group, { logStreams: [{ logStreamName: expect.stringContaining("[$LATEST]") }] }],
    [
      "logs filter-log-events",
      [...group, "--filter-pattern", "Step"],
      { events: [{ message: expect.stringContaining("Step done") }] },
    ],
  ];
}

/** EventBridge and Secrets Manager. */
export function ruleAndSecretCalls(): Call[] {
  const secret = ["--secret-id", "lockmaster/github-webhook"];
  return [
    [
      "events list-rules",
      [],
      { Rules: expect.arrayContaining([one({ Name: "lockmaster-buildFinished", State: "ENABLED" })]) },
    ],
    [
      "events describe-rule",
      ["--name", "lockmaster-buildFinished"],
      { EventPattern: expect.stringContaining("aws.codebuild") },
    ],
    [
      "events list-targets-by-rule",
      ["--rule", "lockmaster-buildFinished"],
      { Targets: [{ Arn: expect.stringContaining(":function:lockmaster-build-finished") }] },
    ],
    [
      "secretsmanager list-secrets",
      [],
      { SecretList: [{ Name: "lockmaster/github-credentials" }, { Name: "lockmaster/github-webhook" }] },
    ],
    ["secretsmanager describe-secret", secret, { Name: "lockmaster/github-webhook" }],
    ["secretsmanager get-secret-value", secret, { SecretString: "scenario-secret" }],
  ];
}

/** DynamoDB. */
export function tableCalls(ledgerTable: string): Call[] {
  const table = ["--table-name", ledgerTable];
  const values = JSON.stringify({ ":pk": { S: "acme/shop#staging" } });
  return [
    [
      "dynamodb describe-table",
      table,
      { Table: { TableStatus: "ACTIVE", TableArn: expect.stringContaining(":111122223333:table/") } },
    ],
    ["dynamodb scan", [...table, "--select", "COUNT"], { Count: expect.any(Number) }],
    [
      "dynamodb query",
      [...table, "--key-condition-expression", "pk = :pk", "--expression-attribute-values", values],
      { Items: expect.arrayContaining([one({ pk: { S: "acme/shop#staging" } })]) },
    ],
  ];
}

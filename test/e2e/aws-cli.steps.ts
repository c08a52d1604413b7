/** What an operator asks with the AWS CLI after a release of the demonstration shop, and looks for in the answers. */
import { expect } from "vitest";
import { commits, type Release, type Shop } from "../scenarios/shop.fixture.ts";

/** One call, and what is looked for in its answer, see also `fails`. */
export type Step = readonly [command: string, args: readonly string[], expected: unknown];

/** What the CLI says when it fails. */
export const fails = (message: RegExp): unknown => expect.stringMatching(message);

export const cluster = ["--cluster", "shop-staging"];
const one = (members: Record<string, unknown>): unknown => expect.objectContaining(members);

/** Step Functions, about a release that succeeded. */
export function workflowSteps(shop: Shop, { executionArn, name }: Release): Step[] {
  const { stateMachineArn } = shop.rehearsal.installation;
  const machine = ["--state-machine-arn", stateMachineArn];
  const execution = ["--execution-arn", executionArn];
  return [
    [
      "stepfunctions describe-state-machine",
      machine,
      { status: "ACTIVE", definition: expect.stringContaining("JSONata") },
    ],
    ["stepfunctions list-executions", machine, { executions: [{ executionArn, name, status: "SUCCEEDED" }] }],
    ["stepfunctions list-executions", [...machine, "--status-filter", "RUNNING"], { executions: [] }],
    ["stepfunctions describe-execution", execution, { status: "SUCCEEDED", redriveStatus: "NOT_REDRIVABLE" }],
    ["stepfunctions describe-execution", ["--execution-arn", `${executionArn}x`], fails(/\(ExecutionDoesNotExist\)/)],
    [
      "stepfunctions get-execution-history",
      [...execution, "--reverse-order", "--max-items", "1", "--page-size", "1"],
      { events: [{ type: "ExecutionSucceeded" }], NextToken: expect.any(String) },
    ],
    // In pages of the server's, put together by the CLI.
    [
      "stepfunctions get-execution-history",
      [...execution, "--page-size", "40"],
      { events: expect.arrayContaining([one({ id: 1, type: "ExecutionStarted" }), one({ id: 41 })]) },
    ],
    ["stepfunctions get-execution-history", [...execution, "--next-token", "made-up"], fails(/\(InvalidToken\)/)],
  ];
}

/** ECS, about a service that a release went to. */
export function serviceSteps(service: Awaited<ReturnType<Shop["describe"]>>, taskArns: readonly string[]): Step[] {
  const { currentServiceDeployment = "", taskDefinition = "" } = service;
  const [task = ""] = taskArns;
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
      "ecs list-service-deployments",
      [...cluster, "--service", "backend", "--status", "STOPPED"],
      { serviceDeployments: [] },
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
      "ecs list-tasks",
      [...cluster, "--desired-status", "STOPPED", "--service-name", "backend"],
      { taskArns: [expect.any(String), expect.any(String)] },
    ],
    [
      "ecs describe-tasks",
      [...cluster, "--tasks", task, "gone"],
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
    [
      "ecs describe-task-definition",
      ["--task-definition", "gone"],
      fails(/\(ClientException\).*Unable to describe task definition/),
    ],
  ];
}

/** CodeBuild, about builds that succeeded, newest first. */
export function buildSteps(ids: readonly string[]): Step[] {
  const [id = ""] = ids;
  const project = id.split(":")[0] ?? "";
  return [
    ["codebuild list-builds", ["--max-items", "1"], { ids: [id], NextToken: expect.any(String) }],
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
export function registrySteps(): Step[] {
  const backend = ["--repository-name", "shop/backend"];
  return [
    [
      "ecr describe-repositories",
      ["--repository-names", "shop/backend"],
      { repositories: [{ repositoryName: "shop/backend", imageTagMutability: "IMMUTABLE" }] },
    ],
    ["ecr describe-repositories", ["--repository-names", "gone"], fails(/\(RepositoryNotFoundException\)/)],
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

/** Logs, EventBridge, Secrets Manager and DynamoDB. */
export function storeSteps(shop: Shop): Step[] {
  const { ledgerTable } = shop.rehearsal.installation;
  const group = ["--log-group-name", "/aws/lambda/lockmaster-plan-release"];
  const table = ["--table-name", ledgerTable];
  const values = JSON.stringify({ ":pk": { S: "acme/shop#staging" } });
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
    [
      "logs filter-log-events",
      ["--log-group-name", "gone"],
      fails(/\(ResourceNotFoundException\).*The specified log group does not exist/),
    ],
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
    [
      "secretsmanager describe-secret",
      ["--secret-id", "lockmaster/github-webhook"],
      { Name: "lockmaster/github-webhook" },
    ],
    [
      "secretsmanager get-secret-value",
      ["--secret-id", "lockmaster/github-webhook"],
      { SecretString: "scenario-secret" },
    ],
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

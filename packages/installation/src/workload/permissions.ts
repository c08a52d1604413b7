/** Permissions of the roles of a workload's tasks. The application's owner attaches policies for what the application itself needs. */
import type { EnvironmentConfiguration, ImageConfiguration } from "@lockmaster/core/config/schema.ts";
import type { WorkloadService } from "@lockmaster/core/config/workload.ts";
import type { InstallationSite } from "../topology/names.ts";
import type { Statement } from "../permissions/policy.ts";

type TaskScope = {
  site: InstallationSite;
  service: EnvironmentConfiguration["services"][string];
  images: Readonly<Record<string, ImageConfiguration>>;
  settings: WorkloadService;
  logGroup: string;
};

/**
 * What ECS does for a task: it pulls images, reads secrets and writes the log.
 * docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
 */
export function executionStatements({ site, service, images, settings, logGroup }: TaskScope): Statement[] {
  const { partition, region, account } = site;
  const repositories = Object.values(service.containers).flatMap((image) => images[image]?.repository ?? []);
  const secrets = Object.values(settings.containers).flatMap((container) => Object.values(container.secrets));
  const allow = (actions: readonly string[], resource: Statement["Resource"]): Statement => ({
    Effect: "Allow",
    Action: actions,
    Resource: resource,
  });
  return [
    // It has no resource level; the token allows only what the role allows.
    allow(["ecr:GetAuthorizationToken"], "*"),
    allow(
      ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
      [...new Set(repositories)].map((name) => `arn:${partition}:ecr:${region}:${account}:repository/${name}`),
    ),
    allow(
      ["logs:CreateLogStream", "logs:PutLogEvents"],
      [`arn:${partition}:logs:${region}:${account}:log-group:${logGroup}:*`],
    ),
    ...(secrets.length > 0 ? [allow(["secretsmanager:GetSecretValue"], [...new Set(secrets.map(secretArn))])] : []),
  ];
}

/** Without the JSON key, version stage and version id that ECS allows after the ARN. */
const secretArn = (reference: string): string => reference.split(":").slice(0, 7).join(":");

/** Permissions of the OpenTelemetry collector: aws-otel.github.io/docs/setup/permissions */
export function collectorStatements({ partition, region, account }: InstallationSite): Statement[] {
  const metrics = `arn:${partition}:logs:${region}:${account}:log-group:/aws/ecs/application/metrics`;
  return [
    {
      Effect: "Allow",
      Action: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
      Resource: [metrics, `${metrics}:*`],
    },
    {
      Effect: "Allow",
      // X-Ray has no resource level for traces.
      Action: [
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
        "xray:GetSamplingStatisticSummaries",
      ],
      Resource: "*",
    },
  ];
}

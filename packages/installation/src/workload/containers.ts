/** Container definitions of a workload's task definitions. */
import type { EnvironmentConfiguration } from "@lockmaster/core/config/schema.ts";
import type { WorkloadContainer, WorkloadService } from "@lockmaster/core/config/workload.ts";

type ContainersInput = {
  service: EnvironmentConfiguration["services"][string];
  settings: WorkloadService;
  telemetry: boolean;
  logGroup: string;
  region: string;
};

const noSettings: WorkloadContainer = { environment: {}, secrets: {} };

/** Placeholder until the first image exists: docs.aws.amazon.com/AmazonECR/latest/public/docker-official-images.html */
const placeholder = "public.ecr.aws/docker/library/busybox:stable";

/** docs.aws.amazon.com/AmazonECS/latest/developerguide/trace-data.html */
const collector = "public.ecr.aws/aws-observability/aws-otel-collector:v0.48.0";

/**
 * The template that releases are made from: everything except the images, which are a placeholder.
 */
export function templateContainers(input: ContainersInput): object[] {
  const { service, settings, telemetry } = input;
  const containers = Object.keys(service.containers).map((name) => {
    const { environment, secrets, healthCheck } = settings.containers[name] ?? noSettings;
    const variables = telemetry
      ? { OTEL_EXPORTER_OTLP_ENDPOINT: "http://localhost:4318", ...environment }
      : environment;
    return {
      ...container(name, placeholder, input),
      environment: Object.entries(variables).map(([key, value]) => ({ name: key, value })),
      secrets: Object.entries(secrets).map(([key, valueFrom]) => ({ name: key, valueFrom })),
      ...(healthCheck !== undefined && {
        healthCheck: { command: healthCheck, interval: 10, timeout: 5, retries: 3, startPeriod: 30 },
      }),
    };
  });
  return telemetry ? [...containers, sidecar(input)] : containers;
}

/**
 * What the service runs before its first release: idle, healthy containers. ECS completes their deployment, so that a failed first
 * release has a rollback target.
 */
export function firstContainers(input: ContainersInput): object[] {
  return Object.keys(input.service.containers).map((name) => ({
    ...container(name, placeholder, input),
    command: ["sh", "-c", idle(name, input.settings)],
  }));
}

/** Answers the load balancer's health check and nothing else. */
function idle(name: string, { route, containers }: WorkloadService): string {
  const port = containers[name]?.port;
  if (port === undefined) return "exec sleep 2147483647";
  const answer = `/tmp/www${route?.healthPath ?? "/"}`;
  const file = answer.endsWith("/") ? `${answer}index.html` : answer;
  const folder = file.slice(0, file.lastIndexOf("/"));
  return `mkdir -p ${folder} && echo 'No release has been deployed yet.' > ${file} && exec httpd -f -p ${port} -h /tmp/www`;
}

function container(name: string, image: string, { settings, logGroup, region }: ContainersInput): object {
  const port = settings.containers[name]?.port;
  return {
    name,
    image,
    essential: true,
    // Service Connect refers to the port by name.
    portMappings: port === undefined ? [] : [{ containerPort: port, hostPort: port, protocol: "tcp", name }],
    linuxParameters: { initProcessEnabled: true },
    logConfiguration: logConfiguration(logGroup, region),
  };
}

function sidecar({ logGroup, region }: ContainersInput): object {
  return {
    name: "otel-collector",
    image: collector,
    // Failing telemetry must not stop the application.
    essential: false,
    command: ["--config=/etc/ecs/ecs-default-config.yaml"],
    logConfiguration: logConfiguration(logGroup, region),
  };
}

const logConfiguration = (group: string, region: string) => ({
  logDriver: "awslogs",
  options: {
    "awslogs-group": group,
    "awslogs-region": region,
    "awslogs-stream-prefix": "ecs",
    // A log that cannot be written must not stop the application.
    mode: "non-blocking",
    "max-buffer-size": "10m",
  },
});

/** RegisterTaskDefinition: validation, and the members that ECS adds. */
import type { Attribute, Compatibility, ContainerDefinition, RegisterTaskDefinitionRequest } from "@aws-sdk/client-ecs";
import { AwsError } from "../../protocol/errors.ts";
import { clientError, invalidParameter } from "./errors.ts";

const namePattern = /^[A-Za-z0-9_-]{1,255}$/;
const gib = 1024;

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size */
const fargateSizes: Readonly<Record<string, { from: number; to: number; step: number }>> = {
  "256": { from: 512, to: 2 * gib, step: 512 },
  "512": { from: gib, to: 4 * gib, step: gib },
  "1024": { from: 2 * gib, to: 8 * gib, step: gib },
  "2048": { from: 4 * gib, to: 16 * gib, step: gib },
  "4096": { from: 8 * gib, to: 30 * gib, step: gib },
  "8192": { from: 16 * gib, to: 60 * gib, step: 4 * gib },
  "16384": { from: 32 * gib, to: 120 * gib, step: 8 * gib },
};

/** docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html: "Task definition size". */
const maxDefinitionBytes = 65_536;

/** @throws AwsError ClientException, AccessDeniedException, InvalidParameterException */
export function validateTaskDefinition(input: RegisterTaskDefinitionRequest, site: { accountId: string }): void {
  if (!input.family) throw clientError("Family should not be null or empty.");
  if (!namePattern.test(input.family)) throw clientError("Family contains invalid characters.");
  const containers = input.containerDefinitions ?? [];
  if (containers.length === 0) throw clientError("Container list cannot be empty.");
  for (const container of containers) validateContainer(container, input);
  if (new Set(containers.map(({ name }) => name)).size < containers.length) {
    throw clientError("Container names must be unique within a task definition.");
  }
  if (!containers.some(({ essential }) => essential ?? true)) {
    throw clientError("At least one container of a task definition must be essential.");
  }
  const bytes = Buffer.byteLength(JSON.stringify(input));
  if (bytes > maxDefinitionBytes) {
    throw clientError(`Actual length: '${bytes}'. Max allowed length is '${maxDefinitionBytes}' bytes.`);
  }
  for (const role of [input.taskRoleArn, input.executionRoleArn]) if (role) checkRole(site, role);
  for (const { valueFrom = "" } of containers.flatMap(({ secrets = [] }) => secrets)) checkParameter(site, valueFrom);
  if (input.requiresCompatibilities?.includes("FARGATE") === true) validateForFargate(input);
}

/** A role by its ARN, or by its name. @throws AwsError ClientException, AccessDeniedException */
export function checkRole({ accountId }: { accountId: string }, role: string): void {
  if (!role.startsWith("arn:") && /^[\w+=,.@-]{1,64}$/.test(role)) return;
  const [, ofAccount] = /^arn:aws:iam::(\d{12}):role\/[\w+=,.@/-]{1,512}$/.exec(role) ?? [];
  if (ofAccount === undefined) throw clientError("Role is not valid");
  if (ofAccount === accountId) return;
  throw new AwsError("AccessDeniedException", "Cross-account pass role is not allowed.");
}

/** awsdocs/amazon-ecs-developer-guide#167 quotes this answer. Secrets of Secrets Manager may be in other accounts. */
function checkParameter({ accountId }: { accountId: string }, valueFrom: string): void {
  const [, ofAccount] = /^arn:aws:ssm:[^:]*:([^:]*):/.exec(valueFrom) ?? [];
  if (ofAccount === undefined || ofAccount === accountId) return;
  throw clientError(
    `The Systems Manager parameter ARN has a different account ID than the current account. The current account ID is ${accountId} and the ARN account ID is ${ofAccount}. Cross-account access for ARNs is not currently supported.`,
  );
}

/** CPU units or vCPUs (`1024`, `1 vCPU`), MiB or GB (`2048`, `2 GB`), as ECS stores them. @throws AwsError InvalidParameterException */
export function taskSize({ cpu, memory }: { cpu?: string | undefined; memory?: string | undefined }) {
  return {
    ...(cpu !== undefined && { cpu: units(cpu, /^([\d.]+)\s*vcpu$/i, "cpu") }),
    ...(memory !== undefined && { memory: units(memory, /^([\d.]+)\s*gb$/i, "memory") }),
  };
}

function units(value: string, inUnit: RegExp, member: string): string {
  const [, amount] = inUnit.exec(value.trim()) ?? [];
  const units = amount === undefined ? value.trim() : String(Number(amount) * 1024);
  if (/^\d{1,7}$/.test(units)) return units;
  // oranmoshai/ecsServiceRestart#2 quotes this answer.
  throw invalidParameter(`Invalid '${member}' setting for task.`);
}

function validateContainer(container: ContainerDefinition, task: RegisterTaskDefinitionRequest): void {
  if (!container.name) throw clientError("Container.name should not be null or empty.");
  if (!namePattern.test(container.name)) throw clientError("Container.name contains invalid characters.");
  if (!container.image) throw clientError("Container.image should not be null or empty.");
  if (task.memory === undefined && container.memory === undefined && container.memoryReservation === undefined) {
    throw clientError(
      `Invalid setting for container '${container.name}'. At least one of 'memory' or 'memoryReservation' must be specified.`,
    );
  }
  const log = container.logConfiguration;
  if (log?.logDriver === "awslogs" && (!log.options?.["awslogs-region"] || !log.options["awslogs-group"])) {
    throw clientError("Log driver awslogs requires options: awslogs-region, awslogs-group.");
  }
}

function validateForFargate(input: RegisterTaskDefinitionRequest): void {
  if (input.networkMode !== "awsvpc") throw clientError("Fargate only supports network mode ‘awsvpc’.");
  if (input.cpu === undefined) throw clientError("Fargate requires that 'cpu' be defined at the task level.");
  if (input.memory === undefined) throw clientError("Fargate requires that 'memory' be defined at the task level.");
  if (!isFargateSize(input.cpu, input.memory)) throw clientError("No Fargate configuration exists for given values.");
  if (input.executionRoleArn !== undefined) return;
  const containers = input.containerDefinitions ?? [];
  if (containers.some(({ logConfiguration }) => logConfiguration?.logDriver === "awslogs")) {
    throw clientError("Fargate requires task definition to have execution role ARN to support log driver awslogs.");
  }
  if (containers.some(({ image }) => isEcr(image))) {
    throw clientError("Fargate requires task definition to have execution role ARN to support ECR images.");
  }
}

/** Whether Fargate has tasks of this size. */
export function isFargateSize(cpu: string | undefined, memory: string | undefined): boolean {
  const mib = Number(memory);
  const size = fargateSizes[cpu ?? ""];
  if (size === undefined || (cpu === "256" && mib === 1536)) return false;
  return mib >= size.from && mib <= size.to && (mib - size.from) % size.step === 0;
}

function isEcr(image: string | undefined): boolean {
  return /\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com\//.test(image ?? "");
}

/** The container definition as sent, completed with ECS's defaults. */
export function completeContainer(
  container: ContainerDefinition,
  networkMode: string | undefined,
): ContainerDefinition {
  return {
    cpu: 0,
    essential: true,
    environment: [],
    mountPoints: [],
    volumesFrom: [],
    systemControls: [],
    ...container,
    ...(container.healthCheck === undefined
      ? {}
      : { healthCheck: { interval: 30, timeout: 5, retries: 3, ...container.healthCheck } }),
    portMappings: (container.portMappings ?? []).map((mapping) => ({
      protocol: "tcp",
      ...(networkMode === "awsvpc" && mapping.containerPort !== undefined ? { hostPort: mapping.containerPort } : {}),
      ...mapping,
    })),
  };
}

/** FARGATE requires the network mode awsvpc and must be requested; EC2 is always compatible. */
export function compatibilitiesOf(input: RegisterTaskDefinitionRequest): Compatibility[] {
  return input.networkMode === "awsvpc" && input.requiresCompatibilities?.includes("FARGATE") === true
    ? ["EC2", "FARGATE"]
    : ["EC2"];
}

/** The attributes that ECS derives from the definition. Callers cannot set them. */
export function attributesOf(input: RegisterTaskDefinitionRequest): Attribute[] {
  const containers = input.containerDefinitions ?? [];
  const names = ["com.amazonaws.ecs.capability.docker-remote-api.1.18"];
  if (containers.some(({ image }) => isEcr(image))) names.push("com.amazonaws.ecs.capability.ecr-auth");
  if (containers.some(({ logConfiguration }) => logConfiguration?.logDriver === "awslogs")) {
    names.push("com.amazonaws.ecs.capability.logging-driver.awslogs");
  }
  if (containers.some(({ healthCheck }) => healthCheck !== undefined)) {
    names.push("ecs.capability.container-health-check");
  }
  if (input.taskRoleArn !== undefined) names.push("com.amazonaws.ecs.capability.task-iam-role");
  if (input.networkMode === "awsvpc") names.push("ecs.capability.task-eni");
  return names.map((name) => ({ name }));
}

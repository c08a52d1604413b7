/**
 * How requests refer to resources: by name or by ARN. ECS checks every part of an ARN. Sources of its answers:
 * `Invalid Region in ARN` aws/aws-cli#3175; `Identifier is for … Your accountId is …`
 * aws-actions/amazon-ecs-deploy-task-definition#261; `Identifier is for cluster …` aws/aws-toolkit-vscode#2915;
 * `Unsupported resource type` aws/aws-cli#7875; `Service Identifier is invalid` mightyguava/ecsq#9; `… must match …`
 * awslabs/amazon-ecs-nodejs-microservices#18; `length should be one of` aws/aws-cli#10057; `Invalid revision number`
 * hashicorp/terraform-provider-aws#30313. ECS's answer to another partition or service in an ARN is not known.
 */
import type { AccountRegion } from "./arns.ts";
import { invalidParameter } from "./errors.ts";

type Kind = "cluster" | "service" | "task" | "task-definition" | "service-deployment" | "service-revision";

/** The path of an ARN after its type, or undefined for a name. @throws AwsError InvalidParameterException */
function pathInArn({ region, accountId }: AccountRegion, kind: Kind, reference: string): string[] | undefined {
  if (!reference.startsWith("arn:")) return undefined;
  const [, partition, service, ofRegion, ofAccount, ...rest] = reference.split(":");
  const [type = "", ...path] = rest.join(":").split("/");
  if (partition !== "aws" || service !== "ecs" || path.length === 0 || path.includes("")) throw invalid(kind);
  if (ofRegion !== region) throw invalidParameter("Invalid Region in ARN");
  if (ofAccount !== accountId) {
    throw invalidParameter(`Identifier is for ${ofAccount}. Your accountId is ${accountId}`);
  }
  if (type === kind) return path;
  throw kind === "task" ? invalidParameter(`Unsupported resource type: ${type}`) : invalid(kind);
}

function invalid(kind: Kind): Error {
  return invalidParameter(`${labels[kind]} Identifier is invalid`);
}

const labels: Readonly<Record<Kind, string>> = {
  cluster: "Cluster",
  service: "Service",
  task: "Task",
  "task-definition": "TaskDefinition",
  "service-deployment": "ServiceDeployment",
  "service-revision": "ServiceRevision",
};

const name = /^[a-zA-Z0-9\-_]{1,255}$/;

function checkName(kind: Kind, value: string): string {
  if (value === "") throw invalidParameter(`${labels[kind]} can not be blank.`);
  if (!name.test(value)) throw invalidParameter(`${labels[kind]} must match ${name.source}, but was ${value}`);
  return value;
}

/** The name of the cluster in `name` or its ARN. @throws AwsError InvalidParameterException */
export function clusterNameIn(site: AccountRegion, reference: string): string {
  const path = pathInArn(site, "cluster", reference) ?? [reference];
  if (path.length !== 1) throw invalid("cluster");
  return checkName("cluster", path[0] ?? "");
}

/**
 * The name of a service of the cluster in `name`, `cluster/name` (aws/containers-roadmap#2223) or an ARN of either format.
 *
 * @throws AwsError InvalidParameterException, also for a service of another cluster
 */
export function serviceNameIn(site: AccountRegion, cluster: string, reference: string): string {
  return nameWithin(cluster, "service", pathInArn(site, "service", reference) ?? reference.split("/"));
}

/**
 * The id of a task of the cluster in `id` or an ARN of either format.
 *
 * @throws AwsError InvalidParameterException, also for a task of another cluster
 */
export function taskIdIn(site: AccountRegion, cluster: string, reference: string): string {
  const id = nameWithin(cluster, "task", pathInArn(site, "task", reference) ?? [reference]);
  if (id.length !== 32 && id.length !== 36) throw invalidParameter("taskId length should be one of [32,36]");
  return id;
}

function nameWithin(cluster: string, kind: "service" | "task", path: readonly string[]): string {
  if (path.length > 2) throw invalid(kind);
  const last = checkName(kind, path.at(-1) ?? "");
  const of = path.length === 2 ? path[0] : undefined;
  if (of === undefined || of === cluster) return last;
  throw invalidParameter(`Invalid identifier: Identifier is for cluster ${of}. Your cluster is ${cluster}`);
}

/** The cluster in a service's ARN. */
export function clusterNameInServiceArn(site: AccountRegion, reference: string): string | undefined {
  const path = pathInArn(site, "service", reference);
  return path?.length === 2 ? path[0] : undefined;
}

/**
 * The parts of `family`, `family:revision` or the ARN of a task definition.
 *
 * @throws AwsError InvalidParameterException
 */
export function taskDefinitionIn(site: AccountRegion, reference: string): { family: string; revision?: number } {
  const path = pathInArn(site, "task-definition", reference) ?? [reference];
  const [family = "", revision, ...rest] = path.join("/").split(":");
  checkName("task-definition", family);
  if (revision === undefined) return { family };
  if (!/^[1-9]\d{0,9}$/.test(revision) || rest.length > 0) throw invalidParameter("Invalid revision number.");
  return { family, revision: Number(revision) };
}

/**
 * Cluster and service in the ARN of a service deployment or revision.
 *
 * @throws AwsError InvalidParameterException
 */
export function ownerIn(
  site: AccountRegion,
  kind: "service-deployment" | "service-revision",
  arn: string,
): { cluster: string; service: string } {
  const [cluster, service, id, ...rest] = pathInArn(site, kind, arn) ?? [];
  if (cluster === undefined || service === undefined || id === undefined || rest.length > 0) throw invalid(kind);
  return { cluster, service };
}

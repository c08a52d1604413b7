import { isDeepStrictEqual } from "node:util";
import type {
  CreateServiceRequest,
  CreateServiceResponse,
  DeleteServiceRequest,
  DeleteServiceResponse,
  DescribeServicesRequest,
  DescribeServicesResponse,
  ListServicesRequest,
  ListServicesResponse,
} from "@aws-sdk/client-ecs";
import type { Call, Parsed } from "../../protocol/service.ts";
import { ecsArn } from "./arns.ts";
import { beginDeployment } from "./begin-deployment.ts";
import { daemonDefaults, mergeConfiguration, strategyOf } from "./configuration.ts";
import { instancesOf } from "./container-instances.ts";
import { describeService } from "./describe-service.ts";
import { daemonRefuses, invalidParameter } from "./errors.ts";
import { findActiveService, findCluster, launchableTaskDefinition } from "./lookup.ts";
import { ecsPage } from "./pages.ts";
import { principalOf } from "../../protocol/principal.ts";
import { serviceNameIn } from "./references.ts";
import type { Scheduler } from "./scheduler.ts";
import { aliveTasks, type EcsContext, type ServiceRecord, type Workload } from "./state.ts";
import { refuseLaunchType, validateWorkload } from "./workload.ts";

const namePattern = /^[A-Za-z0-9_-]{1,255}$/;
const maxDescribed = 10;

/** CreateService. A service of another controller than ECS can be created and described, but never runs tasks. */
export function createService(
  context: EcsContext,
  scheduler: Scheduler,
  input: Parsed<CreateServiceRequest>,
  call: Call,
): CreateServiceResponse {
  const cluster = findCluster(context, input.cluster);
  const { serviceName: name } = input;
  if (!namePattern.test(name)) throw invalidParameter("Invalid service name.");
  const existing = cluster.services.get(name);
  if (existing?.status === "ACTIVE") {
    if (!isRepetition(existing, input)) throw invalidParameter("Creation of service was not idempotent.");
    return { service: describeService(existing, ["TAGS"]) };
  }
  if (existing?.status === "DRAINING") throw invalidParameter("Unable to Start a service that is still Draining.");
  const isDaemon = input.schedulingStrategy === "DAEMON";
  if (isDaemon) refuseForDaemon(input);
  // A daemon runs one task on each instance.
  const desiredCount = isDaemon ? instancesOf(context, cluster).length : input.desiredCount;
  if (desiredCount === undefined || desiredCount < 0) throw invalidParameter("desiredCount must be 0 or more.");

  const controller = input.deploymentController?.type ?? "ECS";
  const workload = controller === "ECS" ? newWorkload(context, input) : undefined;
  const configuration = mergeConfiguration(input.deploymentConfiguration, isDaemon ? daemonDefaults : undefined);
  const service: ServiceRecord = {
    cluster,
    name,
    arn: ecsArn(context.world, `service/${cluster.name}/${name}`),
    createdAt: context.world.clock.now(),
    createdBy: principalOf(context.world, call.caller).arn,
    creation: input,
    status: "ACTIVE",
    desiredCount,
    workload,
    options: input,
    configuration,
    strategy: strategyOf(configuration, workload),
    tags: input.tags ?? [],
    deployments: [],
    serviceDeployments: [],
    revisions: [],
    events: [],
    tasks: new Set(),
    steady: false,
    wake: undefined,
  };
  cluster.services.set(name, service);
  if (workload !== undefined) {
    beginDeployment(context, service, workload);
    scheduler.wake(service);
  }
  return { service: describeService(service, ["TAGS"]) };
}

/** docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html */
const isRepetition = ({ creation }: ServiceRecord, input: Parsed<CreateServiceRequest>): boolean =>
  input.clientToken !== undefined && isDeepStrictEqual(creation, input);

export const desiredCountOfDaemon = "a desired count for services. Remove the desired count value and try again";

function refuseForDaemon({
  capacityProviderStrategy = [],
  deploymentConfiguration,
  desiredCount,
  launchType,
  placementStrategy = [],
}: Parsed<CreateServiceRequest>): void {
  if (desiredCount !== undefined) throw daemonRefuses(desiredCountOfDaemon);
  if (launchType === "FARGATE") throw daemonRefuses("the FARGATE launch type");
  if (capacityProviderStrategy.length > 0) throw daemonRefuses("capacity providers");
  if (placementStrategy.length > 0) throw daemonRefuses("placement strategies");
  if ((deploymentConfiguration?.maximumPercent ?? 100) > 100) {
    throw daemonRefuses("values above 100 for maximumPercent");
  }
}

function newWorkload(context: EcsContext, input: Parsed<CreateServiceRequest>): Workload {
  const { definition } = launchableTaskDefinition(context, input.taskDefinition);
  const { capacityProviderStrategy, launchType, loadBalancers, networkConfiguration, platformVersion } = input;
  refuseLaunchType(launchType);
  const [provider] = capacityProviderStrategy ?? [];
  const onFargate = provider?.capacityProvider?.startsWith("FARGATE") === true;
  // EC2 unless the request says otherwise: docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
  const type = launchType ?? (onFargate ? "FARGATE" : "EC2");
  const workload: Workload = {
    taskDefinition: definition,
    launchType: type,
    ...(type === "FARGATE" && { platformVersion: "1.4.0" }),
    ...(platformVersion !== undefined && { platformVersion }),
    ...(capacityProviderStrategy === undefined || capacityProviderStrategy.length === 0
      ? {}
      : { capacityProviderStrategy }),
    ...(loadBalancers === undefined ? {} : { loadBalancers }),
    ...(networkConfiguration === undefined ? {} : { networkConfiguration }),
  };
  validateWorkload(context.world, workload);
  return workload;
}

export function describeServices(
  context: EcsContext,
  input: Parsed<DescribeServicesRequest>,
): DescribeServicesResponse {
  const cluster = findCluster(context, input.cluster);
  if (input.services.length === 0) throw invalidParameter("Services cannot be empty.");
  if (input.services.length > maxDescribed) throw invalidParameter("service names can have at most 10 items.");
  const services: NonNullable<DescribeServicesResponse["services"]> = [];
  const failures: NonNullable<DescribeServicesResponse["failures"]> = [];
  for (const reference of input.services) {
    const name = serviceNameIn(context.world, cluster.name, reference);
    const service = cluster.services.get(name);
    if (service === undefined) {
      failures.push({ arn: ecsArn(context.world, `service/${cluster.name}/${name}`), reason: "MISSING" });
    } else {
      services.push(describeService(service, input.include ?? []));
    }
  }
  return { services, failures };
}

export function listServices(context: EcsContext, input: Parsed<ListServicesRequest>): ListServicesResponse {
  const cluster = findCluster(context, input.cluster);
  const arns = [...cluster.services.values()]
    .filter(({ status }) => status !== "INACTIVE")
    .filter(({ workload }) => input.launchType === undefined || workload?.launchType === input.launchType)
    .map(({ arn }) => arn);
  const page = ecsPage(arns, input, { max: 100, default: 10 });
  return { serviceArns: page.items, nextToken: page.nextToken };
}

/** DeleteService: the service is DRAINING until its last task is gone, then INACTIVE, and its name can be used again. */
export function deleteService(
  context: EcsContext,
  scheduler: Scheduler,
  input: Parsed<DeleteServiceRequest>,
): DeleteServiceResponse {
  const service = findActiveService(context, findCluster(context, input.cluster), input.service);
  if (input.force !== true && (service.desiredCount > 0 || aliveTasks(service).length > 0)) {
    throw invalidParameter("The service cannot be stopped while it is scaled above 0.");
  }
  service.desiredCount = 0;
  service.status = service.workload === undefined ? "INACTIVE" : "DRAINING";
  scheduler.wake(service);
  return { service: describeService(service, []) };
}

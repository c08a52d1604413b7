import type {
  DescribeServiceDeploymentsRequest,
  DescribeServiceDeploymentsResponse,
  DescribeServiceRevisionsRequest,
  DescribeServiceRevisionsResponse,
  ListServiceDeploymentsRequest,
  ListServiceDeploymentsResponse,
  ServiceDeployment,
  ServiceRevision,
  StopServiceDeploymentRequest,
  StopServiceDeploymentResponse,
} from "@aws-sdk/client-ecs";
import { notInLocalAws } from "../../protocol/errors.ts";
import type { Parsed } from "../../protocol/service.ts";
import { breakerThreshold } from "./circuit-breaker.ts";
import { date } from "./dates.ts";
import { describeWorkload, summarizeRevision } from "./describe-service.ts";
import { conflict, invalidParameter, serviceDeploymentNotFound } from "./errors.ts";
import { findCluster, findService } from "./lookup.ts";
import { ecsPage } from "./pages.ts";
import { clusterNameInServiceArn, ownerIn } from "./references.ts";
import { isOngoing, rollbackTarget } from "./rollout.ts";
import type { Scheduler } from "./scheduler.ts";
import { trafficWeights } from "./shift-traffic.ts";
import type { EcsContext, ServiceDeploymentRecord, ServiceRecord, ServiceRevisionRecord } from "./state.ts";

const maxDescribed = 20;

/** ListServiceDeployments: newest first. */
export function listServiceDeployments(
  context: EcsContext,
  input: Parsed<ListServiceDeploymentsRequest>,
): ListServiceDeploymentsResponse {
  const clusterName = input.cluster ?? clusterNameInServiceArn(context.world, input.service);
  const service = findService(context, findCluster(context, clusterName), input.service);
  const { after, before } = input.createdAt ?? {};
  const matching = service.serviceDeployments.filter(
    ({ createdAt, status }) =>
      (input.status === undefined || input.status.length === 0 || input.status.includes(status)) &&
      (after === undefined || createdAt > after.getTime()) &&
      (before === undefined || createdAt < before.getTime()),
  );
  const page = ecsPage(matching, input, { max: 100, default: 20 });
  return {
    serviceDeployments: page.items.map((one) => ({
      serviceDeploymentArn: one.arn,
      serviceArn: service.arn,
      clusterArn: service.cluster.arn,
      createdAt: date(one.createdAt),
      startedAt: date(one.startedAt),
      finishedAt: date(one.finishedAt),
      targetServiceRevisionArn: one.target.arn,
      status: one.status,
      statusReason: one.statusReason,
    })),
    nextToken: page.nextToken,
  };
}

export function describeServiceDeployments(
  context: EcsContext,
  input: Parsed<DescribeServiceDeploymentsRequest>,
): DescribeServiceDeploymentsResponse {
  const { found, failures } = findAll(input.serviceDeploymentArns, (arn) => findDeployment(context, arn));
  return { serviceDeployments: found.map(({ service, item }) => describe(service, item)), failures };
}

export function describeServiceRevisions(
  context: EcsContext,
  input: Parsed<DescribeServiceRevisionsRequest>,
): DescribeServiceRevisionsResponse {
  const { found, failures } = findAll(input.serviceRevisionArns, (arn) =>
    findOwned(context, "service-revision", arn, ({ revisions }) => revisions),
  );
  return { serviceRevisions: found.map(({ service, item }) => describeRevision(service, item)), failures };
}

/** StopServiceDeployment with ROLLBACK: rolls back to the last COMPLETED deployment, whether or not a rollback is configured. */
export function stopServiceDeployment(
  context: EcsContext,
  scheduler: Scheduler,
  input: Parsed<StopServiceDeploymentRequest>,
): StopServiceDeploymentResponse {
  const { stopType = "ROLLBACK", serviceDeploymentArn } = input;
  if (stopType !== "ROLLBACK") throw invalidParameter("Only the stop type ROLLBACK is supported.");
  const found = findDeployment(context, serviceDeploymentArn);
  if (found === undefined) throw serviceDeploymentNotFound();
  const { service, item } = found;
  if (!isOngoing(item)) {
    throw conflict(`The service deployment is in the state ${item.status} and cannot be stopped.`, [item.arn]);
  }
  if (item.status === "PENDING" || item.status === "IN_PROGRESS") {
    if (rollbackTarget(service) === undefined) {
      throw notInLocalAws("StopServiceDeployment for a service without an earlier COMPLETED deployment");
    }
    item.status = "ROLLBACK_REQUESTED";
    item.updatedAt = context.world.clock.now();
    scheduler.wake(service);
  }
  return { serviceDeploymentArn: item.arn };
}

type Owned<T> = { service: ServiceRecord; item: T };

function findAll<T>(arns: readonly string[], find: (arn: string) => T | undefined) {
  if (arns.length === 0 || arns.length > maxDescribed) {
    throw invalidParameter(`Between 1 and ${maxDescribed} ARNs must be given.`);
  }
  const found: T[] = [];
  const failures: { arn: string; reason: string }[] = [];
  for (const arn of arns) {
    const item = find(arn);
    if (item === undefined) failures.push({ arn, reason: "MISSING" });
    else found.push(item);
  }
  return { found, failures };
}

function findDeployment(context: EcsContext, arn: string): Owned<ServiceDeploymentRecord> | undefined {
  return findOwned(context, "service-deployment", arn, ({ serviceDeployments }) => serviceDeployments);
}

/** @throws AwsError InvalidParameterException */
function findOwned<T extends { arn: string }>(
  context: EcsContext,
  kind: "service-deployment" | "service-revision",
  arn: string,
  of: (service: ServiceRecord) => readonly T[],
): Owned<T> | undefined {
  const owner = ownerIn(context.world, kind, arn);
  const service = context.clusters.get(owner.cluster)?.services.get(owner.service);
  const item = service === undefined ? undefined : of(service).find((one) => one.arn === arn);
  return service === undefined || item === undefined ? undefined : { service, item };
}

function describe(service: ServiceRecord, one: ServiceDeploymentRecord): ServiceDeployment {
  const { alarms, breaker, rollback, shift } = one;
  return {
    serviceDeploymentArn: one.arn,
    serviceArn: service.arn,
    clusterArn: service.cluster.arn,
    createdAt: date(one.createdAt),
    startedAt: date(one.startedAt),
    finishedAt: date(one.finishedAt),
    stoppedAt: date(one.stoppedAt),
    updatedAt: date(one.updatedAt),
    sourceServiceRevisions: one.sources.map((revision) => describeShare(service, one, revision)),
    targetServiceRevision: describeShare(service, one, one.target),
    status: one.status,
    statusReason: one.statusReason,
    lifecycleStage: shift?.progress.stage,
    deploymentConfiguration: service.configuration,
    alarms: { status: alarms.status, alarmNames: alarms.names, triggeredAlarmNames: alarms.triggered },
    rollback:
      rollback === undefined
        ? undefined
        : { reason: rollback.reason, startedAt: date(rollback.startedAt), serviceRevisionArn: rollback.to.arn },
    deploymentCircuitBreaker: {
      status: breaker.status,
      failureCount: breaker.failureCount,
      threshold: breakerThreshold(service.configuration.deploymentCircuitBreaker, service.desiredCount),
    },
  };
}

function describeShare(service: ServiceRecord, one: ServiceDeploymentRecord, revision: ServiceRevisionRecord) {
  const weights = trafficWeights(service, one, revision);
  return {
    ...summarizeRevision(service, revision),
    requestedProductionTrafficWeight: weights?.production,
    requestedTestTrafficWeight: weights?.test,
  };
}

function describeRevision(service: ServiceRecord, revision: ServiceRevisionRecord): ServiceRevision {
  const { workload } = revision;
  return {
    serviceRevisionArn: revision.arn,
    serviceArn: service.arn,
    clusterArn: service.cluster.arn,
    ...describeWorkload(workload),
    loadBalancers: workload.loadBalancers ?? [],
    containerImages: workload.taskDefinition.containerDefinitions.map(({ name, image }) => ({
      containerName: name,
      image,
      imageDigest: revision.digests.get(name ?? ""),
    })),
    guardDutyEnabled: false,
    createdAt: date(revision.createdAt),
  };
}

import type { ContainerEnd } from "./container-ends.ts";

/** ECS's description of a service, reduced to what verdicts need. Statuses are those of ECS. */

export type ObservedDeployment = {
  /** `ecs-svc/…` */
  id: string;
  /** `PRIMARY`, `ACTIVE`, `INACTIVE`; ECS documents no closed list. */
  status: string;
  taskDefinition: string;
  /** Absent behind a Classic Load Balancer. */
  rolloutState?: "IN_PROGRESS" | "COMPLETED" | "FAILED";
  rolloutStateReason?: string;
  desiredCount: number;
  runningCount: number;
  /** Tasks on their way to running. */
  pendingCount: number;
  /** Tasks that failed one after the other; those that ran and ended by themselves are not among them. */
  failedTasks: number;
  createdAt: Date;
};

export type ObservedService = {
  /** Name in ECS. */
  name: string;
  status: string;
  /** What the service is set to. */
  taskDefinition: string;
  desiredCount: number;
  runningCount: number;
  pendingCount: number;
  deployments: readonly ObservedDeployment[];
  /** ARN of the newest service deployment; absent for services that ECS keeps no history of. */
  currentServiceDeployment?: string;
  /** ARNs. */
  currentServiceRevisions: readonly string[];
  /** Newest first, at most 100. */
  events: readonly { at: Date; message: string }[];
};

export type ServiceDeploymentStatus =
  | "PENDING"
  | "SUCCESSFUL"
  | "STOPPED"
  | "STOP_REQUESTED"
  | "IN_PROGRESS"
  | "ROLLBACK_REQUESTED"
  | "ROLLBACK_IN_PROGRESS"
  | "ROLLBACK_SUCCESSFUL"
  | "ROLLBACK_FAILED";

export type ObservedServiceDeployment = {
  arn: string;
  status: ServiceDeploymentStatus;
  statusReason?: string;
  createdAt: Date;
  /** When it ended without success and without a rollback. */
  stoppedAt?: Date;
  /** ARNs of service revisions. */
  targetRevision?: string;
  sourceRevisions: readonly string[];
  rollbackRevision?: string;
  rollbackReason?: string;
  /** Where a deployment stands that shifts traffic: `SCALE_UP`, `BAKE_TIME`, … */
  lifecycleStage?: string;
  /** Percentage of the production traffic that the target gets, where ECS steers it. */
  trafficPercent?: number;
  /** Names of the service's own deployment alarms that were raised. */
  triggeredAlarms?: readonly string[];
};

export type ObservedRevision = {
  arn: string;
  taskDefinition: string;
  /** By container name. */
  digests: Readonly<Record<string, string>>;
};

export type StoppedTask = {
  taskArn: string;
  /** Id of the deployment that started it. */
  startedBy?: string;
  taskDefinition: string;
  stoppedAt: Date;
  stopCode?: string;
  stoppedReason?: string;
  containers: readonly ContainerEnd[];
};

/** Everything known about one service at one moment. */
export type RolloutObservation = {
  /** Absent when ECS does not know the service. */
  service?: ObservedService;
  /** The service deployment that is ours, when found. */
  serviceDeployment?: ObservedServiceDeployment;
  /** Stopped tasks of the observed deployment; empty when they were not requested. */
  stoppedTasks: readonly StoppedTask[];
};

/** The deployment that ECS steers to. */
export function primaryOf(service: ObservedService): ObservedDeployment | undefined {
  return service.deployments.find(({ status }) => status === "PRIMARY");
}

/**
 * Whether ECS holds a deployment for finished. Behind a Classic Load Balancer there is no rollout state; then the only
 * deployment counts as finished when all its tasks run.
 */
export function isCompleted(deployment: ObservedDeployment, service: ObservedService): boolean {
  if (deployment.rolloutState !== undefined) return deployment.rolloutState === "COMPLETED";
  return service.deployments.length === 1 && deployment.runningCount === deployment.desiredCount;
}

/** Whether a service deployment is still moving to its target, and not rolling back. */
export function isGoingForward(deployment: { status: ServiceDeploymentStatus } | undefined): boolean {
  return deployment?.status === "PENDING" || deployment?.status === "IN_PROGRESS";
}

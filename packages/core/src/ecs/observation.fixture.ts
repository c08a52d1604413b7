/** Builders for tests: a service that stands still, and what may happen to it. */
import type {
  ObservedDeployment,
  ObservedService,
  ObservedServiceDeployment,
  RolloutObservation,
  StoppedTask,
} from "./observation.ts";

export const since = new Date("2026-11-20T10:00:00Z");

/** A moment, in seconds after the release's first change. */
export const after = (seconds: number): Date => new Date(since.getTime() + seconds * 1000);

export const taskDefinitionArn = (name: string) => `arn:aws:ecs:eu-west-1:111122223333:task-definition/${name}`;
export const oldArn = taskDefinitionArn("shop-backend:7");
export const newArn = taskDefinitionArn("shop-backend:8");
export const foreignArn = taskDefinitionArn("shop-backend:9");
export const serviceDeploymentArn = "arn:aws:ecs:eu-west-1:111122223333:service-deployment/shop/backend/ours";

export function deployment(given: Partial<ObservedDeployment> = {}): ObservedDeployment {
  return {
    id: "ecs-svc/2",
    status: "PRIMARY",
    taskDefinition: newArn,
    rolloutState: "IN_PROGRESS",
    desiredCount: 2,
    runningCount: 0,
    pendingCount: 2,
    failedTasks: 0,
    createdAt: after(1),
    ...given,
  };
}

export const oldDeployment = (given: Partial<ObservedDeployment> = {}): ObservedDeployment =>
  deployment({
    id: "ecs-svc/1",
    status: "ACTIVE",
    taskDefinition: oldArn,
    rolloutState: "COMPLETED",
    runningCount: 2,
    createdAt: after(-86_400),
    ...given,
  });

export function service(given: Partial<ObservedService> = {}): ObservedService {
  return {
    name: "backend",
    status: "ACTIVE",
    taskDefinition: newArn,
    desiredCount: 2,
    runningCount: 2,
    pendingCount: 0,
    deployments: [deployment(), oldDeployment()],
    currentServiceRevisions: [],
    events: [],
    ...given,
  };
}

export function serviceDeployment(given: Partial<ObservedServiceDeployment> = {}): ObservedServiceDeployment {
  return {
    arn: serviceDeploymentArn,
    status: "IN_PROGRESS",
    createdAt: after(1),
    targetRevision: "revision/new",
    sourceRevisions: ["revision/old"],
    ...given,
  };
}

export function stoppedTask(given: Partial<StoppedTask> = {}): StoppedTask {
  return {
    taskArn: "arn:aws:ecs:eu-west-1:111122223333:task/shop/1",
    startedBy: "ecs-svc/2",
    taskDefinition: newArn,
    stoppedAt: after(20),
    stopCode: "EssentialContainerExited",
    stoppedReason: "Essential container in task exited",
    containers: [{ name: "api", exitCode: 1 }],
    ...given,
  };
}

export const twice = (given: Partial<StoppedTask> = {}): StoppedTask[] => [
  stoppedTask({ ...given, taskArn: "arn:aws:ecs:eu-west-1:111122223333:task/shop/1" }),
  stoppedTask({ ...given, taskArn: "arn:aws:ecs:eu-west-1:111122223333:task/shop/2", stoppedAt: after(40) }),
];

export function observation(given: Partial<RolloutObservation> = {}): RolloutObservation {
  return { service: service(), serviceDeployment: serviceDeployment(), stoppedTasks: [], ...given };
}

/** Everything as it is when our deployment has succeeded. */
export const succeeded = (given: Partial<RolloutObservation> = {}): RolloutObservation =>
  observation({
    service: service({ deployments: [deployment({ rolloutState: "COMPLETED", runningCount: 2 })] }),
    serviceDeployment: serviceDeployment({ status: "SUCCESSFUL" }),
    ...given,
  });

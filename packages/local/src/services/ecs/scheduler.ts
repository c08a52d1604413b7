/** ECS's service scheduler: looks at a service whenever something happened to it, and moves it one step on. */
import { breakerThreshold, resetsOnHealthyTask } from "./circuit-breaker.ts";
import { addServiceEvent, emitServiceAction } from "./events.ts";
import { complete, failByBreaker, markFailed, takeUpRequests } from "./rollout.ts";
import { aliveTasks } from "./state.ts";
import type { DeploymentRecord, EcsContext, ServiceRecord, TaskRecord } from "./state.ts";
import { hasContainerHealthCheck, launchTask, stopTask } from "./tasks.ts";
import type { TaskListener } from "./tasks.ts";

/** The scheduler is not instantaneous: a describe right after an update shows that nothing has begun. */
const reactionMs = 1_000;
/** Everything must have been in place for so long before ECS calls it a steady state. */
const steadyAfterMs = 15_000;
/** AWS publishes the greatest wait between launches of tasks that never run (27 minutes), not the steps towards it. */
const firstLaunchDelayMs = 15_000;
const launchDelayFactor = 4;
const greatestLaunchDelayMs = 27 * 60_000;
/** Failed launches in a row after which ECS says that the service cannot start tasks. */
const impairedAfter = 3;

export type Scheduler = {
  /** Has the scheduler look at the service soon. */
  wake(service: ServiceRecord): void;
  /** Ends a task on a user's behalf; a service replaces it. */
  stopByUser(task: TaskRecord, reason: string): void;
};

export function createScheduler(context: EcsContext): Scheduler {
  const { clock } = context.world;

  function wakeAt(service: ServiceRecord, at: number): void {
    if (service.wake !== undefined && service.wake.at <= at) return;
    service.wake?.cancel();
    const timer = clock.after(Math.max(0, at - clock.now()), () => {
      service.wake = undefined;
      step(service);
    });
    service.wake = { at, cancel: () => timer.cancel() };
  }

  const wake = (service: ServiceRecord) => wakeAt(service, clock.now() + reactionMs);

  const listener: TaskListener = {
    unplaced({ service, deployment }, message) {
      addServiceEvent(context, service, `was unable to place a task. Reason: ${message}`);
      emitServiceAction(context, service, {
        eventType: "ERROR",
        eventName: "SERVICE_TASK_PLACEMENT_FAILURE",
        reason: message,
      });
      slowDown(service, deployment);
      countFailure(service, deployment);
      wake(service);
    },
    healthy({ service, deployment }) {
      deployment.launchFailures = 0;
      deployment.failedTasks = 0;
      if (resetsOnHealthyTask(service.configuration.deploymentCircuitBreaker)) {
        deployment.serviceDeployment.breaker.failureCount = 0;
      }
      wake(service);
    },
    unhealthy(task) {
      const { service } = task;
      const reason = describeUnhealthy(task);
      addServiceEvent(context, service, reason.event);
      stopTask(context, task, { code: "ServiceSchedulerInitiated", reason: reason.stopped }, listener);
      tellStopped(service, [task]);
      countFailure(service, task.deployment);
      wake(service);
    },
    ended({ service, deployment }, { ran, counted }) {
      if (!ran) slowDown(service, deployment);
      if (!counted) countFailure(service, deployment);
      wake(service);
    },
    gone({ service }) {
      wake(service);
    },
  };

  /** Failures of the same round of launches make the next round wait once, not several times. */
  function slowDown(service: ServiceRecord, deployment: DeploymentRecord): void {
    const now = clock.now();
    if (now < deployment.launchNotBefore) return;
    const delayMs = firstLaunchDelayMs * launchDelayFactor ** deployment.launchFailures;
    deployment.launchFailures += 1;
    deployment.launchNotBefore = now + Math.min(delayMs, greatestLaunchDelayMs);
    if (deployment.launchFailures !== impairedAfter) return;
    addServiceEvent(
      context,
      service,
      "is unable to consistently start tasks successfully. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.",
    );
    emitServiceAction(context, service, { eventType: "WARN", eventName: "SERVICE_TASK_START_IMPAIRED" });
  }

  /** Failures count while a deployment is under way; afterwards a crash is just replaced. */
  function countFailure(service: ServiceRecord, deployment: DeploymentRecord): void {
    if (deployment.status !== "PRIMARY" || deployment.rolloutState !== "IN_PROGRESS") return;
    const { breaker } = deployment.serviceDeployment;
    const configured = service.configuration.deploymentCircuitBreaker;
    deployment.failedTasks += 1;
    breaker.failureCount += 1;
    const tripped = breaker.failureCount >= breakerThreshold(configured, service.desiredCount);
    if (configured?.enable === true && tripped) failByBreaker(context, service, deployment);
  }

  function step(service: ServiceRecord): void {
    takeUpRequests(context, service);
    const [primary] = service.deployments;
    if (primary === undefined) return;
    moveTasks(service, primary);
    for (const deployment of service.deployments) {
      if (deployment.refuted && deployment.rolloutState === "IN_PROGRESS" && !hasTasks(service, deployment)) {
        markFailed(context, deployment);
      }
    }
    if (service.status === "DRAINING" && service.tasks.size === 0) service.status = "INACTIVE";
    judge(service, primary);
  }

  function moveTasks(service: ServiceRecord, primary: DeploymentRecord): void {
    const alive = aliveTasks(service);
    const ours = alive.filter(({ deployment }) => deployment === primary);
    const others = alive.filter(({ deployment }) => deployment !== primary);
    const mayLaunch = primary.rolloutState !== "FAILED" && service.status === "ACTIVE";
    const plan = service.strategy({
      desiredCount: service.desiredCount,
      minimumHealthyPercent: service.configuration.minimumHealthyPercent,
      maximumPercent: service.configuration.maximumPercent,
      mayLaunch: primary.rolloutState !== "FAILED",
      primary: ours,
      others,
    });
    for (const task of plan.stop) {
      const reason = `Scaling activity initiated by (deployment ${primary.id})`;
      stopTask(context, task, { code: "ServiceSchedulerInitiated", reason }, listener);
    }
    tellStopped(service, plan.stop);
    if (plan.start > 0 && mayLaunch) launch(service, primary, plan.start);
    const waiting = ours.some((task) => !task.counts);
    const stuck = plan.start === 0 && plan.stop.length === 0 && !waiting && ours.length < service.desiredCount;
    if (stuck && mayLaunch) tellBlocked(service, primary);
  }

  function launch(service: ServiceRecord, primary: DeploymentRecord, count: number): void {
    if (clock.now() < primary.launchNotBefore) return wakeAt(service, primary.launchNotBefore);
    const tasks = Array.from({ length: count }, () => launchTask(context, service, primary, listener));
    addServiceEvent(context, service, `has started ${tasks.length} tasks: ${listed(tasks)}.`);
  }

  function tellStopped(service: ServiceRecord, tasks: readonly TaskRecord[]): void {
    if (tasks.length === 0) return;
    const draining = tasks.filter(({ status }) => status === "DEACTIVATING").length;
    if (draining > 0) addServiceEvent(context, service, `has begun draining connections on ${draining} tasks.`);
    addServiceEvent(context, service, `has stopped ${tasks.length} running tasks: ${listed(tasks)}.`);
    emitServiceAction(context, service, { eventType: "INFO", eventName: "TASKS_STOPPED" });
  }

  function tellBlocked(service: ServiceRecord, primary: DeploymentRecord): void {
    if (primary.blocked) return;
    primary.blocked = true;
    addServiceEvent(
      context,
      service,
      "was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again.",
    );
  }

  /** Steady: exactly the desired tasks of the PRIMARY deployment, all healthy, and of nothing else even a trace. */
  function judge(service: ServiceRecord, primary: DeploymentRecord): void {
    const tasks = [...service.tasks];
    const inPlace =
      primary.rolloutState !== "FAILED" &&
      primary.serviceDeployment.status !== "PENDING" &&
      tasks.length === service.desiredCount &&
      tasks.every(({ deployment, counts }) => deployment === primary && counts);
    if (!inPlace) {
      primary.steadySince = undefined;
      service.steady = false;
      return;
    }
    primary.steadySince ??= clock.now();
    const steadyAt = primary.steadySince + steadyAfterMs;
    if (clock.now() < steadyAt) return wakeAt(service, steadyAt);
    if (primary.rolloutState === "IN_PROGRESS") complete(context, service, primary);
    if (service.steady) return;
    service.steady = true;
    addServiceEvent(context, service, "has reached a steady state.");
    emitServiceAction(context, service, { eventType: "INFO", eventName: "SERVICE_STEADY_STATE" });
  }

  return {
    wake,
    stopByUser: (task, reason) => {
      stopTask(context, task, { code: "UserInitiated", reason }, listener);
      wake(task.service);
    },
  };
}

function hasTasks(service: ServiceRecord, deployment: DeploymentRecord): boolean {
  return [...service.tasks].some((task) => task.deployment === deployment);
}

function listed(tasks: readonly TaskRecord[]): string {
  return tasks.map(({ id }) => `(task ${id})`).join(" ");
}

function describeUnhealthy(task: TaskRecord): { event: string; stopped: string } {
  if (hasContainerHealthCheck(task)) {
    return {
      event: `(task ${task.id}) failed container health checks.`,
      stopped: "Task failed container health checks",
    };
  }
  const [target] = task.deployment.revision.workload.loadBalancers ?? [];
  const group = `(target-group ${target?.targetGroupArn ?? ""})`;
  return {
    event: `(port ${target?.containerPort ?? 0}) is unhealthy in ${group} due to (reason Health checks failed).`,
    stopped: `Task failed ELB health checks in ${group}`,
  };
}

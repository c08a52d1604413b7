/** ECS's service scheduler: after each change of a service it decides the service's next step. */
import { addServiceEvent, emitServiceAction } from "./events.ts";
import { countFailure, delayLaunches, resetFailures } from "./failures.ts";
import { launchTask } from "./launch.ts";
import { applyRequests, complete, failByAlarms, markFailed } from "./rollout.ts";
import { shiftTraffic } from "./shift-traffic.ts";
import {
  describeUnhealthy,
  reportBlocked,
  reportRefused,
  reportStarted,
  reportStopped,
  reportUnregistered,
} from "./service-messages.ts";
import {
  aliveTasks,
  type DeploymentRecord,
  type EcsContext,
  type ServiceRecord,
  type ServiceTaskRecord,
} from "./state.ts";
import type { TaskListener } from "./task-listener.ts";
import { stopTask } from "./tasks.ts";

/** The scheduler does not react at once: a describe call right after an update shows that nothing has begun. */
const reactionMs = 1_000;
/** Interval at which ECS polls the alarms of a deployment. */
const alarmPollMs = 10_000;
/** How long a service must run exactly its desired tasks before ECS reports a steady state. */
const steadyAfterMs = 15_000;

export type Scheduler = {
  /** Schedules the next step of the service. */
  wake(service: ServiceRecord): void;
};

/** Dependencies of every step of the scheduler. */
type SchedulerParts = {
  context: EcsContext;
  listenerOf: (task: ServiceTaskRecord) => TaskListener;
  wakeAt: (service: ServiceRecord, at: number) => void;
};

export function createScheduler(context: EcsContext): Scheduler {
  const { clock } = context.world;
  const wake = (service: ServiceRecord) => wakeAt(service, clock.now() + reactionMs);
  const parts: SchedulerParts = { context, listenerOf: (task) => serviceTaskListener(context, task, wake), wakeAt };

  /** Keeps only the earliest of several requested times: each step schedules the next one itself. */
  function wakeAt(service: ServiceRecord, at: number): void {
    if (service.wake !== undefined && service.wake.at <= at) return;
    service.wake?.cancel();
    const timer = clock.after(Math.max(0, at - clock.now()), () => {
      service.wake = undefined;
      runStep(parts, service);
    });
    service.wake = { at, cancel: () => timer.cancel() };
  }

  return { wake };
}

function serviceTaskListener(
  context: EcsContext,
  task: ServiceTaskRecord,
  wake: (service: ServiceRecord) => void,
): TaskListener {
  const { service, deployment } = task;
  return {
    unregistered(message) {
      reportUnregistered(context, service, deployment, message);
    },
    healthy() {
      resetFailures(service, deployment);
      wake(service);
    },
    unhealthy() {
      const reason = describeUnhealthy(task);
      addServiceEvent(context, service, reason.event);
      stopTask(context, task, { code: "ServiceSchedulerInitiated", reason: reason.stopped });
      reportStopped(context, service, [task]);
      countFailure(context, service, deployment);
      wake(service);
    },
    ended({ ran, counted }) {
      if (!ran) delayLaunches(context, service, deployment);
      if (!counted) countFailure(context, service, deployment);
      wake(service);
    },
    gone() {
      service.tasks.delete(task);
      wake(service);
    },
    stoppedByUser() {
      wake(service);
    },
  };
}

function runStep(parts: SchedulerParts, service: ServiceRecord): void {
  const { context } = parts;
  applyRequests(context, service);
  watchAlarms(parts, service);
  const [primary] = service.deployments;
  if (primary === undefined) return;
  const nextStageAt = shiftTraffic(context, service, primary);
  if (nextStageAt !== undefined) parts.wakeAt(service, nextStageAt);
  startAndStopTasks(parts, service, primary);
  for (const deployment of service.deployments) {
    if (deployment.knownBad && deployment.rolloutState === "IN_PROGRESS" && !hasTasks(service, deployment)) {
      markFailed(context, deployment);
    }
  }
  if (service.status === "DRAINING" && service.tasks.size === 0) service.status = "INACTIVE";
  if (runsOnlyDesiredTasks(service, primary)) completeWhenSteady(parts, service, primary);
  else primary.steadySince = undefined;
}

/** May start a rollback, which changes the PRIMARY deployment. */
function watchAlarms({ context, wakeAt }: SchedulerParts, service: ServiceRecord): void {
  const [primary] = service.deployments;
  if (primary?.serviceDeployment.status !== "IN_PROGRESS") return;
  const { alarms } = primary.serviceDeployment;
  if (alarms.status !== "MONITORING") return;
  const raised = context.alarms.raised(alarms.names);
  if (raised.length > 0) failByAlarms(context, service, primary, raised);
  else wakeAt(service, context.world.clock.now() + alarmPollMs);
}

function startAndStopTasks(parts: SchedulerParts, service: ServiceRecord, primary: DeploymentRecord): void {
  const { context } = parts;
  const alive = aliveTasks(service);
  const ours = alive.filter(({ deployment }) => deployment === primary);
  const { shift, status } = primary.serviceDeployment;
  const plan = service.strategy.plan({
    desiredCount: service.desiredCount,
    minimumHealthyPercent: service.configuration.minimumHealthyPercent,
    maximumPercent: service.configuration.maximumPercent,
    mayLaunch: primary.rolloutState !== "FAILED",
    stage: status === "IN_PROGRESS" ? shift?.progress.stage : undefined,
    primary: ours,
    others: alive.filter(({ deployment }) => deployment !== primary),
  });
  const reason = `Scaling activity initiated by (deployment ${primary.id})`;
  for (const task of plan.stop) stopTask(context, task, { code: "ServiceSchedulerInitiated", reason });
  reportStopped(context, service, plan.stop);
  if (plan.start > 0) return launch(parts, service, primary, plan.start);
  const waiting =
    plan.waits === true ||
    plan.stop.length > 0 ||
    ours.some((task) => !task.counts) ||
    primary.rolloutState === "FAILED";
  if (!waiting && ours.length < service.desiredCount) reportBlocked(context, service, primary);
}

function launch(parts: SchedulerParts, service: ServiceRecord, primary: DeploymentRecord, count: number): void {
  const { context, wakeAt } = parts;
  if (context.world.clock.now() < primary.launchNotBefore) return wakeAt(service, primary.launchNotBefore);
  const launches = Array.from({ length: count }, () => launchTask(context, service, primary, parts.listenerOf));
  const tasks = launches.flatMap(({ task }) => task ?? []);
  if (tasks.length > 0) reportStarted(context, service, tasks);
  for (const { refusal } of launches) {
    if (refusal === undefined) continue;
    reportRefused(context, service, refusal);
    delayLaunches(context, service, primary);
    countFailure(context, service, primary);
    wakeAt(service, context.world.clock.now() + reactionMs);
  }
}

/** Whether exactly the desired tasks of the PRIMARY deployment exist, all of them healthy. */
function runsOnlyDesiredTasks(service: ServiceRecord, primary: DeploymentRecord): boolean {
  const tasks = [...service.tasks];
  return (
    primary.rolloutState !== "FAILED" &&
    primary.serviceDeployment.status !== "PENDING" &&
    tasks.length === service.desiredCount &&
    tasks.every(({ deployment, counts }) => deployment === primary && counts)
  );
}

function completeWhenSteady(
  { context, wakeAt }: SchedulerParts,
  service: ServiceRecord,
  primary: DeploymentRecord,
): void {
  const now = context.world.clock.now();
  if (primary.steadySince === undefined) {
    primary.steadySince = now;
    service.steady = false;
  }
  const steadyAt = primary.steadySince + steadyAfterMs + alarmBakeMs(context, primary);
  if (now < steadyAt) return wakeAt(service, steadyAt);
  if (primary.rolloutState === "IN_PROGRESS") complete(context, service, primary);
  if (service.steady) return;
  service.steady = true;
  addServiceEvent(context, service, "has reached a steady state.");
  emitServiceAction(context, service, { eventType: "INFO", eventName: "SERVICE_STEADY_STATE" });
}

/** Rolling updates with alarms stay IN_PROGRESS for a bake time that ECS computes from the alarms. */
function alarmBakeMs({ alarms }: EcsContext, { serviceDeployment }: DeploymentRecord): number {
  const { names, status } = serviceDeployment.alarms;
  return status === "MONITORING" && serviceDeployment.shift === undefined ? alarms.windowMs(names) : 0;
}

function hasTasks(service: ServiceRecord, deployment: DeploymentRecord): boolean {
  return [...service.tasks].some((task) => task.deployment === deployment);
}

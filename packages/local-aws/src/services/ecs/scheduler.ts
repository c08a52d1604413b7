/** ECS's service scheduler: looks at a service whenever something happened to it, and moves it one step on. */
import { addServiceEvent, emitServiceAction } from "./events.ts";
import { countFailure, forgetFailures, slowDown } from "./failures.ts";
import { launchTask } from "./launch.ts";
import { complete, failByAlarms, markFailed, takeUpRequests } from "./rollout.ts";
import { shiftTraffic } from "./shift-traffic.ts";
import { describeUnhealthy, tellBlocked, tellStarted, tellStopped, tellUnplaced } from "./service-messages.ts";
import { aliveTasks } from "./state.ts";
import type { DeploymentRecord, EcsContext, ServiceRecord, ServiceTaskRecord } from "./state.ts";
import type { TaskListener } from "./task-listener.ts";
import { stopTask } from "./tasks.ts";

/** The scheduler is not instantaneous: a describe right after an update shows that nothing has begun. */
const reactionMs = 1_000;
/** How often ECS looks at the alarms of a deployment. */
const alarmPollMs = 10_000;
/** Everything must have been in place for so long before ECS calls it a steady state. */
const steadyAfterMs = 15_000;

export type Scheduler = {
  /** Has the scheduler look at the service soon. */
  wake(service: ServiceRecord): void;
};

/** What every step of the scheduler needs. */
type Works = {
  context: EcsContext;
  listenerOf: (task: ServiceTaskRecord) => TaskListener;
  wakeAt: (service: ServiceRecord, at: number) => void;
};

export function createScheduler(context: EcsContext): Scheduler {
  const { clock } = context.world;
  const wake = (service: ServiceRecord) => wakeAt(service, clock.now() + reactionMs);
  const works: Works = { context, listenerOf: (task) => listenerOf(context, task, wake), wakeAt };

  /** Of several times to look at a service the earliest counts; each look finds out by itself when the next is due. */
  function wakeAt(service: ServiceRecord, at: number): void {
    if (service.wake !== undefined && service.wake.at <= at) return;
    service.wake?.cancel();
    const timer = clock.after(Math.max(0, at - clock.now()), () => {
      service.wake = undefined;
      step(works, service);
    });
    service.wake = { at, cancel: () => timer.cancel() };
  }

  return { wake };
}

function listenerOf(
  context: EcsContext,
  task: ServiceTaskRecord,
  wake: (service: ServiceRecord) => void,
): TaskListener {
  const { service, deployment } = task;
  return {
    unplaced(message) {
      service.tasks.delete(task);
      tellUnplaced(context, service, message);
      slowDown(context, service, deployment);
      countFailure(context, service, deployment);
      wake(service);
    },
    healthy() {
      forgetFailures(service, deployment);
      wake(service);
    },
    unhealthy() {
      const reason = describeUnhealthy(task);
      addServiceEvent(context, service, reason.event);
      stopTask(context, task, { code: "ServiceSchedulerInitiated", reason: reason.stopped });
      tellStopped(context, service, [task]);
      countFailure(context, service, deployment);
      wake(service);
    },
    ended({ ran, counted }) {
      if (!ran) slowDown(context, service, deployment);
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

function step(works: Works, service: ServiceRecord): void {
  const { context } = works;
  takeUpRequests(context, service);
  watchAlarms(works, service);
  const [primary] = service.deployments;
  if (primary === undefined) return;
  const nextStageAt = shiftTraffic(context, service, primary);
  if (nextStageAt !== undefined) works.wakeAt(service, nextStageAt);
  moveTasks(works, service, primary);
  for (const deployment of service.deployments) {
    if (deployment.knownBad && deployment.rolloutState === "IN_PROGRESS" && !hasTasks(service, deployment)) {
      markFailed(context, deployment);
    }
  }
  if (service.status === "DRAINING" && service.tasks.size === 0) service.status = "INACTIVE";
  if (isInPlace(service, primary)) conclude(works, service, primary);
  else primary.steadySince = undefined;
}

/** May send the service back, to another PRIMARY deployment. */
function watchAlarms({ context, wakeAt }: Works, service: ServiceRecord): void {
  const [primary] = service.deployments;
  if (primary?.serviceDeployment.status !== "IN_PROGRESS") return;
  const { alarms } = primary.serviceDeployment;
  if (alarms.status !== "MONITORING") return;
  const raised = context.alarms.raised(alarms.names);
  if (raised.length > 0) failByAlarms(context, service, primary, raised);
  else wakeAt(service, context.world.clock.now() + alarmPollMs);
}

function moveTasks(works: Works, service: ServiceRecord, primary: DeploymentRecord): void {
  const { context } = works;
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
  tellStopped(context, service, plan.stop);
  if (plan.start > 0) return launch(works, service, primary, plan.start);
  const waiting =
    plan.waits === true ||
    plan.stop.length > 0 ||
    ours.some((task) => !task.counts) ||
    primary.rolloutState === "FAILED";
  if (!waiting && ours.length < service.desiredCount) tellBlocked(context, service, primary);
}

function launch(works: Works, service: ServiceRecord, primary: DeploymentRecord, count: number): void {
  const { context, wakeAt } = works;
  if (context.world.clock.now() < primary.launchNotBefore) return wakeAt(service, primary.launchNotBefore);
  const tasks = Array.from({ length: count }, () => launchTask(context, service, primary, works.listenerOf));
  tellStarted(context, service, tasks);
}

/** Exactly the desired tasks of the PRIMARY deployment, all healthy, and of nothing else even a trace. */
function isInPlace(service: ServiceRecord, primary: DeploymentRecord): boolean {
  const tasks = [...service.tasks];
  return (
    primary.rolloutState !== "FAILED" &&
    primary.serviceDeployment.status !== "PENDING" &&
    tasks.length === service.desiredCount &&
    tasks.every(({ deployment, counts }) => deployment === primary && counts)
  );
}

function conclude({ context, wakeAt }: Works, service: ServiceRecord, primary: DeploymentRecord): void {
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

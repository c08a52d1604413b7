/**
 * What each stop code and stopped reason of ECS says about a release. The stop codes are those of `TaskStopCode` in the ECS API;
 * the reasons are those of
 * - docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
 * - docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-errors.html
 * - docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html (DescribeTasks)
 */

type CountingCode =
  | "IMAGE_CANNOT_BE_PULLED"
  | "RESOURCE_INITIALIZATION_FAILED"
  | "CONTAINER_CANNOT_START"
  | "HEALTH_CHECK_FAILED"
  | "PLACEMENT_IMPOSSIBLE";

export type StopVerdict =
  /** The scheduler, an operator or the host ended the task: this says nothing about the release. */
  | { verdict: "ignored" }
  /** An essential container ended: its exit code and reason decide. */
  | { verdict: "exited" }
  | { verdict: "counts"; code: CountingCode; what: string }
  /** Not documented: it is quoted. */
  | { verdict: "unknown" };

type StopReason = {
  /** Beginning or part of a stopped reason, or of an essential container's reason. */
  reason: RegExp;
  /** The entry applies to these stop codes only, and to a task without a stop code; all when absent. */
  stopCodes?: readonly string[];
  verdict: StopVerdict;
  /** As ECS writes it. */
  example: string;
};

const ignored: StopVerdict = { verdict: "ignored" };
const exited: StopVerdict = { verdict: "exited" };
const counts = (code: CountingCode, what: string): StopVerdict => ({ verdict: "counts", code, what });

const notPulled = counts("IMAGE_CANNOT_BE_PULLED", "a task could not pull its image");
const notPrepared = counts("RESOURCE_INITIALIZATION_FAILED", "a task could not be given its resources");
const notStarted = counts("CONTAINER_CANNOT_START", "a container could not be started");
const unhealthy = counts("HEALTH_CHECK_FAILED", "a task failed its health checks");
const notPlaced = counts("PLACEMENT_IMPOSSIBLE", "a task could not be placed");

const failedToStart = ["TaskFailedToStart", "EssentialContainerExited"];
const byScheduler = ["ServiceSchedulerInitiated"];

/** The first entry that matches decides. */
export const stopReasons: readonly StopReason[] = [
  // The scheduler stops unhealthy tasks under the same stop code as surplus ones: only the reason tells them apart.
  {
    reason: /^Task failed .*health checks?/,
    verdict: unhealthy,
    example: "Task failed ELB health checks in (target-group arn:x)",
  },
  { reason: /^Task failed .*health checks?/, verdict: unhealthy, example: "Task failed container health checks" },
  {
    reason: /^Scaling activity initiated by/,
    verdict: ignored,
    example: "Scaling activity initiated by (deployment ecs-svc/1)",
  },
  {
    reason: /rebalanc|draining|deregist|scal(e|ing) (in|down)|service (was |is )?deleted/i,
    stopCodes: byScheduler,
    verdict: ignored,
    example: "Availability Zone rebalancing",
  },
  { reason: /^Host EC2 \(instance/, verdict: ignored, example: "Host EC2 (instance i-0123456789abcdef0) terminated." },
  {
    reason: /^Container instance (deregistration|draining)/i,
    verdict: ignored,
    example: "Container instance deregistration forced by user",
  },
  {
    reason: /Spot (Task was interrupted|interruption)|^SpotInterruption/i,
    verdict: ignored,
    example: "Your Spot Task was interrupted.",
  },
  {
    reason: /performing maintenance|infrastructure .*maintenance/i,
    verdict: ignored,
    example: "Amazon ECS is performing maintenance on the underlying infrastructure hosting the task.",
  },
  { reason: /^Task stopped by/i, verdict: ignored, example: "Task stopped by user" },
  {
    reason: /CannotPull/,
    stopCodes: failedToStart,
    verdict: notPulled,
    example: "CannotPullContainerError: pull image manifest has been retried 5 time(s): dial tcp: i/o timeout",
  },
  // Capacity providers stop a task that has waited for capacity.
  {
    reason: /\b(RESOURCE:[A-Z]+|EMPTY CAPACITY PROVIDER|NO ACTIVE INSTANCES|MemberOf placement constraint unsatisfied)/,
    stopCodes: failedToStart,
    verdict: notPlaced,
    example: "TaskFailedToStart: RESOURCE:MEMORY",
  },
  {
    reason: /^(TaskFailedToStart: )?(AGENT|ATTRIBUTE)\b|No Container Instances were found|Capacity is unavailable/,
    stopCodes: failedToStart,
    verdict: notPlaced,
    example: "TaskFailedToStart: AGENT",
  },
  {
    reason: /Unable to launch instance/,
    stopCodes: failedToStart,
    verdict: notPlaced,
    example: "ResourceInitializationError: Unable to launch instance(s) for capacity provider managed.",
  },
  {
    reason: /ResourceInitializationError|CannotCreateVolumeError/,
    stopCodes: failedToStart,
    verdict: notPrepared,
    example: "ResourceInitializationError: unable to pull secrets or registry auth",
  },
  {
    reason: /network interface|EphemeralStorage provisioning|^InternalError/i,
    stopCodes: failedToStart,
    verdict: notPrepared,
    example: "Timeout waiting for network interface provisioning to complete.",
  },
  {
    reason: /^OutOfMemoryError/,
    stopCodes: failedToStart,
    verdict: exited,
    example: "OutOfMemoryError: Container killed due to memory usage",
  },
  {
    reason: /Cannot(Start|Create|Inspect)Container|ContainerRuntime(Timeout)?Error|Docker(Timeout|State)Error/,
    stopCodes: failedToStart,
    verdict: notStarted,
    example: "CannotStartContainerError: failed to get container status",
  },
  // The agent could not end a container whose task was stopped for another reason.
  {
    reason: /CannotStopContainerError/,
    verdict: ignored,
    example: "CannotStopContainerError: failed sending SIGTERM to container",
  },
];

/** What a stop code says where no entry of `stopReasons` matches. A stop code that is not here is unknown. */
export const stopCodes: Readonly<Record<string, StopVerdict>> = {
  EssentialContainerExited: exited,
  InfrastructureHealth: ignored,
  ServiceSchedulerInitiated: { verdict: "unknown" },
  SpotInterruption: ignored,
  TaskFailedToStart: { verdict: "unknown" },
  TerminationNotice: ignored,
  UserInitiated: ignored,
};

/** @param reasons the task's stopped reason, then those of its essential containers */
export function judgeStop(stopCode: string | undefined, reasons: readonly string[]): StopVerdict {
  const applies = ({ stopCodes: only }: StopReason) =>
    only === undefined || stopCode === undefined || only.includes(stopCode);
  const known = stopReasons.find((entry) => applies(entry) && reasons.some((reason) => entry.reason.test(reason)));
  const byCode = stopCode === undefined ? undefined : stopCodes[stopCode];
  return known?.verdict ?? byCode ?? { verdict: "unknown" };
}

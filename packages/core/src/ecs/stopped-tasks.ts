import type { Evidence } from "../ledger/evidence.ts";
import type { StoppedTask } from "./observation.ts";

/** What a stopped task says against the release: the same every time it is tried again. */
export type TaskFailure = Pick<
  Evidence,
  "code" | "message" | "taskArn" | "stopCode" | "stoppedReason" | "container" | "exitCode" | "containerReason"
> & { at: Date };

/**
 * Why a task counts against the release, or undefined when it does not: stopped by the scheduler for scale-in or for a
 * newer deployment, by a person, by spot interruption or by a failing host. Those say nothing about the image.
 *
 * Reasons: docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
 */
export function taskFailure(task: StoppedTask): TaskFailure | undefined {
  const reasons = [task.stoppedReason ?? "", ...task.containers.map(({ reason }) => reason ?? "")];
  const say = (pattern: RegExp) => reasons.find((reason) => pattern.test(reason));

  // The scheduler stops unhealthy tasks under the same stop code as surplus ones: only the reason tells them apart.
  if (say(/^Task failed (ELB|container) health checks/)) {
    return failure(task, "HEALTH_CHECK_FAILED", "a task failed its health checks");
  }
  if (task.stopCode === "EssentialContainerExited") return exited(task);
  if (task.stopCode !== "TaskFailedToStart") return undefined;
  if (say(/CannotPull/)) return failure(task, "IMAGE_CANNOT_BE_PULLED", "a task could not pull its image");
  if (say(/ResourceInitializationError/)) {
    return failure(task, "RESOURCE_INITIALIZATION_FAILED", "a task could not be given its resources");
  }
  if (say(/^OutOfMemoryError/)) return exited(task);
  if (say(/Cannot(Start|Create)Container/)) {
    return failure(task, "CONTAINER_CANNOT_START", "a container could not be started");
  }
  return undefined;
}

/**
 * The failure that refutes a deployment, if there is one: the second task that fails in the same way. One alone may be an
 * accident of its host. Only a registry that has no such image, or none for the platform, is believed at once: we deploy
 * digests, which never come back, and ECS has asked the registry more than once by then.
 *
 * @param since tasks that stopped earlier belong to a time before the release
 */
export function refutingFailure(tasks: readonly StoppedTask[], since: Date): TaskFailure | undefined {
  const failures = failuresSince(tasks, since);
  return (
    failures.find(isFinal) ?? failures.find((one) => failures.filter((other) => isSameKind(one, other)).length >= 2)
  );
}

/** The newest failure, for the evidence of a verdict that ECS gave. */
export function newestFailure(tasks: readonly StoppedTask[], since: Date): TaskFailure | undefined {
  return failuresSince(tasks, since)[0];
}

function failuresSince(tasks: readonly StoppedTask[], since: Date): TaskFailure[] {
  return tasks
    .filter(({ stoppedAt }) => stoppedAt >= since)
    .map(taskFailure)
    .filter((found) => found !== undefined)
    .sort((a, b) => b.at.getTime() - a.at.getTime());
}

const isSameKind = (a: TaskFailure, b: TaskFailure) => a.code === b.code && a.container === b.container;

const isFinal = ({ code, stoppedReason = "", containerReason = "" }: TaskFailure) =>
  code === "IMAGE_CANNOT_BE_PULLED" &&
  /: not found|manifest unknown|matching platform|no matching manifest/i.test(`${stoppedReason} ${containerReason}`);

function exited(task: StoppedTask): TaskFailure {
  const culprit = culpritOf(task);
  const outOfMemory = culprit?.reason?.startsWith("OutOfMemory") === true;
  const name = culprit === undefined ? "an essential container" : `container ${culprit.name}`;
  if (outOfMemory) return failure(task, "OUT_OF_MEMORY", `${name} ran out of memory`, culprit);
  const code = culprit?.exitCode === undefined ? "" : ` with code ${culprit.exitCode}`;
  return failure(task, "CONTAINER_EXITED", `${name} exited${code}`, culprit);
}

/** Codes of containers that ECS itself ended after another one had exited: SIGKILL, SIGTERM. */
const endedByEcs: ReadonlySet<number> = new Set([137, 143]);

/** The container that ended first. ECS stops all others of the task then, and does not tell which came first. */
function culpritOf({ containers }: StoppedTask) {
  return (
    containers.find(({ reason }) => reason?.startsWith("OutOfMemory")) ??
    containers.find(({ exitCode }) => exitCode !== undefined && exitCode !== 0 && !endedByEcs.has(exitCode)) ??
    containers.find(({ exitCode }) => exitCode !== undefined && exitCode !== 0) ??
    containers.find(({ exitCode }) => exitCode !== undefined) ??
    containers[0]
  );
}

function failure(
  task: StoppedTask,
  code: TaskFailure["code"],
  what: string,
  culprit = task.containers.find(({ reason }) => reason !== undefined) ?? task.containers[0],
): TaskFailure {
  const why = code === "OUT_OF_MEMORY" ? culprit?.reason : task.stoppedReason;
  return {
    at: task.stoppedAt,
    code,
    message: why === undefined ? what : `${what} (${why})`,
    taskArn: task.taskArn,
    ...(task.stopCode !== undefined && { stopCode: task.stopCode }),
    ...(task.stoppedReason !== undefined && { stoppedReason: task.stoppedReason }),
    ...(culprit !== undefined && { container: culprit.name }),
    ...(culprit?.exitCode !== undefined && { exitCode: culprit.exitCode }),
    ...(culprit?.reason !== undefined && { containerReason: culprit.reason }),
  };
}

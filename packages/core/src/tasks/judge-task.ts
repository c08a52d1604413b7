import type { TaskConfiguration } from "../config/tasks.ts";
import {
  culpritOf,
  essentialOf,
  failedByItself,
  ranOutOfMemory,
  wasStoppedBySignal,
  type ContainerEnd,
} from "../ecs/container-ends.ts";
import type { Evidence } from "../ledger/evidence.ts";
import type { TaskRun } from "../ledger/task-run.ts";
import type { ObservedTask } from "./ports.ts";

export type TaskVerdict =
  | { state: "waiting"; retryAfterSeconds: number }
  | { state: "succeeded"; exitCode: 0 }
  | { state: "failed"; evidence: Evidence };

type Judged = Pick<TaskRun, "when" | "startedAt" | "taskArn">;

/** RunTask is eventually consistent: AWS advises to poll for a missing task for five minutes. */
const unseenSeconds = 300;
/** No task ends sooner: Fargate needs that long to start one. */
const firstPollSeconds = 20;
const shortestInterval = 10;
const longestInterval = 600;

/**
 * Judges a task by the exit code of its container. An unknown exit code is a failure.
 *
 * Exit code 0 does not count if the task was stopped, because a command that handles the signal exits with 0 before its work is done.
 * Nor does it count if another essential container failed: ECS stops the task then, as in an interruption.
 * If the container is not essential, the task runs on after the container has exited, and the exit code decides all the same.
 *
 * @param observed undefined when ECS does not know the task
 */
export function judgeTask(
  task: TaskConfiguration,
  run: Judged,
  observed: ObservedTask | undefined,
  now: Date,
): TaskVerdict {
  const ageSeconds = secondsSince(run.startedAt, now);
  const isLate = ageSeconds >= task.deadlineMinutes * 60;
  const waiting = { state: "waiting", retryAfterSeconds: retryAfterSeconds(task, ageSeconds) } as const;
  if (observed === undefined) {
    const lost = "is no longer known to ECS, so its exit code is unknown";
    return ageSeconds < unseenSeconds ? waiting : failed(task, run, "TASK_FAILED", lost);
  }
  const container = observed.containers.find(({ name }) => name === task.container);
  const hasEnded = observed.stopped || (observed.wanted && container?.exitCode !== undefined);
  if (hasEnded) return judgeEnd(task, run, observed);
  if (!isLate) return waiting;
  const minutes = `did not end within ${task.deadlineMinutes} minutes and is stopped`;
  return failed(task, run, "TASK_DEADLINE_EXCEEDED", minutes, observed);
}

function judgeEnd(task: TaskConfiguration, run: Judged, observed: ObservedTask): TaskVerdict {
  const { stopCode, stoppedReason, containers } = observed;
  const container = containers.find(({ name }) => name === task.container);
  const isInterrupted = stopCode !== undefined && stopCode !== "EssentialContainerExited";
  const others = containers.filter(({ name }) => name !== task.container);
  if (!isInterrupted) {
    const culprit = endedFirst(container, others);
    if (culprit !== undefined) return failed(task, run, "TASK_FAILED", wordsOn(culprit, container), observed, culprit);
    if (container?.exitCode === 0) return { state: "succeeded", exitCode: 0 };
  }
  const reason = isInterrupted ? stoppedReason : container?.reason;
  const why = reason === undefined ? "" : ` (${reason})`;
  return failed(task, run, "TASK_FAILED", `${endOf(container?.exitCode)}${why}`, observed);
}

/**
 * The essential container whose end made ECS stop the task's own container: one that failed by itself, or one that exited with 0
 * if a signal stopped the task's own. ECS reports no order, so a container that fails only when it is stopped cannot be distinguished.
 */
function endedFirst(own: ContainerEnd | undefined, others: readonly ContainerEnd[]): ContainerEnd | undefined {
  if (own !== undefined && failedByItself(own)) return undefined;
  const culprit = culpritOf(others);
  if (culprit === undefined || essentialOf(others).length === 0) return undefined;
  if (failedByItself(culprit)) return culprit;
  return own !== undefined && wasStoppedBySignal(own) && culprit.exitCode === 0 ? culprit : undefined;
}

function wordsOn(culprit: ContainerEnd, own: ContainerEnd | undefined): string {
  const end = ranOutOfMemory(culprit) ? "ran out of memory" : `exited with code ${culprit.exitCode}`;
  const code = own?.exitCode === undefined ? "without an exit code" : `with code ${own.exitCode}`;
  return `ended ${code}, but its essential container ${culprit.name} ${end}, which stops the task before its work is done`;
}

function endOf(exitCode: number | undefined): string {
  if (exitCode === undefined) return "ended without an exit code";
  return exitCode === 0 ? "was stopped" : `exited with code ${exitCode}`;
}

function failed(
  task: TaskConfiguration,
  run: Judged,
  code: "TASK_FAILED" | "TASK_DEADLINE_EXCEEDED",
  what: string,
  observed?: ObservedTask,
  culprit?: ContainerEnd,
): TaskVerdict {
  const container = culprit ?? observed?.containers.find(({ name }) => name === task.container);
  return {
    state: "failed",
    evidence: {
      ...blamedService(task, run),
      code,
      message: `task ${task.name} ${what}`,
      ...(run.taskArn !== undefined && { taskArn: run.taskArn }),
      ...(observed?.stopCode !== undefined && { stopCode: observed.stopCode }),
      ...(observed?.stoppedReason !== undefined && { stoppedReason: observed.stoppedReason }),
      container: container?.name ?? task.container,
      ...(container?.exitCode !== undefined && { exitCode: container.exitCode }),
      ...(container?.reason !== undefined && { containerReason: container.reason }),
    },
  };
}

/** A failed task before the rollout is evidence against its service, a failed one after it against the whole release. */
export function blamedService(
  { service }: TaskConfiguration,
  { when }: Pick<TaskRun, "when">,
): Pick<Evidence, "service"> {
  return when === "before" ? { service } : {};
}

/**
 * Seconds until the next poll: not past the deadline, and at most a quarter of the task's age, so that the task's end is noticed after
 * at most a quarter more than its duration.
 */
export function retryAfterSeconds({ deadlineMinutes }: Pick<TaskConfiguration, "deadlineMinutes">, ageSeconds: number) {
  const interval = Math.max(shortestInterval, firstPollSeconds - ageSeconds, Math.min(longestInterval, ageSeconds / 4));
  return Math.max(1, Math.round(Math.min(interval, Math.ceil(deadlineMinutes * 60 - ageSeconds))));
}

export const secondsSince = (instant: string, now: Date): number => (now.getTime() - Date.parse(instant)) / 1000;

import type { TaskConfiguration } from "../config/tasks.ts";
import type { Evidence } from "../ledger/evidence.ts";
import type { TaskRun } from "../ledger/task-run.ts";
import type { ObservedTask } from "./ports.ts";

export type TaskVerdict =
  | { state: "waiting"; retryAfterSeconds: number }
  | { state: "succeeded"; exitCode: 0 }
  | { state: "failed"; evidence: Evidence };

type Judged = Pick<TaskRun, "when" | "startedAt" | "taskArn">;

/** RunTask is eventually consistent: so long AWS itself advises to ask again for a task that is not there. */
const unseenSeconds = 300;
/** Nothing can have ended before: Fargate alone takes that long to start a task. */
const firstPollSeconds = 20;
const shortestInterval = 10;
const longestInterval = 600;

/**
 * What has become of a task: the exit code of its container decides, and an unknown one is a failure.
 *
 * A zero does not count when the task was ended from outside, because a command that handles its signal exits with zero in the
 * midst of its work. One whose container is not essential goes on after it, and is judged by it all the same.
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
    const lost = "is not known to ECS any more, so its exit code is unknown";
    return ageSeconds < unseenSeconds ? waiting : failed(task, run, "TASK_FAILED", lost);
  }
  const container = observed.containers.find(({ name }) => name === task.container);
  const isOver = observed.stopped || (observed.wanted && container?.exitCode !== undefined);
  if (isOver) return judgeEnd(task, run, observed);
  if (!isLate) return waiting;
  const minutes = `has not ended within ${task.deadlineMinutes} minutes, and is stopped`;
  return failed(task, run, "TASK_DEADLINE_EXCEEDED", minutes, observed);
}

function judgeEnd(task: TaskConfiguration, run: Judged, observed: ObservedTask): TaskVerdict {
  const { stopCode, stoppedReason, containers } = observed;
  const container = containers.find(({ name }) => name === task.container);
  const isInterrupted = stopCode !== undefined && stopCode !== "EssentialContainerExited";
  if (container?.exitCode === 0 && !isInterrupted) return { state: "succeeded", exitCode: 0 };
  const reason = isInterrupted ? stoppedReason : container?.reason;
  const why = reason === undefined ? "" : ` (${reason})`;
  return failed(task, run, "TASK_FAILED", `${endOf(container?.exitCode)}${why}`, observed);
}

function endOf(exitCode: number | undefined): string {
  if (exitCode === undefined) return "ended without an exit code";
  return exitCode === 0 ? "was ended from outside" : `exited with code ${exitCode}`;
}

function failed(
  task: TaskConfiguration,
  run: Judged,
  code: "TASK_FAILED" | "TASK_DEADLINE_EXCEEDED",
  what: string,
  observed?: ObservedTask,
): TaskVerdict {
  const container = observed?.containers.find(({ name }) => name === task.container);
  return {
    state: "failed",
    evidence: {
      ...subjectOf(task, run),
      code,
      message: `task ${task.name} ${what}`,
      ...(run.taskArn !== undefined && { taskArn: run.taskArn }),
      ...(observed?.stopCode !== undefined && { stopCode: observed.stopCode }),
      ...(observed?.stoppedReason !== undefined && { stoppedReason: observed.stoppedReason }),
      container: task.container,
      ...(container?.exitCode !== undefined && { exitCode: container.exitCode }),
      ...(container?.reason !== undefined && { containerReason: container.reason }),
    },
  };
}

/** A task before the rollout speaks against its own service, a test afterwards against the release as a whole. */
export function subjectOf({ service }: TaskConfiguration, { when }: Pick<TaskRun, "when">): Pick<Evidence, "service"> {
  return when === "before" ? { service } : {};
}

/**
 * Seconds until the next look: never past the deadline, and at most a quarter of the task's age, so that what it takes is
 * known after a quarter more.
 */
export function retryAfterSeconds({ deadlineMinutes }: Pick<TaskConfiguration, "deadlineMinutes">, ageSeconds: number) {
  const interval = Math.max(shortestInterval, firstPollSeconds - ageSeconds, Math.min(longestInterval, ageSeconds / 4));
  return Math.max(1, Math.round(Math.min(interval, Math.ceil(deadlineMinutes * 60 - ageSeconds))));
}

export const secondsSince = (instant: string, now: Date): number => (now.getTime() - Date.parse(instant)) / 1000;

import type { Evidence } from "../ledger/evidence.ts";
import { culpritOf, essentialOf, ranOutOfMemory, wasStoppedBySignal, type ContainerEnd } from "./container-ends.ts";
import type { StoppedTask } from "./observation.ts";
import { isOverdue } from "./refusals.ts";
import { judgeStop } from "./stop-reasons.ts";

/** What a stopped task says against the release: the same every time it is tried again. */
export type TaskFailure = Pick<
  Evidence,
  "code" | "message" | "taskArn" | "stopCode" | "stoppedReason" | "container" | "exitCode" | "containerReason"
> & { at: Date };

/**
 * Why a task counts against the release, or undefined when it does not: stopped by the scheduler for scale-in or for a
 * newer deployment, by a person, by spot interruption or by a failing host. Those say nothing about the image.
 * `stop-reasons.ts` has the verdict on each stop code and reason.
 */
export function taskFailure(task: StoppedTask): TaskFailure | undefined {
  const { stopCode, stoppedReason, containers } = task;
  const essential = essentialOf(containers);
  // An exit code is better evidence than the reasons of the containers that ECS stopped after it.
  const hasExited = stopCode === "EssentialContainerExited" && essential.some(({ exitCode }) => exitCode !== undefined);
  const reasons = [stoppedReason, ...(hasExited ? [] : essential.map(({ reason }) => reason))];
  const verdict = judgeStop(
    stopCode,
    reasons.filter((reason) => reason !== undefined),
  );
  switch (verdict.verdict) {
    case "ignored":
      return undefined;
    case "exited":
      return exited(task);
    case "counts":
      return failure(task, verdict.code, verdict.what);
    case "unknown":
      return unknown(task);
  }
}

/**
 * The failure that refutes a deployment, if there is one: the second task that fails in the same way. One alone may be an
 * accident of its host. Only a registry that has no such image, or none for the platform, is believed at once: we deploy
 * digests, which never come back, and ECS has asked the registry more than once by then. A lack of capacity counts after the
 * wait limit: capacity may still come up.
 *
 * @param since tasks that stopped earlier belong to a time before the release
 */
export function refutingFailure(tasks: readonly StoppedTask[], since: Date, now: Date): TaskFailure | undefined {
  const failures = failuresSince(tasks, since);
  return (
    failures.find(isFinal) ??
    failures.find((one) => {
      const alike = failures.filter((other) => isAlike(one, other));
      const oldest = alike.at(-1)?.at ?? now;
      const mayStillBePlaced = one.code === "PLACEMENT_IMPOSSIBLE" && !isOverdue(oldest, now);
      return alike.length >= 2 && !mayStillBePlaced;
    })
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

/** Alike: the same code and container and, where Lockmaster does not know the reason, the same words. */
const isAlike = (a: TaskFailure, b: TaskFailure) =>
  a.code === b.code && a.container === b.container && (a.code !== "TASK_STOPPED" || wordsOf(a) === wordsOf(b));

/** What ECS gives as reasons, without what differs from task to task: ids, times and numbers. */
const wordsOf = ({ stopCode = "", stoppedReason = "", containerReason = "" }: TaskFailure) =>
  [stopCode, stoppedReason, containerReason].join(" ").replaceAll(/[0-9a-f-]{8,}|\d+/gi, "#");

const isFinal = ({ code, stoppedReason = "", containerReason = "" }: TaskFailure) =>
  code === "IMAGE_CANNOT_BE_PULLED" &&
  /: not found|manifest unknown|matching platform|no matching manifest/i.test(`${stoppedReason} ${containerReason}`);

function unknown(task: StoppedTask): TaskFailure {
  const found = failure(task, "TASK_STOPPED", "");
  const { stopCode, stoppedReason = found.containerReason } = found;
  const words = [stopCode, stoppedReason].filter((one) => one !== undefined).join(": ");
  const quoted = words === "" ? "ECS gives neither a stop code nor a reason" : words;
  return { ...found, message: `a task stopped for a reason that Lockmaster does not know (${quoted})` };
}

function exited(task: StoppedTask): TaskFailure {
  const culprit = culpritOf(task.containers);
  const name = culprit === undefined ? "an essential container" : `container ${culprit.name}`;
  if (culprit !== undefined && ranOutOfMemory(culprit)) {
    return failure(task, "OUT_OF_MEMORY", `${name} ran out of memory`, culprit);
  }
  const code = culprit?.exitCode === undefined ? "" : ` with code ${culprit.exitCode}`;
  return failure(task, "CONTAINER_EXITED", `${name} exited${code}${besideOf(task, culprit)}`, culprit);
}

/** Names the containers that a signal stopped: if one of them was killed from outside ECS, it ended first. */
function besideOf({ containers }: StoppedTask, culprit: ContainerEnd | undefined): string {
  const stopped = culprit?.exitCode === 0 ? essentialOf(containers).filter(wasStoppedBySignal) : [];
  return stopped.map(({ name, exitCode }) => `, and ${name} was stopped with code ${exitCode}`).join("");
}

function failure(
  task: StoppedTask,
  code: TaskFailure["code"],
  what: string,
  culprit = culpritOf(task.containers),
): TaskFailure {
  const why = code === "OUT_OF_MEMORY" ? culprit?.reason : (task.stoppedReason ?? culprit?.reason);
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

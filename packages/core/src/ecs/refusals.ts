/**
 * Reasons that ECS reports as service events only: no task exists that could have one. Messages as in
 * docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html; the role and the target group as in
 * telia-oss/terraform-aws-ecs-fargate#58 and aws/containers-roadmap#1884.
 */
import { isCompleted, primaryOf, type ObservedService } from "./observation.ts";

type RefusalCode = "PLACEMENT_IMPOSSIBLE" | "TASK_REFUSED" | "TARGET_NOT_REGISTERED" | "DEPLOYMENT_DEADLOCKED";

type RefusalKind = {
  code: RefusalCode;
  refusal: RegExp;
  /** Events which show that the cause is gone. */
  resolved: RegExp;
  /** The refusal counts even if all tasks run. */
  whileTasksRun?: true;
  /** As ECS writes it. */
  example: string;
};

const taskStarted = /has started \d+ tasks?|has reached a steady state/;
const targetRegistered = /registered \d+ targets? in|has reached a steady state/;

export const refusalKinds: readonly RefusalKind[] = [
  {
    code: "TASK_REFUSED",
    refusal: /failed to launch a task|unable to assume (the )?role/i,
    resolved: taskStarted,
    example:
      "(service api) failed to launch a task with (error ECS was unable to assume the role 'arn:x' that was provided for this task.)",
  },
  {
    code: "TARGET_NOT_REGISTERED",
    refusal: /failed to register targets|target[- ]?group.* (does not exist|not found|could not be found|is missing)/i,
    resolved: targetRegistered,
    whileTasksRun: true,
    example:
      "(service api) failed to register targets in (target-group arn:x) with (error One or more target groups not found)",
  },
  {
    code: "DEPLOYMENT_DEADLOCKED",
    refusal: /was unable to stop or start tasks during a deployment/,
    resolved: taskStarted,
    whileTasksRun: true,
    example:
      "(service api) was unable to stop or start tasks during a deployment because of the service deployment configuration.",
  },
  {
    code: "PLACEMENT_IMPOSSIBLE",
    refusal:
      /was unable to place (a )?tasks?|capacity ?provider.* (does not exist|not found|could not be found|is not (active|associated))|No Container Instances were found/i,
    resolved: taskStarted,
    example: "(service api) was unable to place a task because no container instance met all of its requirements.",
  },
];

/** ECS is making room: the wait limit begins again. */
const progress =
  /has begun draining connections|deregistered \d+ targets?|has stopped \d+ (running|pending) tasks?|has started \d+ tasks?/;

/** How long ECS may go on refusing, while capacity, a role or a target group may still appear. */
const waitLimitMilliseconds = 5 * 60_000;

export const isOverdue = (since: Date, now: Date): boolean => now.getTime() - since.getTime() >= waitLimitMilliseconds;

/**
 * ECS's own words when it has refused to go on for five minutes, and no event since shows that the cause is gone. ECS omits a
 * repeated message for as long as its cause exists (up to six hours), so a single message counts as long as nothing resolves it.
 *
 * @param since events of an earlier time are ignored
 */
export function standingRefusal(
  service: ObservedService,
  since: Date,
  now: Date,
): { code: RefusalCode; message: string } | undefined {
  const primary = primaryOf(service);
  if (primary === undefined || isDone(service)) return undefined;
  const allRun = primary.runningCount >= primary.desiredCount;
  const recent = service.events.filter(({ at }) => at >= since);
  const lastProgress = recent.find(({ message }) => progress.test(message))?.at ?? since;
  for (const { code, refusal, resolved, whileTasksRun } of refusalKinds) {
    if (allRun && whileTasksRun === undefined) continue;
    const lastResolved = recent.findIndex(({ message }) => resolved.test(message) && !refusal.test(message));
    const standing = lastResolved === -1 ? recent : recent.slice(0, lastResolved);
    const refusals = standing.filter(({ message }) => refusal.test(message));
    const first = refusals.at(-1);
    if (first === undefined) continue;
    const from = new Date(Math.max(first.at.getTime(), lastProgress.getTime()));
    if (isOverdue(from, now)) return { code, message: refusals[0]?.message ?? first.message };
  }
  return undefined;
}

const isDone = (service: ObservedService): boolean => {
  const primary = primaryOf(service);
  return primary !== undefined && isCompleted(primary, service) && primary.runningCount >= primary.desiredCount;
};

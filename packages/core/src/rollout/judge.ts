import type { Rollout } from "../contract/steps.ts";
import type { Expectation } from "./expectation.ts";
import { judgeOurDeployment, ourDeployment } from "./judge-deployment.ts";
import { judgeRollbackDeployment } from "./judge-rollback.ts";
import { primaryOf, type ObservedService, type RolloutObservation } from "../ecs/observation.ts";
import { standingRefusal } from "../ecs/refusals.ts";
import { newestFailure, refutingFailure } from "../ecs/stopped-tasks.ts";
import { combine, failed, healthy, waiting, type Verdict } from "./verdict.ts";

/**
 * Judges one service at one moment by three aspects: ECS's state of the deployment, the stopped tasks, and the service's events. A
 * failure in one outweighs the others, so that a deployment whose tasks keep crashing is not healthy because ECS saw them
 * run for a moment.
 */
export function judgeRollout(observation: RolloutObservation, expectation: Expectation, now: Date): Verdict {
  const { rollout } = expectation;
  if (rollout.expect === "none") return healthy();
  const { service } = observation;
  if (service === undefined) {
    return failed(rollout.service, "SERVICE_NOT_FOUND", "the service no longer exists in ECS");
  }
  if (service.status !== "ACTIVE") {
    return failed(rollout.service, "SERVICE_INACTIVE", `the service was deleted (status ${service.status})`);
  }
  const verdict =
    rollout.expect === "scaled-to-zero"
      ? judgeScaledToZero(service)
      : combine([
          judgeDeployment(observation, service, expectation, now),
          judgeTasks(observation, expectation, now),
          judgeEvents(service, expectation, now),
        ]);
  return completeEvidence(withinDeadline(verdict, expectation, now), observation, expectation, now);
}

/** Id of the deployment whose tasks are judged: ours during a rollout, the primary one during a rollback. */
export function watchedDeployment(service: ObservedService, rollout: Rollout): string | undefined {
  switch (rollout.expect) {
    case "deploy":
      return ourDeployment(service, rollout)?.id;
    case "restore": {
      const primary = primaryOf(service);
      return primary?.taskDefinition === rollout.taskDefinition ? primary?.id : undefined;
    }
    case "none":
    case "scaled-to-zero":
      return undefined;
  }
}

function judgeDeployment(
  observation: RolloutObservation,
  service: ObservedService,
  expectation: Expectation,
  now: Date,
): Verdict {
  return expectation.rollout.expect === "deploy"
    ? judgeOurDeployment(service, observation.serviceDeployment, expectation, now)
    : judgeRollbackDeployment(service, observation.serviceDeployment, expectation, now);
}

function judgeScaledToZero({ desiredCount, runningCount, pendingCount }: ObservedService): Verdict {
  return desiredCount + runningCount + pendingCount === 0
    ? healthy()
    : waiting(`scaling to zero: ${runningCount} tasks run, desired count ${desiredCount}`);
}

function judgeTasks({ stoppedTasks }: RolloutObservation, { rollout, since }: Expectation, now: Date): Verdict {
  const failure = refutingFailure(stoppedTasks, since, now);
  return failure === undefined ? healthy() : failed(rollout.service, failure.code, failure.message);
}

function judgeEvents(service: ObservedService, { rollout, since }: Expectation, now: Date): Verdict {
  const refusal = standingRefusal(service, since, now);
  return refusal === undefined ? healthy() : failed(rollout.service, refusal.code, refusal.message);
}

function withinDeadline(verdict: Verdict, { rollout, since, deadlineMinutes }: Expectation, now: Date): Verdict {
  if (verdict.state !== "waiting" || now.getTime() - since.getTime() < deadlineMinutes * 60_000) return verdict;
  return failed(
    rollout.service,
    "DEADLINE_EXCEEDED",
    `not proven healthy within ${deadlineMinutes} minutes: ${verdict.progress}`,
  );
}

/** The service's newest events that are kept as evidence. */
const maxKeptEvents = 5;

/** Adds the failed task and the service's events to a failure, whichever aspect failed. */
function completeEvidence(
  verdict: Verdict,
  observation: RolloutObservation,
  { since }: Expectation,
  now: Date,
): Verdict {
  if (verdict.state !== "failed") return verdict;
  const { evidence } = verdict;
  const task = refutingFailure(observation.stoppedTasks, since, now) ?? newestFailure(observation.stoppedTasks, since);
  const events = (observation.service?.events ?? []).slice(0, maxKeptEvents).map(({ message }) => message);
  const alarms = observation.serviceDeployment?.triggeredAlarms ?? [];
  const { at: _, code, message, ...facts } = task ?? { at: since, code: evidence.code, message: evidence.message };
  return {
    state: "failed",
    evidence: {
      ...evidence,
      ...facts,
      message: code === evidence.code ? message : `${evidence.message}; ${message}`,
      ...(events.length > 0 && { serviceEvents: events }),
      ...(alarms.length > 0 && { alarms }),
    },
  };
}

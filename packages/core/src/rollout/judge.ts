import type { Rollout } from "../contract/steps.ts";
import type { Expectation } from "./expectation.ts";
import { judgeOurDeployment, ourDeployment } from "./judge-deployment.ts";
import { judgeRestoredDeployment } from "./judge-restoration.ts";
import { primaryOf, type ObservedService, type RolloutObservation } from "../ecs/observation.ts";
import { impossiblePlacement } from "../ecs/placement.ts";
import { newestFailure, refutingFailure } from "../ecs/stopped-tasks.ts";
import { combine, failed, healthy, waiting, type Verdict } from "./verdict.ts";

/**
 * Judges one service at one moment. A verdict is put together from aspects, each of which can object, ask for time or agree:
 * the deployment as ECS sees it, the tasks that stopped, their placement. Failures count before agreement, so that a
 * deployment whose tasks keep crashing is not healthy because ECS saw them run for a moment.
 */
export function judgeRollout(observation: RolloutObservation, expectation: Expectation, now: Date): Verdict {
  const { rollout } = expectation;
  if (rollout.expect === "none") return healthy();
  const { service } = observation;
  if (service === undefined) {
    return failed(rollout.service, "SERVICE_NOT_FOUND", "ECS does not know the service any more");
  }
  if (service.status !== "ACTIVE") {
    return failed(rollout.service, "SERVICE_INACTIVE", `the service is ${service.status}: somebody deletes it`);
  }
  const verdict =
    rollout.expect === "scaled-to-zero"
      ? judgeScaledToZero(service)
      : combine([
          judgeDeployment(observation, service, expectation, now),
          judgeTasks(observation, expectation),
          judgePlacement(service, expectation, now),
        ]);
  return completeEvidence(withinDeadline(verdict, expectation, now), observation, expectation);
}

/** Id of the deployment whose tasks are looked at: ours on the way forward, the primary one on the way back. */
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
    : judgeRestoredDeployment(service, observation.serviceDeployment, expectation, now);
}

function judgeScaledToZero({ desiredCount, runningCount, pendingCount }: ObservedService): Verdict {
  return desiredCount + runningCount + pendingCount === 0
    ? healthy()
    : waiting(`${runningCount} tasks run, ${desiredCount} are wanted; none should be`);
}

function judgeTasks({ stoppedTasks }: RolloutObservation, { rollout, since }: Expectation): Verdict {
  const failure = refutingFailure(stoppedTasks, since);
  return failure === undefined ? healthy() : failed(rollout.service, failure.code, failure.message);
}

function judgePlacement(service: ObservedService, { rollout, since }: Expectation, now: Date): Verdict {
  const primary = primaryOf(service);
  if (primary === undefined || primary.runningCount >= primary.desiredCount) return healthy();
  const refusal = impossiblePlacement(service, since, now);
  return refusal === undefined ? healthy() : failed(rollout.service, "PLACEMENT_IMPOSSIBLE", refusal);
}

function withinDeadline(verdict: Verdict, { rollout, since, deadlineMinutes }: Expectation, now: Date): Verdict {
  if (verdict.state !== "waiting" || now.getTime() - since.getTime() < deadlineMinutes * 60_000) return verdict;
  return failed(
    rollout.service,
    "DEADLINE_EXCEEDED",
    `not proven healthy within ${deadlineMinutes} minutes: ${verdict.progress}`,
  );
}

/** How many of the service's newest events are kept as evidence. */
const keptEvents = 5;

/** Adds to a failure what the tasks and the service itself said, whoever gave the verdict. */
function completeEvidence(verdict: Verdict, observation: RolloutObservation, { since }: Expectation): Verdict {
  if (verdict.state !== "failed") return verdict;
  const { evidence } = verdict;
  const task = refutingFailure(observation.stoppedTasks, since) ?? newestFailure(observation.stoppedTasks, since);
  const events = (observation.service?.events ?? []).slice(0, keptEvents).map(({ message }) => message);
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

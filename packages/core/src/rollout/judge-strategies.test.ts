/** Deployments that shift traffic: blue/green, linear, canary; and those that watch alarms of their own. */
import { describe, expect, test } from "vitest";
import { judgeRollout } from "./judge.ts";
import {
  after,
  deployment,
  newArn,
  observation,
  oldDeployment,
  service,
  serviceDeployment,
  since,
  succeeded,
} from "../ecs/observation.fixture.ts";
import type { ObservedServiceDeployment, RolloutObservation } from "../ecs/observation.ts";
import { combine } from "./verdict.ts";

const rollout = { service: "api", taskDefinition: newArn, deploymentId: "ecs-svc/2", expect: "deploy" } as const;
const judge = (seen: RolloutObservation, seconds = 300) =>
  judgeRollout(seen, { rollout, since, deadlineMinutes: 60 }, after(seconds));

const stages = [
  "RECONCILE_SERVICE",
  "PRE_SCALE_UP",
  "SCALE_UP",
  "POST_SCALE_UP",
  "TEST_TRAFFIC_SHIFT",
  "POST_TEST_TRAFFIC_SHIFT",
  "PRODUCTION_TRAFFIC_SHIFT",
  "POST_PRODUCTION_TRAFFIC_SHIFT",
  "BAKE_TIME",
  "CLEAN_UP",
];

/** Both revisions run, and either is PRIMARY. */
const shifting = (given: Partial<ObservedServiceDeployment>, primary: "ours" | "old"): RolloutObservation => {
  const ours = deployment({ runningCount: 2, pendingCount: 0, status: primary === "ours" ? "PRIMARY" : "ACTIVE" });
  const old = oldDeployment({ status: primary === "old" ? "PRIMARY" : "ACTIVE" });
  return observation({
    service: service({ deployments: primary === "ours" ? [ours, old] : [old, ours], runningCount: 4 }),
    serviceDeployment: serviceDeployment(given),
  });
};

describe("a deployment that shifts traffic", () => {
  test.each(stages)("is waited for at %s, whichever deployment is primary", (lifecycleStage) => {
    for (const primary of ["ours", "old"] as const) {
      expect(judge(shifting({ lifecycleStage }, primary))).toMatchObject({ state: "waiting" });
    }
  });
  test("reports its stage and its share of the traffic", () => {
    const seen = shifting({ lifecycleStage: "PRODUCTION_TRAFFIC_SHIFT", trafficPercent: 20 }, "ours");
    expect(judge(seen)).toEqual({
      state: "waiting",
      progress: "2 of 2 tasks run (PRODUCTION_TRAFFIC_SHIFT, 20 % of the traffic)",
    });
    expect(judge(shifting({ lifecycleStage: "SCALE_UP" }, "old"))).toEqual({
      state: "waiting",
      progress: "the deployment is not primary yet (SCALE_UP)",
    });
  });
  test("is healthy when it is SUCCESSFUL and the old deployment is removed", () => {
    const done = serviceDeployment({ status: "SUCCESSFUL", lifecycleStage: "CLEAN_UP", trafficPercent: 100 });
    expect(judge(succeeded({ serviceDeployment: done }))).toEqual({ state: "healthy", proven: true });
  });
  test.each(["ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"] as const)(
    "has failed at %s, at whatever stage",
    (status) => {
      for (const lifecycleStage of stages) {
        expect(judge(shifting({ status, lifecycleStage }, "old"))).toMatchObject({
          state: "failed",
          evidence: { code: "ROLLED_BACK_BY_ECS" },
        });
      }
    },
  );
  test("is waited for until the deadline at most", () => {
    expect(judge(shifting({ lifecycleStage: "BAKE_TIME" }, "ours"), 3600)).toMatchObject({
      evidence: {
        code: "DEADLINE_EXCEEDED",
        message: "not proven healthy within 60 minutes: 2 of 2 tasks run (BAKE_TIME)",
      },
    });
  });
});

test("a rollback by the service's own alarms names them", () => {
  const seen = shifting(
    { status: "ROLLBACK_IN_PROGRESS", rollbackReason: "alarm detected", triggeredAlarms: ["errors", "latency"] },
    "old",
  );
  expect(judge(seen)).toMatchObject({
    evidence: {
      code: "ROLLED_BACK_BY_ECS",
      message: "ECS rolled the deployment back: alarm detected (raised: errors, latency)",
      alarms: ["errors", "latency"],
    },
  });
});

test("a service with a desired count of 0 is unproven and makes its release unproven", () => {
  const empty = succeeded({
    service: service({
      desiredCount: 0,
      runningCount: 0,
      deployments: [deployment({ rolloutState: "COMPLETED", desiredCount: 0, pendingCount: 0 })],
    }),
  });
  expect(judge(empty)).toEqual({ state: "healthy", proven: false });
  expect(combine([judge(empty), judge(succeeded())])).toEqual({ state: "healthy", proven: false });
});

/**
 * The strategies that shift traffic: BLUE_GREEN, LINEAR, CANARY. ECS starts all tasks of the new revision next to those of
 * the old revision, shifts the traffic in one or several steps, and stops the old tasks after the bake time. Independent
 * of ECS's records. Lifecycle hooks are not implemented: a stage without a wait passes after a short time.
 *
 * Stages: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-how-it-works.html
 */
import type { DeploymentConfiguration, ServiceDeploymentLifecycleStage } from "@aws-sdk/client-ecs";
import {
  type RollingTask,
  rollingUpdate,
  type RolloutPlan,
  type RolloutStrategy,
  type RolloutView,
} from "./rolling.ts";

/** In the order in which a deployment passes them. */
export const stages = [
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
] as const satisfies readonly ServiceDeploymentLifecycleStage[];

export type Stage = (typeof stages)[number];

/** How the production traffic shifts: percentages for the new revision, each with the time until the next step. */
export type Shift = { steps: readonly { percent: number; bakeMs: number }[]; bakeMs: number };

/** The stage of a deployment, the time at which it began, and the step of the shift within PRODUCTION_TRAFFIC_SHIFT. */
export type ShiftProgress = { stage: Stage; since: number; step: number };

const minuteMs = 60_000;
/** Time that ECS needs for a stage without a wait, and that a load balancer needs to apply new weights. */
const stageMs = 5_000;

/** The shift that a configuration describes; undefined for rolling updates. Defaults: ECS API reference. */
export function shiftOf(configuration: DeploymentConfiguration): Shift | undefined {
  const { strategy, bakeTimeInMinutes = 0, canaryConfiguration, linearConfiguration } = configuration;
  const bakeMs = bakeTimeInMinutes * minuteMs;
  const whole = { percent: 100, bakeMs: 0 };
  switch (strategy) {
    case undefined:
    case "ROLLING":
      return undefined;
    case "BLUE_GREEN":
      return { steps: [whole], bakeMs };
    case "CANARY": {
      const { canaryPercent = 5, canaryBakeTimeInMinutes = 10 } = canaryConfiguration ?? {};
      return { steps: [{ percent: canaryPercent, bakeMs: canaryBakeTimeInMinutes * minuteMs }, whole], bakeMs };
    }
    case "LINEAR": {
      const { stepPercent = 10, stepBakeTimeInMinutes = 6 } = linearConfiguration ?? {};
      const steps = Array.from({ length: Math.ceil(100 / stepPercent) - 1 }, (_, index) => ({
        percent: stepPercent * (index + 1),
        bakeMs: stepBakeTimeInMinutes * minuteMs,
      }));
      return { steps: [...steps, whole], bakeMs };
    }
  }
}

/** The progress of a deployment at the given time, across any number of stages. */
export function advance(progress: ShiftProgress, shift: Shift, now: { at: number; scaledUp: boolean }): ShiftProgress {
  const { stage, since, step } = progress;
  if (stage === "CLEAN_UP") return progress;
  if (stage === "SCALE_UP") {
    return now.scaledUp ? { stage: "POST_SCALE_UP", since: now.at, step } : progress;
  }
  const endsAt = endOf(progress, shift);
  if (endsAt === undefined || now.at < endsAt) return progress;
  const isLastStep = step >= shift.steps.length - 1;
  const next: ShiftProgress =
    stage === "PRODUCTION_TRAFFIC_SHIFT" && !isLastStep
      ? { stage, since: endsAt, step: step + 1 }
      : { stage: stages[stages.indexOf(stage) + 1] ?? "CLEAN_UP", since: endsAt, step };
  return next.since === since && next.stage === stage && next.step === step ? progress : advance(next, shift, now);
}

/** When the stage, or the step of the shift, ends; undefined when its end does not depend on time alone. */
export function endOf({ stage, since, step }: ShiftProgress, { steps, bakeMs }: Shift): number | undefined {
  if (stage === "SCALE_UP" || stage === "CLEAN_UP") return undefined;
  if (stage === "PRODUCTION_TRAFFIC_SHIFT") return since + stageMs + (steps[step]?.bakeMs ?? 0);
  return since + (stage === "BAKE_TIME" ? bakeMs : stageMs);
}

/** Percentage of the production traffic that the new revision gets. */
export function productionPercent({ stage, step }: ShiftProgress, { steps }: Shift): number {
  const at = stages.indexOf(stage);
  const shifting = stages.indexOf("PRODUCTION_TRAFFIC_SHIFT");
  if (at < shifting) return 0;
  return at === shifting ? (steps[step]?.percent ?? 0) : 100;
}

/** Percentage of the test traffic that the new revision gets. It shifts in one step. */
export const testPercent = ({ stage }: ShiftProgress): number =>
  stages.indexOf(stage) >= stages.indexOf("TEST_TRAFFIC_SHIFT") ? 100 : 0;

/** One step of a strategy that shifts traffic: until CLEAN_UP all tasks of both revisions run. */
export const shiftingUpdate: RolloutStrategy = <T extends RollingTask>(view: RolloutView<T>): RolloutPlan<T> => {
  const { stage, desiredCount, primary } = view;
  if (stage === undefined || stage === "CLEAN_UP") {
    return rollingUpdate({ ...view, minimumHealthyPercent: 100, maximumPercent: 200 });
  }
  const isStarted = stages.indexOf(stage) >= stages.indexOf("SCALE_UP");
  const surplus = primary.slice(0, Math.max(0, primary.length - desiredCount));
  const start = isStarted && view.mayLaunch ? Math.max(0, desiredCount - primary.length) : 0;
  return { start, stop: surplus, waits: true };
};

/**
 * How the strategies go on that shift traffic: BLUE_GREEN, LINEAR, CANARY. All of the new revision is started beside the
 * old one, gets the traffic in one or several steps, and the old one is stopped when the bake time is over. Knows nothing
 * of ECS's records; without lifecycle hooks the stages at which nothing is done pass by themselves.
 *
 * Stages: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-how-it-works.html
 */
import type { DeploymentConfiguration, ServiceDeploymentLifecycleStage } from "@aws-sdk/client-ecs";
import { rollingUpdate } from "./rolling.ts";
import type { RolloutPlan, RolloutStrategy, RollingTask, RolloutView } from "./rolling.ts";

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

/** How the production traffic goes over: shares of the new revision, each with the time until the next one. */
export type Shift = { steps: readonly { percent: number; bakeMs: number }[]; bakeMs: number };

/** Where a deployment stands: its stage, since when, and the step of the shift within PRODUCTION_TRAFFIC_SHIFT. */
export type ShiftProgress = { stage: Stage; since: number; step: number };

const minuteMs = 60_000;
/** What ECS needs for a stage at which nothing is waited for, and a load balancer to take up new weights. */
const passingMs = 5_000;

/** The shift that a configuration asks for; undefined for rolling updates. Defaults: API reference of ECS. */
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

/** Where a deployment stands now, however many stages have passed since it was looked at. */
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

/** When the stage, or the step of the shift, is over by itself; undefined when something else must happen. */
export function endOf({ stage, since, step }: ShiftProgress, { steps, bakeMs }: Shift): number | undefined {
  if (stage === "SCALE_UP" || stage === "CLEAN_UP") return undefined;
  if (stage === "PRODUCTION_TRAFFIC_SHIFT") return since + passingMs + (steps[step]?.bakeMs ?? 0);
  return since + (stage === "BAKE_TIME" ? bakeMs : passingMs);
}

/** Percentage of the production traffic that the new revision gets. */
export function productionPercent({ stage, step }: ShiftProgress, { steps }: Shift): number {
  const at = stages.indexOf(stage);
  const shifting = stages.indexOf("PRODUCTION_TRAFFIC_SHIFT");
  if (at < shifting) return 0;
  return at === shifting ? (steps[step]?.percent ?? 0) : 100;
}

/** Percentage of the test traffic, which goes over at once. */
export const testPercent = ({ stage }: ShiftProgress): number =>
  stages.indexOf(stage) >= stages.indexOf("TEST_TRAFFIC_SHIFT") ? 100 : 0;

/** One step of a strategy that shifts: everything of the new revision beside everything of the old one, until CLEAN_UP. */
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

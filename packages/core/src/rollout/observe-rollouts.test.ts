import { describe, expect, it } from "vitest";
import type { Rollout } from "../contract/steps.ts";
import { after, deployment, newArn, oldDeployment, service, since } from "../ecs/observation.fixture.ts";
import type { ObservedDeployment, ObservedService } from "../ecs/observation.ts";
import { troubledDeployment } from "./observe-rollouts.ts";

const rollout: Rollout = { service: "api", taskDefinition: newArn, deploymentId: "ecs-svc/2", expect: "deploy" };

const started = (count: number, seconds: number) => ({
  at: after(seconds),
  message: `(service backend) has started ${count} tasks: (task 0a) (task 0b).`,
});

/** Ours, two tasks wanted and on their way, as ECS shows it while all goes well. */
function asked(
  ours: Partial<ObservedDeployment>,
  { seconds = 60, events = [started(2, 5)] }: { seconds?: number; events?: ObservedService["events"] } = {},
): boolean {
  const observed = service({ deployments: [deployment(ours), oldDeployment()], events });
  return troubledDeployment(observed, rollout, { since, now: after(seconds) }) === "ecs-svc/2";
}

describe("stopped tasks are asked for", () => {
  it.each<[string, boolean]>([
    ["not while all tasks are on their way", asked({ pendingCount: 2 })],
    ["not while one runs and one is on its way", asked({ runningCount: 1, pendingCount: 1 })],
    [
      "not once a deployment is completed, however long ago",
      asked({ rolloutState: "COMPLETED", runningCount: 2, pendingCount: 0 }, { seconds: 3600 }),
    ],
    ["not before anything can have stopped twice", asked({ pendingCount: 0 }, { seconds: 5, events: [] })],
    [
      "not once all of a completed deployment run",
      asked({ rolloutState: "COMPLETED", runningCount: 2, pendingCount: 0 }),
    ],
  ])("%s", (_, isAsked) => {
    expect(isAsked).toBe(false);
  });
  it.each<[string, boolean]>([
    ["when ECS counts a failure", asked({ failedTasks: 1 }, { seconds: 5 })],
    ["when a task is missing", asked({ runningCount: 1, pendingCount: 0 })],
    [
      "when a task was replaced, though all run",
      asked({ runningCount: 2, pendingCount: 0 }, { events: [started(1, 40), started(2, 5)] }),
    ],
    [
      "when a completed deployment has lost a task",
      asked({ rolloutState: "COMPLETED", runningCount: 1, pendingCount: 0 }),
    ],
    [
      "when a completed deployment has replaced a task, during the bake time",
      asked(
        { rolloutState: "COMPLETED", runningCount: 2, pendingCount: 0 },
        { events: [started(1, 50), started(2, 5)] },
      ),
    ],
    ["when it takes long, whatever the signs are", asked({ runningCount: 2, pendingCount: 0 }, { seconds: 180 })],
    ["when ours is not primary any more", asked({ status: "ACTIVE" }, { seconds: 5 })],
  ])("%s", (_, isAsked) => {
    expect(isAsked).toBe(true);
  });
  it("not because of tasks that were started before the deployment", () => {
    expect(asked({ pendingCount: 2 }, { events: [started(2, 5), started(2, -3600)] })).toBe(false);
  });
});

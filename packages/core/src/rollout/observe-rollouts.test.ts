import { describe, expect, it } from "vitest";
import type { Rollout } from "../contract/steps.ts";
import { after, deployment, newArn, oldDeployment, service, since } from "../ecs/observation.fixture.ts";
import type { ObservedDeployment, ObservedService } from "../ecs/observation.ts";
import { suspectDeployment } from "./observe-rollouts.ts";

const rollout: Rollout = { service: "api", taskDefinition: newArn, deploymentId: "ecs-svc/2", expect: "deploy" };

const started = (count: number, seconds: number) => ({
  at: after(seconds),
  message: `(service backend) has started ${count} tasks: (task 0a) (task 0b).`,
});

/** Whether stopped tasks are listed; by default of our deployment with two pending tasks and no failure. */
function isListed(
  ours: Partial<ObservedDeployment>,
  { seconds = 60, events = [started(2, 5)] }: { seconds?: number; events?: ObservedService["events"] } = {},
): boolean {
  const observed = service({ deployments: [deployment(ours), oldDeployment()], events });
  return suspectDeployment(observed, rollout, { since, now: after(seconds) }) === "ecs-svc/2";
}

describe("stopped tasks are listed", () => {
  it.each<[string, boolean]>([
    ["not while all tasks are pending", isListed({ pendingCount: 2 })],
    ["not while one runs and one is pending", isListed({ runningCount: 1, pendingCount: 1 })],
    [
      "not once a deployment is completed, however long ago",
      isListed({ rolloutState: "COMPLETED", runningCount: 2, pendingCount: 0 }, { seconds: 3600 }),
    ],
    ["not before a task can have stopped twice", isListed({ pendingCount: 0 }, { seconds: 5, events: [] })],
    [
      "not once all of a completed deployment run",
      isListed({ rolloutState: "COMPLETED", runningCount: 2, pendingCount: 0 }),
    ],
  ])("%s", (_, listed) => {
    expect(listed).toBe(false);
  });
  it.each<[string, boolean]>([
    ["when ECS counts a failure", isListed({ failedTasks: 1 }, { seconds: 5 })],
    ["when a task is missing", isListed({ runningCount: 1, pendingCount: 0 })],
    [
      "when a task was replaced, though all run",
      isListed({ runningCount: 2, pendingCount: 0 }, { events: [started(1, 40), started(2, 5)] }),
    ],
    [
      "when a completed deployment has lost a task",
      isListed({ rolloutState: "COMPLETED", runningCount: 1, pendingCount: 0 }),
    ],
    [
      "when a completed deployment has replaced a task, during the bake time",
      isListed(
        { rolloutState: "COMPLETED", runningCount: 2, pendingCount: 0 },
        { events: [started(1, 50), started(2, 5)] },
      ),
    ],
    ["when it takes long, whatever ECS shows", isListed({ runningCount: 2, pendingCount: 0 }, { seconds: 180 })],
    ["when ours is no longer primary", isListed({ status: "ACTIVE" }, { seconds: 5 })],
  ])("%s", (_, listed) => {
    expect(listed).toBe(true);
  });
  it("not because of tasks that were started before the deployment", () => {
    expect(isListed({ pendingCount: 2 }, { events: [started(2, 5), started(2, -3600)] })).toBe(false);
  });
});

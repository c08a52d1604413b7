import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Rollout } from "../contract/steps.ts";
import type { Expectation } from "./expectation.ts";
import { judgeRollout } from "./judge.ts";
import type { RolloutObservation } from "../ecs/observation.ts";
import { refusalKinds } from "../ecs/refusals.ts";
import {
  after,
  deployment,
  foreignArn,
  newArn,
  observation,
  oldArn,
  oldDeployment,
  service,
  serviceDeployment,
  serviceDeploymentArn,
  since,
  stoppedTask,
  succeeded,
  taskDefinitionArn,
  twice,
} from "../ecs/observation.fixture.ts";

const ours: Rollout = { service: "api", taskDefinition: newArn, deploymentId: "ecs-svc/2", expect: "deploy" };
const deployed: Expectation = { rollout: ours, since, deadlineMinutes: 20 };
const restored: Expectation = {
  rollout: { service: "api", taskDefinition: oldArn, expect: "restore" },
  since,
  deadlineMinutes: 20,
  failedTaskDefinition: newArn,
  snapshotTaskDefinition: oldArn,
};

const verdictOf = (seen: RolloutObservation, expectation: Expectation, seconds: number) => {
  const verdict = judgeRollout(seen, expectation, after(seconds));
  switch (verdict.state) {
    case "healthy":
      return verdict.proven ? "healthy" : "unproven";
    case "waiting":
      return "waiting";
    case "failed":
      return verdict.evidence.code;
  }
};

const unplacedEvents = (...seconds: number[]) =>
  seconds.map((at) => ({
    at: after(at),
    message: "(service backend) was unable to place a task because no container instance met all of its requirements.",
  }));

type Row = [behaviour: string, seen: RolloutObservation, verdict: string, seconds?: number];

const notFound =
  "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref x: not found";
const timedOut = "CannotPullContainerError: pull image manifest has been retried 5 time(s): dial tcp: i/o timeout";

describe("a rollout", () => {
  it.each<Row>([
    ["our deployment PRIMARY and COMPLETED, its service deployment SUCCESSFUL", succeeded(), "healthy"],
    ["in progress", observation(), "waiting"],
    [
      "all tasks run, but the rollout is still in progress",
      observation({ service: service({ deployments: [deployment({ runningCount: 2 })] }) }),
      "waiting",
    ],
    [
      "COMPLETED, while the service deployment still bakes",
      succeeded({ serviceDeployment: serviceDeployment() }),
      "waiting",
    ],
    [
      "SUCCESSFUL before the deployment is COMPLETED",
      observation({ serviceDeployment: serviceDeployment({ status: "SUCCESSFUL" }) }),
      "waiting",
    ],
    [
      "COMPLETED, and the service deployment's history has ended",
      { service: succeeded().service!, stoppedTasks: [] },
      "healthy",
    ],
    [
      "no rollout state behind a Classic Load Balancer, the service deployment SUCCESSFUL",
      succeeded({ service: service({ deployments: [classic(2)] }) }),
      "healthy",
    ],
    [
      "no rollout state, and the old deployment still drains",
      succeeded({ service: service({ deployments: [classic(2), oldDeployment()] }) }),
      "waiting",
    ],
    [
      "the service is stable, on the old task definition, after ECS rolled back",
      observation({
        service: service({ deployments: [oldDeployment({ status: "PRIMARY" })] }),
        serviceDeployment: serviceDeployment({ status: "ROLLBACK_SUCCESSFUL" }),
      }),
      "ROLLED_BACK_BY_ECS",
    ],
    [
      "ECS begins to roll back while our deployment still reads IN_PROGRESS",
      observation({ serviceDeployment: serviceDeployment({ status: "ROLLBACK_IN_PROGRESS" }) }),
      "ROLLED_BACK_BY_ECS",
    ],
    [
      "an operator requests a rollback",
      observation({ serviceDeployment: serviceDeployment({ status: "ROLLBACK_REQUESTED" }) }),
      "ROLLED_BACK_BY_ECS",
    ],
    [
      "ECS's rollback failed",
      observation({ serviceDeployment: serviceDeployment({ status: "ROLLBACK_FAILED" }) }),
      "ROLLED_BACK_BY_ECS",
    ],
    [
      "the old deployment is PRIMARY again, by its old id, without any service deployment",
      {
        service: service({ deployments: [oldDeployment({ status: "PRIMARY" }), deployment({ status: "ACTIVE" })] }),
        stoppedTasks: [],
      },
      "ROLLED_BACK_BY_ECS",
    ],
    [
      "a new PRIMARY deployment says that it rolls back",
      {
        service: service({
          deployments: [
            oldDeployment({
              id: "ecs-svc/3",
              status: "PRIMARY",
              createdAt: after(60),
              rolloutStateReason: "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1.",
            }),
            deployment({ status: "ACTIVE", rolloutState: "FAILED" }),
          ],
        }),
        stoppedTasks: [],
      },
      "ROLLED_BACK_BY_ECS",
    ],
    [
      "the breaker stopped it, rollback off",
      observation({
        service: service({ deployments: [deployment({ rolloutState: "FAILED" }), oldDeployment()] }),
        serviceDeployment: serviceDeployment({ status: "STOPPED", stoppedAt: after(80) }),
      }),
      "DEPLOYMENT_STOPPED",
    ],
    [
      "stopped by hand a while ago, nothing took its place",
      observation({ serviceDeployment: serviceDeployment({ status: "STOPPED", stoppedAt: after(10) }) }),
      "DEPLOYMENT_STOPPED",
    ],
    [
      "stopped just now: a replacement may not be visible yet",
      observation({ serviceDeployment: serviceDeployment({ status: "STOPPED", stoppedAt: after(95) }) }),
      "waiting",
    ],
    [
      "another tool deployed another task definition",
      observation({
        service: service({
          deployments: [deployment({ id: "ecs-svc/3", taskDefinition: foreignArn, createdAt: after(50) })],
        }),
        serviceDeployment: serviceDeployment({ status: "STOPPED", stoppedAt: after(50) }),
      }),
      "DEPLOYMENT_REPLACED",
    ],
    [
      "another tool replaced ours after it had succeeded, and its deployment is COMPLETED",
      succeeded({
        service: service({
          deployments: [
            deployment({
              id: "ecs-svc/3",
              taskDefinition: foreignArn,
              rolloutState: "COMPLETED",
              createdAt: after(50),
            }),
          ],
        }),
      }),
      "DEPLOYMENT_REPLACED",
    ],
    [
      "zone rebalancing replaced ours by one of the same task definition, which is COMPLETED",
      succeeded({
        service: service({
          deployments: [deployment({ id: "ecs-svc/3", rolloutState: "COMPLETED", createdAt: after(50) })],
        }),
      }),
      "healthy",
    ],
    [
      "blue/green: the old deployment is PRIMARY until traffic shifts",
      observation({
        service: service({ deployments: [oldDeployment({ status: "PRIMARY" }), deployment({ status: "ACTIVE" })] }),
      }),
      "waiting",
    ],
    [
      "an old copy that does not show our deployment yet",
      { service: service({ deployments: [oldDeployment({ status: "PRIMARY" })] }), stoppedTasks: [] },
      "waiting",
      30,
    ],
    [
      "autoscaling raises the number of tasks during the rollout",
      succeeded({
        service: service({
          desiredCount: 9,
          runningCount: 2,
          deployments: [deployment({ rolloutState: "COMPLETED", desiredCount: 9, runningCount: 2 })],
        }),
      }),
      "healthy",
    ],
    [
      "no task is wanted",
      succeeded({
        service: service({
          desiredCount: 0,
          runningCount: 0,
          deployments: [deployment({ rolloutState: "COMPLETED", desiredCount: 0 })],
        }),
      }),
      "unproven",
    ],
    ["one task crashed", observation({ stoppedTasks: [stoppedTask()] }), "waiting"],
    ["two tasks crashed alike", observation({ stoppedTasks: twice() }), "CONTAINER_EXITED"],
    ["two crashed, although ECS calls it COMPLETED", succeeded({ stoppedTasks: twice() }), "CONTAINER_EXITED"],
    [
      "two tasks exited with 0: a service must not end",
      observation({ stoppedTasks: twice({ containers: [{ name: "api", exitCode: 0 }] }) }),
      "CONTAINER_EXITED",
    ],
    [
      "two tasks failed differently",
      observation({
        stoppedTasks: [
          stoppedTask(),
          stoppedTask({ stopCode: "TaskFailedToStart", stoppedReason: timedOut, containers: [] }),
        ],
      }),
      "waiting",
    ],
    [
      "two tasks crashed before the release",
      observation({ stoppedTasks: [stoppedTask({ stoppedAt: after(-10) }), stoppedTask({ stoppedAt: after(-20) })] }),
      "waiting",
    ],
    [
      "out of memory twice",
      observation({
        stoppedTasks: twice({
          containers: [
            { name: "api", exitCode: 137, reason: "OutOfMemoryError: Container killed due to memory usage" },
          ],
        }),
      }),
      "OUT_OF_MEMORY",
    ],
    [
      "the registry has no such image",
      observation({ stoppedTasks: [stoppedTask({ stopCode: "TaskFailedToStart", stoppedReason: notFound })] }),
      "IMAGE_CANNOT_BE_PULLED",
    ],
    [
      "the registry did not answer once",
      observation({ stoppedTasks: [stoppedTask({ stopCode: "TaskFailedToStart", stoppedReason: timedOut })] }),
      "waiting",
    ],
    [
      "the registry did not answer twice",
      observation({ stoppedTasks: twice({ stopCode: "TaskFailedToStart", stoppedReason: timedOut }) }),
      "IMAGE_CANNOT_BE_PULLED",
    ],
    [
      "a secret cannot be read, twice",
      observation({
        stoppedTasks: twice({
          stopCode: "TaskFailedToStart",
          stoppedReason: "ResourceInitializationError: unable to pull secrets or registry auth",
        }),
      }),
      "RESOURCE_INITIALIZATION_FAILED",
    ],
    [
      "the entry point does not exist, twice",
      observation({
        stoppedTasks: twice({
          stopCode: "TaskFailedToStart",
          stoppedReason: "CannotStartContainerError: exec: no such file or directory",
        }),
      }),
      "CONTAINER_CANNOT_START",
    ],
    [
      "the load balancer found two tasks unhealthy",
      observation({
        stoppedTasks: twice({
          stopCode: "ServiceSchedulerInitiated",
          stoppedReason: "Task failed ELB health checks in (target-group arn:x)",
        }),
      }),
      "HEALTH_CHECK_FAILED",
    ],
    [
      "the container's own health check failed twice",
      observation({
        stoppedTasks: twice({
          stopCode: "ServiceSchedulerInitiated",
          stoppedReason: "Task failed container health checks",
        }),
      }),
      "HEALTH_CHECK_FAILED",
    ],
    [
      "scale-in stopped tasks",
      observation({
        stoppedTasks: twice({
          stopCode: "ServiceSchedulerInitiated",
          stoppedReason: "Scaling activity initiated by (deployment ecs-svc/2)",
          containers: [{ name: "api", exitCode: 143 }],
        }),
      }),
      "waiting",
    ],
    ["spot capacity was taken away", observation({ stoppedTasks: twice({ stopCode: "SpotInterruption" }) }), "waiting"],
    ["a person stopped tasks", observation({ stoppedTasks: twice({ stopCode: "UserInitiated" }) }), "waiting"],
    [
      "no room for five minutes",
      observation({ service: service({ events: unplacedEvents(310, 150, 5) }) }),
      "PLACEMENT_IMPOSSIBLE",
      320,
    ],
    ["no room for a minute", observation({ service: service({ events: unplacedEvents(60, 5) }) }), "waiting"],
    [
      "no room at first, started since",
      observation({
        service: service({
          events: [
            { at: after(200), message: "(service backend) has started 1 tasks: (task 1)." },
            ...unplacedEvents(5),
          ],
        }),
      }),
      "waiting",
      320,
    ],
    [
      "no room, and ECS was still making room two minutes ago",
      observation({
        service: service({
          events: [
            { at: after(200), message: "(service backend) has begun draining connections on 1 tasks." },
            ...unplacedEvents(5),
          ],
        }),
      }),
      "waiting",
      320,
    ],
    [
      "no room, five minutes after ECS made room: ECS does not repeat its message",
      observation({
        service: service({
          events: [
            { at: after(200), message: "(service backend) has stopped 1 running tasks: (task 1)." },
            ...unplacedEvents(5),
          ],
        }),
      }),
      "PLACEMENT_IMPOSSIBLE",
      510,
    ],
    [
      "tasks wait for capacity and stop without it",
      observation({ stoppedTasks: twice({ stopCode: "TaskFailedToStart", stoppedReason: "RESOURCE:MEMORY" }) }),
      "waiting",
    ],
    [
      "tasks have stopped without capacity for five minutes",
      observation({ stoppedTasks: twice({ stopCode: "TaskFailedToStart", stoppedReason: "RESOURCE:MEMORY" }) }),
      "PLACEMENT_IMPOSSIBLE",
      330,
    ],
    [
      "two tasks stopped for the same unknown reason",
      observation({ stoppedTasks: twice({ stopCode: "TaskFailedToStart", stoppedReason: "QuantumError: no qubits" }) }),
      "TASK_STOPPED",
    ],
    [
      "two tasks stopped for unknown reasons that differ in ids only",
      observation({
        stoppedTasks: [
          stoppedTask({ stopCode: "Novel", stoppedReason: "eni-0123456789abcdef0 is lost" }),
          stoppedTask({ stopCode: "Novel", stoppedReason: "eni-0fedcba9876543210 is lost" }),
        ],
      }),
      "TASK_STOPPED",
    ],
    [
      "two tasks stopped for different unknown reasons",
      observation({
        stoppedTasks: [
          stoppedTask({ stopCode: "Novel", stoppedReason: "one thing" }),
          stoppedTask({ stopCode: "Novel", stoppedReason: "another thing" }),
        ],
      }),
      "waiting",
    ],
    ["the deadline is reached", observation(), "DEADLINE_EXCEEDED", 1200],
    ["proven at the deadline", succeeded(), "healthy", 1200],
    ["the service no longer exists", { stoppedTasks: [] }, "SERVICE_NOT_FOUND"],
    ["an operator deletes the service", observation({ service: service({ status: "DRAINING" }) }), "SERVICE_INACTIVE"],
    [
      "no PRIMARY deployment at all",
      observation({
        service: service({ deployments: [] }),
        serviceDeployment: serviceDeployment({ status: "STOPPED" }),
      }),
      "DEPLOYMENT_REPLACED",
    ],
  ])("%s", (_, seen, verdict, seconds = 100) => {
    expect(verdictOf(seen, deployed, seconds)).toBe(verdict);
  });

  it("reports how the container ended, with ECS's decision", () => {
    const seen = observation({
      service: service({ events: [{ at: after(50), message: "rolling back" }] }),
      serviceDeployment: serviceDeployment({ status: "ROLLBACK_IN_PROGRESS", statusReason: "circuit breaker" }),
      stoppedTasks: [stoppedTask()],
    });
    expect(judgeRollout(seen, deployed, after(100))).toEqual({
      state: "failed",
      evidence: {
        service: "api",
        code: "ROLLED_BACK_BY_ECS",
        message:
          "ECS rolled the deployment back: circuit breaker; container api exited with code 1 (Essential container in task exited)",
        taskArn: stoppedTask().taskArn,
        stopCode: "EssentialContainerExited",
        stoppedReason: "Essential container in task exited",
        container: "api",
        exitCode: 1,
        serviceEvents: ["rolling back"],
      },
    });
  });

  it("reports the container that exited first, not those that ECS stopped after it", () => {
    const containers = [
      { name: "proxy", exitCode: 137 },
      { name: "api", exitCode: 3 },
    ];
    const verdict = judgeRollout(observation({ stoppedTasks: twice({ containers }) }), deployed, after(100));
    expect(verdict).toMatchObject({ evidence: { container: "api", exitCode: 3 } });
  });

  it.each(refusalKinds)("quotes $code after five minutes, not before, and not once the cause is gone", (kind) => {
    const { code, example: message } = kind;
    const seen = (...events: { at: Date; message: string }[]) => observation({ service: service({ events }) });
    const refusal = { at: after(10), message };
    expect(verdictOf(seen(refusal), deployed, 300)).toBe("waiting");
    const verdict = judgeRollout(seen(refusal), deployed, after(311));
    expect(verdict).toMatchObject({ state: "failed", evidence: { code, message } });
    const steady = { at: after(100), message: "(service api) has reached a steady state." };
    expect(verdictOf(seen(steady, refusal), deployed, 500)).toBe("waiting");
  });

  it("blames a target group although all tasks run", () => {
    const message = "(service api) failed to register targets in (target-group x) with (error not found)";
    const deployments = [deployment({ runningCount: 2 }), oldDeployment()];
    const seen = observation({ service: service({ deployments, events: [{ at: after(10), message }] }) });
    expect(verdictOf(seen, deployed, 311)).toBe("TARGET_NOT_REGISTERED");
  });
});

describe("a rollback", () => {
  const onTarget = (given = {}) => service({ deployments: [oldDeployment({ status: "PRIMARY", ...given })] });

  it.each<Row>([
    ["the old task definition in a COMPLETED primary deployment", { service: onTarget(), stoppedTasks: [] }, "healthy"],
    [
      "under a new deployment's id",
      { service: onTarget({ id: "ecs-svc/3", createdAt: after(5) }), stoppedTasks: [] },
      "healthy",
    ],
    ["in progress", { service: onTarget({ rolloutState: "IN_PROGRESS" }), stoppedTasks: [] }, "waiting"],
    ["ours still runs", { service: service(), stoppedTasks: [] }, "waiting"],
    [
      "ECS is not done, though the old deployment already reads COMPLETED",
      {
        service: onTarget(),
        serviceDeployment: serviceDeployment({ status: "ROLLBACK_IN_PROGRESS" }),
        stoppedTasks: [],
      },
      "waiting",
    ],
    [
      "ECS has rolled back",
      {
        service: onTarget(),
        serviceDeployment: serviceDeployment({ status: "ROLLBACK_SUCCESSFUL" }),
        stoppedTasks: [],
      },
      "healthy",
    ],
    [
      "ECS's rollback failed",
      { service: service(), serviceDeployment: serviceDeployment({ status: "ROLLBACK_FAILED" }), stoppedTasks: [] },
      "DEPLOYMENT_STOPPED",
    ],
    [
      "the circuit breaker failed the rollback's deployment",
      { service: onTarget({ rolloutState: "FAILED" }), stoppedTasks: [] },
      "DEPLOYMENT_STOPPED",
    ],
    [
      "the old tasks crash now too",
      { service: onTarget({ rolloutState: "IN_PROGRESS" }), stoppedTasks: twice({ taskDefinition: oldArn }) },
      "CONTAINER_EXITED",
    ],
    [
      "another tool deploys during the rollback",
      { service: onTarget({ taskDefinition: foreignArn, createdAt: after(50) }), stoppedTasks: [] },
      "DEPLOYMENT_REPLACED",
    ],
    ["the deadline of the rollback", { service: service(), stoppedTasks: [] }, "DEADLINE_EXCEEDED", 1200],
  ])("%s", (_, seen, verdict, seconds = 100) => {
    expect(verdictOf(seen, restored, seconds)).toBe(verdict);
  });

  it("accepts the snapshot's task definition and its copy with digests", () => {
    const copy = taskDefinitionArn("shop-backend:10");
    const expectation = { ...restored, rollout: { ...restored.rollout, taskDefinition: copy } };
    for (const taskDefinition of [copy, oldArn]) {
      expect(verdictOf({ service: onTarget({ taskDefinition }), stoppedTasks: [] }, expectation, 100)).toBe("healthy");
    }
  });

  it("does not judge a service that is left alone", () => {
    const expectation: Expectation = { ...restored, rollout: { service: "api", expect: "none" } };
    expect(verdictOf({ stoppedTasks: [] }, expectation, 100)).toBe("healthy");
  });

  it.each([
    [0, 0, "healthy"],
    [0, 1, "waiting"],
    [2, 0, "waiting"],
  ])("scaled to zero: %i wanted, %i running", (desiredCount, runningCount, verdict) => {
    const expectation: Expectation = { ...restored, rollout: { service: "api", expect: "scaled-to-zero" } };
    expect(verdictOf(observation({ service: service({ desiredCount, runningCount }) }), expectation, 100)).toBe(
      verdict,
    );
  });
});

function classic(runningCount: number) {
  const { rolloutState: _, ...rest } = deployment({ runningCount });
  return rest;
}

const rolloutStates = fc.constantFrom("IN_PROGRESS", "COMPLETED", "FAILED");
const deployments = fc.array(
  fc.record({
    id: fc.constantFrom("ecs-svc/1", "ecs-svc/2", "ecs-svc/3"),
    status: fc.constantFrom("PRIMARY", "ACTIVE", "INACTIVE"),
    taskDefinition: fc.constantFrom(oldArn, newArn, foreignArn),
    rolloutState: rolloutStates,
    desiredCount: fc.nat(3),
    runningCount: fc.nat(3),
    pendingCount: fc.nat(3),
    failedTasks: fc.nat(3),
    createdAt: fc.integer({ min: -100, max: 100 }).map(after),
  }),
  { maxLength: 3 },
);
const statuses = fc.constantFrom(
  ...(["PENDING", "SUCCESSFUL", "STOPPED", "STOP_REQUESTED", "IN_PROGRESS", "ROLLBACK_REQUESTED"] as const),
  ...(["ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"] as const),
);
const tasks = fc.array(
  fc.record({
    taskArn: fc.constantFrom("task/1", "task/2", "task/3"),
    taskDefinition: fc.constant(newArn),
    stoppedAt: fc.integer({ min: -50, max: 200 }).map(after),
    stopCode: fc.constantFrom("EssentialContainerExited", "TaskFailedToStart", "UserInitiated", "SpotInterruption"),
    stoppedReason: fc.constantFrom("Essential container in task exited", notFound, timedOut),
    containers: fc.constant([{ name: "api", exitCode: 1 }]),
  }),
  { maxLength: 3 },
);
const observations = fc
  .record({ deployments, status: fc.option(statuses), tasks, desiredCount: fc.nat(3) })
  .map(({ deployments, status, tasks, desiredCount }): RolloutObservation => ({
    service: service({ deployments, desiredCount }),
    ...(status !== null && { serviceDeployment: serviceDeployment({ arn: serviceDeploymentArn, status }) }),
    stoppedTasks: tasks,
  }));

describe("laws", () => {
  it("is healthy only when the primary deployment is ours and COMPLETED, and its service deployment SUCCESSFUL", () => {
    fc.assert(
      fc.property(observations, fc.integer({ min: 0, max: 2000 }), (seen, seconds) => {
        if (judgeRollout(seen, deployed, after(seconds)).state !== "healthy") return;
        const primary = seen.service?.deployments.find(({ status }) => status === "PRIMARY");
        expect(primary).toMatchObject({ taskDefinition: newArn, rolloutState: "COMPLETED" });
        expect(seen.serviceDeployment?.status ?? "SUCCESSFUL").toBe("SUCCESSFUL");
      }),
      { numRuns: 2000 },
    );
  });

  it("never withdraws a failure because another task failed", () => {
    fc.assert(
      fc.property(observations, tasks, fc.integer({ min: 0, max: 2000 }), (seen, more, seconds) => {
        if (judgeRollout(seen, deployed, after(seconds)).state !== "failed") return;
        const worse = { ...seen, stoppedTasks: [...seen.stoppedTasks, ...more] };
        expect(judgeRollout(worse, deployed, after(seconds)).state).toBe("failed");
      }),
      { numRuns: 2000 },
    );
  });

  it("does not wait past the deadline", () => {
    fc.assert(
      fc.property(observations, fc.integer({ min: 1200, max: 9000 }), (seen, seconds) => {
        expect(judgeRollout(seen, deployed, after(seconds)).state).not.toBe("waiting");
      }),
    );
  });
});

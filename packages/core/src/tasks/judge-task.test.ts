import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { judgeTask, retryAfterSeconds } from "./judge-task.ts";
import type { ObservedTask } from "./ports.ts";

const task = { name: "migrate", service: "api", container: "app", command: ["migrate"], deadlineMinutes: 15 };
const began = "2026-11-20T10:00:00.000Z";
const run = { when: "before", startedAt: began, taskArn: "arn:task/1" } as const;
const after = (seconds: number) => new Date(Date.parse(began) + seconds * 1000);

const running: ObservedTask = { taskArn: "arn:task/1", wanted: true, stopped: false, containers: [{ name: "app" }] };
const ended = (exitCode: number | undefined, change: Partial<ObservedTask> = {}): ObservedTask => ({
  ...running,
  wanted: false,
  stopped: true,
  stopCode: "EssentialContainerExited",
  stoppedReason: "Essential container in task exited",
  containers: [{ name: "app", ...(exitCode !== undefined && { exitCode }) }],
  ...change,
});

describe("judgeTask", () => {
  test.each<[string, ObservedTask | undefined, number, object]>([
    ["waits while the task runs", running, 60, { state: "waiting" }],
    ["waits while ECS does not show it yet", undefined, 299, { state: "waiting" }],
    ["waits until a task that ends has stopped", { ...running, wanted: false }, 60, { state: "waiting" }],
    [
      "waits for why a task ends whose container exited with 0 as ECS wants it to stop",
      { ...running, wanted: false, containers: [{ name: "app", exitCode: 0 }] },
      60,
      { state: "waiting" },
    ],
    ["takes 0 for a success", ended(0), 60, { state: "succeeded", exitCode: 0 }],
    ["takes 0 for a success even past the deadline", ended(0), 5000, { state: "succeeded" }],
    [
      "is content with its own container, when others run on",
      { ...running, containers: [{ name: "sidecar" }, { name: "app", exitCode: 0 }] },
      60,
      { state: "succeeded" },
    ],
    ["takes any other code for a failure", ended(3), 60, { evidence: { code: "TASK_FAILED", exitCode: 3 } }],
    [
      "takes no code for a failure",
      ended(undefined),
      60,
      { evidence: { code: "TASK_FAILED", message: "task migrate ended without an exit code" } },
    ],
    [
      "tells why a task could not start",
      ended(undefined, { stopCode: "TaskFailedToStart", stoppedReason: "CannotPullContainerError: no" }),
      60,
      { evidence: { message: "task migrate ended without an exit code (CannotPullContainerError: no)" } },
    ],
    [
      "does not accept exit code 0 of a task that was stopped",
      ended(0, { stopCode: "UserInitiated", stoppedReason: "Task stopped by user" }),
      60,
      { evidence: { message: "task migrate was stopped (Task stopped by user)" } },
    ],
    [
      "does not take another container's 0 for its own",
      ended(undefined, { containers: [{ name: "sidecar", exitCode: 0 }, { name: "app" }] }),
      60,
      { evidence: { code: "TASK_FAILED" } },
    ],
    [
      "does not accept 0 if another essential container failed: its end stops the task",
      ended(0, {
        containers: [
          { name: "proxy", exitCode: 1 },
          { name: "app", exitCode: 0 },
        ],
      }),
      60,
      {
        evidence: {
          code: "TASK_FAILED",
          container: "proxy",
          exitCode: 1,
          message:
            "task migrate ended with code 0, but its essential container proxy exited with code 1, which stops the task before its work is done",
        },
      },
    ],
    [
      "does not accept 0 if another essential container ran out of memory",
      ended(0, {
        containers: [
          { name: "proxy", exitCode: 137, reason: "OutOfMemoryError: killed" },
          { name: "app", exitCode: 0 },
        ],
      }),
      60,
      { evidence: { container: "proxy" } },
    ],
    [
      "takes 0 for a success beside essential containers that ECS stopped",
      ended(0, {
        containers: [
          { name: "proxy", exitCode: 143 },
          { name: "agent", exitCode: 137 },
          { name: "logs", exitCode: 0 },
          { name: "app", exitCode: 0 },
        ],
      }),
      60,
      { state: "succeeded" },
    ],
    [
      "takes 0 for a success beside a failed container that is not essential",
      ended(0, {
        containers: [
          { name: "init", exitCode: 1, essential: false },
          { name: "app", exitCode: 0, essential: true },
        ],
      }),
      60,
      { state: "succeeded" },
    ],
    [
      "names the container that ended first when a signal stopped its own",
      ended(143, {
        containers: [
          { name: "proxy", exitCode: 0 },
          { name: "app", exitCode: 143 },
        ],
      }),
      60,
      { evidence: { container: "proxy", exitCode: 0 } },
    ],
    [
      "blames its own container if that failed",
      ended(3, {
        containers: [
          { name: "proxy", exitCode: 1 },
          { name: "app", exitCode: 3 },
        ],
      }),
      60,
      { evidence: { container: "app", exitCode: 3 } },
    ],
    ["gives up at the deadline", running, 900, { evidence: { code: "TASK_DEADLINE_EXCEEDED" } }],
    ["gives up a task that ECS does not know", undefined, 300, { evidence: { code: "TASK_FAILED" } }],
  ])("%s", (_, observed, seconds, expected) => {
    expect(judgeTask(task, run, observed, after(seconds))).toMatchObject(expected);
  });

  test("holds a failure after the rollout against the release, not against one service", () => {
    const verdict = judgeTask(task, { ...run, when: "after" }, ended(1), after(60));
    expect(verdict).toMatchObject({ state: "failed", evidence: { code: "TASK_FAILED" } });
    expect(verdict).not.toHaveProperty("evidence.service");
  });
});

describe("the next poll", () => {
  test.each([
    [0, 20],
    [20, 10],
    [60, 15],
    [600, 150],
    [3600, 600],
  ])("at an age of %i seconds is %i seconds away", (age, seconds) => {
    expect(retryAfterSeconds({ deadlineMinutes: 480 }, age)).toBe(seconds);
  });

  test("is never past the deadline, and comes so seldom that all tasks fit into an execution's history", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 480 }), { maxLength: 10 }), (deadlines) => {
        const all = deadlines.reduce((sum, minutes) => sum + minutes, 0);
        let polls = 0;
        for (const deadlineMinutes of all <= 480 ? deadlines : []) {
          for (let age = 0; age < deadlineMinutes * 60; polls += 1) {
            age += retryAfterSeconds({ deadlineMinutes }, age);
            expect(age).toBeLessThanOrEqual(deadlineMinutes * 60);
          }
        }
        // Nine events each.
        expect(polls).toBeLessThanOrEqual(250);
      }),
      { examples: [[Array.from({ length: 10 }, () => 48)], [[480]]] },
    );
  });
});

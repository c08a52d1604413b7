import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ContainerEnd } from "./container-ends.ts";
import { stoppedTask } from "./observation.fixture.ts";
import { judgeStop, stopCodes, stopReasons } from "./stop-reasons.ts";
import { taskFailure } from "./stopped-tasks.ts";

const culpritIn = (containers: readonly ContainerEnd[]) => taskFailure(stoppedTask({ containers }))?.container;

describe("the culprit", () => {
  test.each<[string, ContainerEnd[], string]>([
    [
      "is the container that exited with 0, not the sidecar that SIGTERM ended",
      [
        { name: "proxy", exitCode: 143 },
        { name: "api", exitCode: 0 },
      ],
      "api",
    ],
    [
      "is the container that exited with 0, not the sidecar that SIGKILL ended",
      [
        { name: "proxy", exitCode: 137 },
        { name: "api", exitCode: 0 },
      ],
      "api",
    ],
    [
      "is the container that failed, not one that handled SIGTERM",
      [
        { name: "proxy", exitCode: 0 },
        { name: "api", exitCode: 3 },
      ],
      "api",
    ],
    [
      "is the container without memory, not one that failed when it was stopped",
      [
        { name: "proxy", exitCode: 1 },
        { name: "api", exitCode: 137, reason: "OutOfMemoryError: Container killed due to memory usage" },
      ],
      "api",
    ],
    [
      "is never a container that is not essential",
      [
        { name: "init", exitCode: 1, essential: false },
        { name: "api", exitCode: 143, essential: true },
      ],
      "api",
    ],
    [
      "is an essential container even if ECS reports no exit code of it",
      [
        { name: "init", exitCode: 1, essential: false },
        { name: "api", essential: true },
      ],
      "api",
    ],
  ])("%s", (_, containers, culprit) => {
    expect(culpritIn(containers)).toBe(culprit);
    expect(culpritIn(containers.toReversed())).toBe(culprit);
  });

  test("that exited with 0 is reported with those that a signal ended", () => {
    const containers = [
      { name: "proxy", exitCode: 137 },
      { name: "api", exitCode: 0 },
    ];
    expect(taskFailure(stoppedTask({ containers }))?.message).toBe(
      "container api exited with code 0, and proxy was stopped with code 137 (Essential container in task exited)",
    );
  });

  test("is essential, whatever the others did", () => {
    const end = fc.record({
      name: fc.constantFrom("a", "b", "c", "d"),
      exitCode: fc.constantFrom(0, 1, 137, 143),
      reason: fc.constantFrom("", "OutOfMemoryError: killed", "CannotPullContainerError: no"),
      essential: fc.boolean(),
    });
    const task = fc.uniqueArray(end, { selector: ({ name }) => name, minLength: 1 });
    fc.assert(
      fc.property(task, fc.constantFrom(...Object.keys(stopCodes), "Novel"), (containers, stopCode) => {
        const blamed = taskFailure(stoppedTask({ stopCode, stoppedReason: "?", containers }))?.container;
        expect(containers.find(({ name }) => name === blamed)?.essential ?? true).toBe(true);
      }),
    );
  });
});

test("a reason of a container that is not essential is no reason of the task", () => {
  const containers = [
    { name: "init", reason: "CannotPullContainerError: no such image", essential: false },
    { name: "api", essential: true },
  ];
  const task = stoppedTask({ stopCode: "TaskFailedToStart", stoppedReason: "Task failed to start", containers });
  expect(taskFailure(task)).toMatchObject({ code: "TASK_STOPPED", container: "api" });
});

test("an unknown reason is quoted", () => {
  const task = stoppedTask({ stopCode: "TaskFailedToStart", stoppedReason: "QuantumError: no qubits", containers: [] });
  expect(taskFailure(task)?.message).toBe(
    "a task stopped for a reason that Lockmaster does not know (TaskFailedToStart: QuantumError: no qubits)",
  );
});

describe("the table", () => {
  test.each(stopReasons)("decides on $example", ({ example, reason, stopCodes: only = [undefined], verdict }) => {
    expect(example).toMatch(reason);
    for (const stopCode of only) expect(judgeStop(stopCode, [example])).toEqual(verdict);
  });
});

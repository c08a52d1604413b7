import { describe, expect, it } from "vitest";
import { eventTypes, FunctionError, invokeTask, rig } from "./machines.fixture.ts";

/** A Map over the input's `items`, with one state in each iteration. */
function mapOver(step: object, more: object = {}): object {
  return {
    Type: "Map",
    Items: "{% $states.input.items %}",
    ItemProcessor: { StartAt: "Step", States: { Step: step } },
    End: true,
    ...more,
  };
}

const refuseOdd = (payload: number): number => {
  if (payload % 2 === 1) throw new FunctionError("Odd");
  return payload;
};

describe("Map", () => {
  it.each([
    [undefined, 40],
    [0, 40],
    [3, 3],
    [100, 40],
  ])("with MaxConcurrency %s runs %i iterations at a time", async (limit, expected) => {
    let running = 0;
    let most = 0;
    const world = rig({
      step: async (_: unknown, { clock }) => {
        running += 1;
        most = Math.max(most, running);
        await new Promise<void>((resolve) => void clock.after(1000, resolve));
        running -= 1;
      },
    });
    const step = invokeTask("step", {}, { Output: "{% $states.input %}", End: true });
    const machine = mapOver(step, limit === undefined ? {} : { MaxConcurrency: limit });
    const items = Array.from({ length: 50 }, (_, index) => index);
    const execution = await world.run({ Each: machine }, { input: { items } });
    expect(most).toBe(expected);
    expect(JSON.parse(execution.output ?? "")).toEqual(items);
  });

  it("gives each iteration its item and index, and the output of ItemSelector as input", async () => {
    const step = { Type: "Pass", Output: "{% [$states.input, $states.context.Map.Item.Index] %}", End: true };
    const selector = {
      value: "{% $states.context.Map.Item.Value %}",
      of: "{% $count($states.input.items) %}",
    };
    const execution = await rig().run(
      { Each: mapOver(step, { ItemSelector: selector }) },
      { input: { items: ["a", "b"] } },
    );
    expect(JSON.parse(execution.output ?? "")).toEqual([
      [{ value: "a", of: 2 }, 0],
      [{ value: "b", of: 2 }, 1],
    ]);
  });

  it("continues with the other iterations when an iteration catches its own error", async () => {
    const caught = {
      End: true,
      Catch: [{ ErrorEquals: ["States.ALL"], Next: "Note", Output: "{% $states.errorOutput.Error %}" }],
    };
    const world = rig({ refuseOdd });
    const execution = await world.run(
      {
        Each: {
          Type: "Map",
          Items: [1, 2, 3],
          ItemProcessor: {
            StartAt: "Step",
            States: { Step: invokeTask("refuseOdd", "{% $states.input %}", caught), Note: { Type: "Pass", End: true } },
          },
          End: true,
        },
      },
      { input: {} },
    );
    expect(execution).toMatchObject({ status: "SUCCEEDED", output: '["Odd",2,"Odd"]' });
  });

  it("aborts the other iterations when an iteration fails, and its Catch handles the error", async () => {
    const world = rig({ refuseOdd });
    const slow = {
      StartAt: "Rest",
      States: {
        Rest: { Type: "Wait", Seconds: "{% $states.input * 10 %}", Next: "Step" },
        Step: invokeTask("refuseOdd", "{% $states.input %}"),
      },
    };
    const execution = await world.run(
      {
        Each: mapOver({}, { ItemProcessor: slow, Catch: [{ ErrorEquals: ["Odd"], Next: "Caught" }] }),
        Caught: { Type: "Succeed", Output: "{% $states.input.Error %}" },
      },
      { input: { items: [2, 3, 4, 6] } },
    );
    expect(execution).toMatchObject({ status: "SUCCEEDED", output: '"Odd"' });
    expect((execution.stoppedAt ?? 0) - execution.startedAt).toBe(30_000);
    const types = eventTypes(execution);
    expect(types.slice(types.indexOf("TaskFailed"), -3)).toEqual([
      "TaskFailed",
      "MapIterationFailed",
      "WaitStateAborted",
      "MapIterationAborted",
      "WaitStateAborted",
      "MapIterationAborted",
      "MapStateFailed",
      "MapStateExited",
    ]);
  });

  it.each([
    ["ToleratedFailureCount", 2, "SUCCEEDED"],
    ["ToleratedFailureCount", 1, "FAILED"],
    ["ToleratedFailurePercentage", 50, "SUCCEEDED"],
    ["ToleratedFailurePercentage", 40, "FAILED"],
  ])("with %s %i and 2 of 4 iterations failing has %s", async (field, value, status) => {
    const machine = mapOver(invokeTask("refuseOdd", "{% $states.input %}"), { [field]: value });
    const execution = await rig({ refuseOdd }).run({ Each: machine }, { input: { items: [1, 2, 3, 4] } });
    const error = status === "FAILED" ? "States.ExceedToleratedFailureThreshold" : undefined;
    expect(execution).toMatchObject({ status, error });
  });
});

describe("Parallel", () => {
  it("isolates the variables of its branches", async () => {
    const branch = (name: string): object => ({
      StartAt: name,
      States: { [name]: { Type: "Pass", Assign: { mine: name }, Output: "{% $shared %}", End: true } },
    });
    const execution = await rig().run({
      Set: { Type: "Pass", Assign: { shared: 1 }, Next: "Both" },
      Both: { Type: "Parallel", Branches: [branch("a"), branch("b")], Next: "After" },
      After: { Type: "Succeed", Output: { results: "{% $states.input %}", seen: "{% $exists($mine) %}" } },
    });
    expect(JSON.parse(execution.output ?? "")).toEqual({ results: [1, 1], seen: false });
  });

  it("starts all of its branches again when it is retried", async () => {
    let count = 0;
    const world = rig({
      flaky: () => {
        count += 1;
        if (count < 3) throw new FunctionError("RetryableError");
        return count;
      },
    });
    const branch = { StartAt: "Try", States: { Try: invokeTask("flaky") } };
    const execution = await world.run({
      Both: { Type: "Parallel", Branches: [branch], Retry: [{ ErrorEquals: ["States.TaskFailed"] }], End: true },
    });
    expect(execution).toMatchObject({ status: "SUCCEEDED", output: "[3]" });
    expect(eventTypes(execution).filter((type) => type === "ParallelStateStarted")).toHaveLength(3);
  });
});

import { describe, expect, it } from "vitest";
import { invokeTask, rig } from "./machines.fixture.ts";

const LIMIT = 262_144;
const text = (bytes: number): string => "x".repeat(bytes - 2);

describe("256 KiB", () => {
  it("is the maximum output of a state", async () => {
    const { status, output } = await rig().run({ Grow: { Type: "Pass", Output: text(LIMIT), End: true } });
    expect([status, output?.length]).toEqual(["SUCCEEDED", LIMIT]);
  });

  it.each([
    ["one more byte", text(LIMIT + 1)],
    ["fewer characters with more bytes", "ä".repeat(LIMIT / 2)],
  ])("is exceeded by %s", async (_, output) => {
    expect(await rig().run({ Grow: { Type: "Pass", Output: output, End: true } })).toMatchObject({
      status: "FAILED",
      error: "States.DataLimitExceeded",
      cause: "The state/task 'Grow' returned a result with a size exceeding the maximum number of bytes service limit.",
    });
  });

  it.each([
    ["States.ALL", "FAILED"],
    ["States.TaskFailed", "FAILED"],
    ["States.DataLimitExceeded", "SUCCEEDED"],
  ])("exceeded by a task is handled by a Catch of %s: %s", async (name, status) => {
    const world = rig({ large: () => text(LIMIT + 1) });
    const handled = { End: true, Catch: [{ ErrorEquals: [name], Next: "Caught" }] };
    const execution = await world.run({ Grow: invokeTask("large", {}, handled), Caught: { Type: "Succeed" } });
    expect(execution.status).toBe(status);
  });

  const large = invokeTask("large");
  const twice = { StartAt: "Grow", States: { Grow: large } };
  const other = { StartAt: "Also", States: { Also: large } };

  it.each<[string, object]>([
    ["the result of a Map", { Type: "Map", Items: [1, 2], ItemProcessor: twice }],
    ["the result of a Parallel", { Type: "Parallel", Branches: [twice, other] }],
    ["the arguments of a Task", { ...invokeTask("small", "{% $join(['x', 'x'], $pad('', 262144, 'x')) %}") }],
    ["the arguments of a Parallel", { Type: "Parallel", Branches: [twice], Arguments: "{% $pad('', 262144, 'x') %}" }],
    [
      "the input of an iteration",
      { Type: "Map", Items: [1], ItemSelector: "{% $pad('', 262144, 'x') %}", ItemProcessor: twice },
    ],
    ["a variable", { Type: "Pass", Assign: { a: "{% $pad('', 262144, 'x') %}" } }],
    [
      "the variables of one Assign",
      { Type: "Pass", Assign: { a: "{% $pad('', 131072, 'x') %}", b: "{% $pad('', 131072, 'x') %}" } },
    ],
  ])("is exceeded by %s, although the output is small", async (_, state) => {
    const world = rig({ large: () => text(150_000), small: () => 1 });
    expect(await world.run({ State: { ...state, Output: 1, End: true } })).toMatchObject({
      status: "FAILED",
      error: "States.DataLimitExceeded",
      cause: expect.stringContaining("'State'"),
    });
  });

  it("applies to each Assign, not to all variables of an execution together", async () => {
    const keep = (name: string, next: object): object => ({
      Type: "Pass",
      Assign: { [name]: "{% $pad('', 200000, 'x') %}" },
      ...next,
    });
    const states = { A: keep("a", { Next: "B" }), B: keep("b", { Next: "C" }), C: keep("c", { End: true }) };
    expect(await rig().run(states)).toMatchObject({ status: "SUCCEEDED" });
  });

  it("exceeded by a Map's output makes a redrive run all iterations again", async () => {
    let count = 0;
    const world = rig({
      large: () => {
        count += 1;
        return text(count <= 3 ? 100_000 : 10);
      },
    });
    const processor = { StartAt: "Grow", States: { Grow: invokeTask("large") } };
    const executionArn = await world.start({
      Each: { Type: "Map", Items: [1, 2, 3], ItemProcessor: processor, End: true },
    });
    expect(await world.ended(executionArn)).toMatchObject({ error: "States.DataLimitExceeded" });
    await world.call("RedriveExecution", { executionArn });
    expect(await world.ended(executionArn)).toMatchObject({ status: "SUCCEEDED" });
    expect(count).toBe(6);
  });
});

describe("25,000 events", () => {
  it("end an execution that loops, without Catch or redrive", async () => {
    const world = rig();
    const loop = {
      StartAt: "Turn",
      States: { Turn: { Type: "Pass", Next: "Back" }, Back: { Type: "Pass", Next: "Turn" } },
    };
    const executionArn = await world.start({
      Loop: { Type: "Parallel", Branches: [loop], Catch: [{ ErrorEquals: ["States.ALL"], Next: "Caught" }], End: true },
      Caught: { Type: "Succeed" },
    });
    const { status, error, cause, history } = await world.ended(executionArn);
    expect({ status, error, cause }).toEqual({
      status: "FAILED",
      error: "States.Runtime",
      cause: "The execution reached the maximum number of history events (25000).",
    });
    expect(history).toHaveLength(25_000);
    expect(history.at(-1)).toMatchObject({ id: 25_000, type: "ExecutionFailed" });
    await expect(world.call("RedriveExecution", { executionArn })).rejects.toMatchObject({
      message: "Execution history event limit exceeded",
    });
  });
});

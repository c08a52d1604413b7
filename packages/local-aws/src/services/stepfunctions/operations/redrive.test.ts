import { describe, expect, it } from "vitest";
import { eventTypes, FunctionError, invokeTask, rig, type Rig } from "../machines.fixture.ts";

const redrive = async ({ call, ended }: Rig, executionArn: string): ReturnType<Rig["ended"]> => {
  await call("RedriveExecution", { executionArn });
  return ended(executionArn);
};

/** Fails the first invocation with each payload for which `fails` returns true. */
function failOnce(fails: (payload: unknown) => boolean): { seen: unknown[]; run: (payload: never) => unknown } {
  const seen: unknown[] = [];
  return {
    seen,
    run: (payload: unknown) => {
      const first = !seen.includes(payload);
      seen.push(payload);
      if (first && fails(payload)) throw new FunctionError("RejectedError");
      return payload;
    },
  };
}

describe("RedriveExecution", () => {
  it("continues at the failed state, with its input and variables", async () => {
    const { seen, run } = failOnce((payload) => payload === "b1");
    const world = rig({ step: run });
    const arn = await world.start({
      A: invokeTask("step", "a", { Assign: { one: 1 }, Next: "B" }),
      B: invokeTask("step", "{% 'b' & $one %}", { Next: "C" }),
      C: {
        Type: "Succeed",
        Output: { from: "{% $states.input %}", redrives: "{% $states.context.Execution.RedriveCount %}" },
      },
    });
    expect(await world.ended(arn)).toMatchObject({ status: "FAILED", error: "RejectedError" });
    const execution = await redrive(world, arn);
    expect(seen).toEqual(["a", "b1", "b1"]);
    expect(execution).toMatchObject({
      status: "SUCCEEDED",
      output: '{"from":"b1","redrives":1}',
      error: undefined,
      redriveCount: 1,
      stateTransitions: 4,
    });
    expect(eventTypes(execution).slice(-8)).toEqual([
      "ExecutionRedriven",
      "TaskScheduled",
      "TaskStarted",
      "TaskSucceeded",
      "TaskStateExited",
      "SucceedStateEntered",
      "SucceedStateExited",
      "ExecutionSucceeded",
    ]);
    expect(execution.history.map(({ id }) => id)).toEqual(execution.history.map((_, index) => index + 1));
  });

  it("resets the count of retries", async () => {
    let count = 0;
    const world = rig({
      flaky: () => {
        count += 1;
        throw new FunctionError("RetryableError");
      },
    });
    const retry = { End: true, Retry: [{ ErrorEquals: ["RetryableError"], MaxAttempts: 2 }] };
    const arn = await world.start({ Try: invokeTask("flaky", {}, retry) });
    await world.ended(arn);
    await redrive(world, arn);
    expect(count).toBe(6);
  });

  it("fails again in a Fail state", async () => {
    const world = rig();
    const arn = await world.start({ Stop: { Type: "Fail", Error: "No" } });
    await world.ended(arn);
    expect(await redrive(world, arn)).toMatchObject({ status: "FAILED", error: "No", redriveCount: 1 });
  });

  it("runs only the iterations of a Map again that did not succeed", async () => {
    const { seen, run } = failOnce((payload) => payload === 2);
    const world = rig({ step: run });
    const arn = await world.start({
      Each: {
        Type: "Map",
        Items: [1, 2, 3],
        MaxConcurrency: 1,
        ItemProcessor: { StartAt: "Step", States: { Step: invokeTask("step", "{% $states.input %}") } },
        End: true,
      },
    });
    expect(await world.ended(arn)).toMatchObject({ status: "FAILED" });
    expect(await redrive(world, arn)).toMatchObject({ status: "SUCCEEDED", output: "[1,2,3]" });
    expect(seen).toEqual([1, 2, 2, 3]);
  });

  it("keeps the branches of a Parallel that succeeded and continues those that were aborted", async () => {
    const { seen, run } = failOnce((payload) => payload === "fails");
    const world = rig({ step: run });
    const branch = (name: string, before: object = {}): object => ({
      StartAt: `${name} begins`,
      States: {
        [`${name} begins`]: { Type: "Pass", Next: `${name} waits`, Assign: { name } },
        [`${name} waits`]: { Type: "Wait", Seconds: 0, ...before, Next: name },
        [name]: invokeTask("step", "{% $name %}"),
      },
    });
    const arn = await world.start({
      All: {
        Type: "Parallel",
        Branches: [branch("quick"), branch("fails", { Seconds: 10 }), branch("late", { Seconds: 20 })],
        End: true,
      },
    });
    const failed = await world.ended(arn);
    expect(eventTypes(failed).slice(-4)).toEqual([
      "TaskStateAborted",
      "WaitStateAborted",
      "ParallelStateFailed",
      "ExecutionFailed",
    ]);
    const redriven = await redrive(world, arn);
    expect(redriven).toMatchObject({ status: "SUCCEEDED", output: '["quick","fails","late"]' });
    expect(seen).toEqual(["quick", "fails", "fails", "late"]);
    expect((redriven.stoppedAt ?? 0) - (failed.stoppedAt ?? 0)).toBe(20_000);
  });

  it("restarts the timeout of the execution", async () => {
    const world = rig();
    const arn = await world.start({ Rest: { Type: "Wait", Seconds: 100, End: true } }, { timeoutSeconds: 60 });
    expect(await world.ended(arn)).toMatchObject({ status: "TIMED_OUT", error: undefined });
    await world.clock.advance(3_600_000);
    const redrivenAt = world.clock.now();
    const { status, stoppedAt } = await redrive(world, arn);
    expect([status, (stoppedAt ?? 0) - redrivenAt]).toEqual(["TIMED_OUT", 60_000]);
  });

  it("is refused for executions that run, have succeeded, or ended 14 days ago", async () => {
    const world = rig();
    const running = await world.start({ Rest: { Type: "Wait", Seconds: 100, End: true } });
    const refusal = async (executionArn: string): Promise<unknown> =>
      world.call("RedriveExecution", { executionArn }).catch((error: unknown) => error);
    expect(await refusal(running)).toMatchObject({
      name: "ExecutionNotRedrivable",
      message: "Execution is RUNNING and cannot be redriven",
    });
    await world.ended(running);
    expect(await refusal(running)).toMatchObject({ message: "Execution is SUCCEEDED and cannot be redriven" });
    const failed = await world.start({ Stop: { Type: "Fail" } });
    await world.ended(failed);
    await world.clock.advance(15 * 86_400_000);
    expect(await refusal(failed)).toMatchObject({ message: "Execution redrivable period exceeded" });
  });

  it("happens once for a client token", async () => {
    const world = rig();
    const executionArn = await world.start({ Stop: { Type: "Fail" } });
    await world.ended(executionArn);
    const request = { executionArn, clientToken: "one" };
    const first = await world.call("RedriveExecution", request);
    await world.ended(executionArn);
    await world.clock.advance(60_000);
    expect(await world.call("RedriveExecution", request)).toEqual(first);
    expect(world.stepFunctions.execution(executionArn).redriveCount).toBe(1);
  });
});

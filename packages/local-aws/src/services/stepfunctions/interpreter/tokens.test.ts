import { describe, expect, it } from "vitest";
import { eventTypes, FunctionError, rig, tokenTask, type Rig, type StartOptions } from "../machines.fixture.ts";

/** A state machine of one task with a token, and the tokens that its function has received. */
function waiting(more: object = {}): Rig & { tokens: string[]; begin: (options?: StartOptions) => Promise<string> } {
  const tokens: string[] = [];
  const world = rig({ keep: ({ token }: { token: string }) => void tokens.push(token) });
  return { ...world, tokens, begin: async (options) => world.start({ Wait: tokenTask("keep", more) }, options) };
}

describe("a task that waits for its token", () => {
  it("ends with the output of SendTaskSuccess, and ignores the result of its function", async () => {
    const { begin, clock, call, tokens, ended } = waiting();
    const arn = await begin();
    await clock.advance(60_000);
    await call("SendTaskSuccess", { taskToken: tokens[0], output: '{"digest":"sha256:1"}' });
    const execution = await ended(arn);
    expect(execution).toMatchObject({ status: "SUCCEEDED", output: '{"digest":"sha256:1"}' });
    expect(eventTypes(execution)).toEqual([
      "ExecutionStarted",
      "TaskStateEntered",
      "TaskScheduled",
      "TaskStarted",
      "TaskSubmitted",
      "TaskSucceeded",
      "TaskStateExited",
      "ExecutionSucceeded",
    ]);
  });

  it("fails with the error and cause of SendTaskFailure", async () => {
    const { begin, clock, call, tokens, ended } = waiting();
    const arn = await begin();
    await clock.waitUntilQuiet();
    await call("SendTaskFailure", { taskToken: tokens[0], error: "BuildFailed", cause: "exit status 1" });
    expect(await ended(arn)).toMatchObject({ status: "FAILED", error: "BuildFailed", cause: "exit status 1" });
  });

  it("can be completed while its function still runs, without a TaskSubmitted event", async () => {
    const world = rig({
      early: async ({ token }: { token: string }) => world.call("SendTaskSuccess", { taskToken: token, output: "1" }),
    });
    const execution = await world.run({ Wait: tokenTask("early") });
    expect(execution).toMatchObject({ status: "SUCCEEDED", output: "1" });
    expect(eventTypes(execution)).not.toContain("TaskSubmitted");
  });

  it("fails when its function fails", async () => {
    const world = rig({
      broken: () => {
        throw new FunctionError("RejectedError", "no");
      },
    });
    expect(await world.run({ Wait: tokenTask("broken") })).toMatchObject({ status: "FAILED", error: "RejectedError" });
  });

  it("issues a new token for every attempt", async () => {
    const retry = { Retry: [{ ErrorEquals: ["States.Timeout"], MaxAttempts: 1 }], TimeoutSeconds: 10 };
    const { begin, tokens, call, ended, clock } = waiting(retry);
    const arn = await begin();
    await clock.advance(15_000);
    expect(new Set(tokens).size).toBe(2);
    await expect(call("SendTaskSuccess", { taskToken: tokens[0], output: "1" })).rejects.toMatchObject({
      name: "TaskTimedOut",
    });
    await call("SendTaskSuccess", { taskToken: tokens[1], output: "2" });
    expect(await ended(arn)).toMatchObject({ output: "2" });
  });

  it("continues while it receives heartbeats, and ends when they stop", async () => {
    const { begin, tokens, call, ended, clock, stepFunctions } = waiting({ HeartbeatSeconds: 60 });
    const arn = await begin();
    await clock.waitUntilQuiet();
    for (let beats = 0; beats < 5; beats += 1) {
      await clock.advance(50_000);
      await call("SendTaskHeartbeat", { taskToken: tokens[0] });
    }
    expect(stepFunctions.execution(arn).status).toBe("RUNNING");
    const execution = await ended(arn);
    expect(execution).toMatchObject({ status: "FAILED", error: "States.Timeout" });
    expect((execution.stoppedAt ?? 0) - execution.startedAt).toBe(310_000);
    expect(eventTypes(execution)).toContain("TaskTimedOut");
  });

  it.each(["States.HeartbeatTimeout", "States.Timeout", "States.ALL"])(
    "lets a missed heartbeat be caught as %s",
    async (name) => {
      const { run } = rig({ keep: () => null });
      const execution = await run({
        Wait: tokenTask("keep", { HeartbeatSeconds: 5, Catch: [{ ErrorEquals: [name], Next: "Caught" }] }),
        Caught: { Type: "Succeed", Output: "caught" },
      });
      expect(execution).toMatchObject({ status: "SUCCEEDED", output: '"caught"' });
    },
  );

  it("takes its timeouts from expressions and records them in the history", async () => {
    const { begin, ended } = waiting({
      TimeoutSeconds: "{% $states.input.minutes * 60 %}",
      HeartbeatSeconds: "{% $states.input.minutes * 30 %}",
    });
    const { history, stoppedAt, startedAt } = await ended(await begin({ input: { minutes: 2 } }));
    expect(history[2]?.taskScheduledEventDetails).toMatchObject({ timeoutInSeconds: 120, heartbeatInSeconds: 60 });
    expect((stoppedAt ?? 0) - startedAt).toBe(60_000);
  });

  it.each([
    [
      "a completed",
      async ({ call, ended, tokens }: ReturnType<typeof waiting>, arn: string) => {
        await call("SendTaskSuccess", { taskToken: tokens[0], output: "1" });
        await ended(arn);
      },
    ],
    [
      "a stopped",
      async ({ call }: ReturnType<typeof waiting>, arn: string) => {
        await call("StopExecution", { executionArn: arn });
      },
    ],
  ])("returns TaskTimedOut for the token of %s task", async (_, end) => {
    const world = waiting();
    const arn = await world.begin();
    await world.clock.waitUntilQuiet();
    await end(world, arn);
    for (const operation of ["SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat"])
      await expect(world.call(operation, { taskToken: world.tokens[0], output: "1" })).rejects.toMatchObject({
        name: "TaskTimedOut",
        message: "Task Timed Out: 'Provided task does not exist anymore'",
      });
  });

  it("refuses an invalid token, and an output that is not JSON", async () => {
    const { begin, call, clock, tokens } = waiting();
    await begin();
    await clock.waitUntilQuiet();
    await expect(call("SendTaskSuccess", { taskToken: "x", output: "1" })).rejects.toMatchObject({
      name: "InvalidToken",
      message: "Invalid Token: 'Invalid token'",
    });
    await expect(call("SendTaskSuccess", { taskToken: tokens[0], output: "{" })).rejects.toMatchObject({
      name: "InvalidOutput",
    });
  });
});

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StateError } from "./language/errors.ts";
import { FunctionError, invokeTask, rig } from "./machines.fixture.ts";
import { matchesError, RetryCounter } from "./definition/matching.ts";

/** Seconds after the start at which the function was invoked. */
async function attempts(retry: object, errorType = "RetryableError"): Promise<readonly number[]> {
  const times: number[] = [];
  const world = rig({
    flaky: (_: unknown, { clock }) => {
      times.push(clock.now());
      throw new FunctionError(errorType);
    },
  });
  const { startedAt } = await world.run({ Try: invokeTask("flaky", {}, { End: true, Retry: [retry] }) });
  return times.map((time) => (time - startedAt) / 1000);
}

describe("Retry", () => {
  const errorEquals = { ErrorEquals: ["RetryableError"] };
  it.each([
    ["has AWS's defaults", {}, [0, 1, 3, 7]],
    ["increases the delay by the backoff rate", { IntervalSeconds: 2, BackoffRate: 3, MaxAttempts: 3 }, [0, 2, 8, 26]],
    ["limits the delay to the maximum", { IntervalSeconds: 10, MaxDelaySeconds: 15, MaxAttempts: 3 }, [0, 10, 25, 40]],
    ["does not happen with no attempts", { MaxAttempts: 0 }, [0]],
  ])("%s", async (_, fields, expected) => {
    expect(await attempts({ ...errorEquals, ...fields })).toEqual(expected);
  });

  it("does not retry errors that it does not name", async () => {
    expect(await attempts(errorEquals, "RejectedError")).toEqual([0]);
  });

  it("uses the first retrier that names the error, and counts the retries of each retrier", async () => {
    let count = 0;
    const world = rig({
      flaky: () => {
        count += 1;
        if (count < 5) throw new FunctionError(count % 2 === 1 ? "Odd" : "Even");
        return count;
      },
    });
    const retry = ["Odd", "Even"].map((name) => ({ ErrorEquals: [name], MaxAttempts: 2 }));
    const execution = await world.run({ Try: invokeTask("flaky", {}, { End: true, Retry: retry }) });
    expect(execution).toMatchObject({ status: "SUCCEEDED", output: "5", stateTransitions: 5 });
  });

  it("sets RetryCount in the context object", async () => {
    const seen: number[] = [];
    const world = rig({
      flaky: ({ retries }: { retries: number }) => {
        seen.push(retries);
        throw new FunctionError("RetryableError");
      },
    });
    const payload = { retries: "{% $states.context.State.RetryCount %}" };
    await world.run({ Try: invokeTask("flaky", payload, { End: true, Retry: [errorEquals] }) });
    expect(seen).toEqual([0, 1, 2, 3]);
  });

  it("delays by a random part of the full delay with full jitter", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.integer({ min: 1, max: 600 }),
        (share, seconds) => {
          const retrier = {
            errorEquals: ["States.ALL"],
            intervalSeconds: seconds,
            maxAttempts: 1,
            backoffRate: 2,
            maxDelaySeconds: Infinity,
            jitter: "FULL",
          } as const;
          const delay = new RetryCounter([retrier]).next(new StateError("E", undefined), () => share);
          expect(delay).toBeCloseTo(1000 * seconds * share);
        },
      ),
    );
  });
});

describe("ErrorEquals", () => {
  it.each([
    ["States.ALL", "Anything", true],
    ["States.ALL", "States.Timeout", true],
    ["States.ALL", "States.DataLimitExceeded", false],
    ["States.ALL", "States.Runtime", false],
    ["States.TaskFailed", "Anything", true],
    ["States.TaskFailed", "States.Timeout", false],
    ["States.TaskFailed", "States.DataLimitExceeded", false],
    ["States.DataLimitExceeded", "States.DataLimitExceeded", true],
    ["States.Runtime", "States.Runtime", false],
    ["Sandbox.Timedout", "Sandbox.Timedout", true],
    ["RetryableError", "RejectedError", false],
  ])("%s against %s: %s", (name, error, expected) => {
    expect(matchesError([name], new StateError(error, undefined))).toBe(expected);
  });
});

describe("a task's errors", () => {
  it("are the function's errorType, with its error object as cause", async () => {
    const world = rig({
      broken: () => {
        throw new FunctionError("RolloutFailedError", "crashed");
      },
    });
    const { error, cause } = await world.run({ Try: invokeTask("broken") });
    expect(error).toBe("RolloutFailedError");
    expect(JSON.parse(cause ?? "")).toEqual({ errorType: "RolloutFailedError", errorMessage: "crashed", trace: [] });
  });

  it("include a timeout while its function still runs", async () => {
    const world = rig({
      slow: async (_: unknown, { clock }) => new Promise((resolve) => void clock.after(60_000, () => resolve(1))),
    });
    const execution = await world.run({ Try: invokeTask("slow", {}, { End: true, TimeoutSeconds: 10 }) });
    expect(execution).toMatchObject({ status: "FAILED", error: "States.Timeout", cause: undefined });
    expect((execution.stoppedAt ?? 0) - execution.startedAt).toBe(10_000);
    await world.clock.advance(120_000);
    expect(world.stepFunctions.execution("arn:aws:states:us-east-1:111122223333:execution:machine-1:run")).toEqual(
      execution,
    );
  });
});

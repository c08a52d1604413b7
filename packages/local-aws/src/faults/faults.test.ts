import { DescribeExecutionCommand, RedriveExecutionCommand } from "@aws-sdk/client-sfn";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { failureOf } from "../protocol/wire.fixture.ts";
import { Scenario } from "../scenario/scenario.ts";
import { faultyAws } from "./faults.fixture.ts";

const where = { function: "create-clusters", service: "ecs", operation: "CreateCluster" } as const;
const kinds = ["throttle", "error500", "reset-before", "reset-after", "slow", "late"] as const;

describe("a fault that is injected once", () => {
  test.each(kinds)("is absorbed by the SDK: %s", async (kind) => {
    const { aws, invoke, createdClusters } = await faultyAws([{ kind, ...where }]);

    expect(await invoke()).toMatchObject({ payload: ["created at attempt 2"] });
    expect(await createdClusters()).toEqual(["one"]);
    expect(aws.faults()).toMatchObject([{ injected: true }]);
  });

  test("is injected into the call with the given occurrence", async () => {
    const { invoke } = await faultyAws([{ kind: "throttle", ...where, occurrence: 2 }]);

    expect(await invoke(["one", "two", "three"])).toMatchObject({
      payload: ["created at attempt 1", "created at attempt 2", "created at attempt 1"],
    });
  });

  test("is not injected into other calls", async () => {
    const { aws, invoke } = await faultyAws([
      { kind: "throttle", ...where, function: "other-clusters" },
      { kind: "throttle", ...where, service: "ecr" },
      { kind: "throttle", ...where, operation: "DeleteCluster" },
      { kind: "throttle", ...where, occurrence: 2 },
    ]);

    expect(await invoke()).toMatchObject({ payload: ["created at attempt 1"] });
    expect(aws.faults().map(({ injected }) => injected)).toEqual([false, false, false, false]);
  });
});

describe("a fault that exhausts the SDK's retries", () => {
  test.each([
    { kind: "throttle", error: "ThrottlingException", created: [] },
    { kind: "error500", error: "ServerException", created: [] },
    { kind: "reset-before", error: "TimeoutError", created: [] },
    { kind: "reset-after", error: "TimeoutError", created: ["one"] },
    { kind: "slow", error: "TimeoutError", created: ["one"] },
    { kind: "unreadable", error: "SyntaxError", created: ["one"] },
  ] as const)("reaches the function: $kind", async ({ kind, error, created }) => {
    const { invoke, createdClusters } = await faultyAws([{ kind, ...where, strength: "exhausted" }]);

    expect(await invoke()).toMatchObject({ payload: [error] });
    expect(await createdClusters()).toEqual(created);
  });

  test("does not affect the next invocation", async () => {
    const { invoke } = await faultyAws([{ kind: "throttle", ...where, strength: "exhausted" }]);

    expect(await invoke(["one", "two"])).toMatchObject({ payload: ["ThrottlingException", "ThrottlingException"] });
    expect(await invoke()).toMatchObject({ payload: ["created at attempt 1"] });
  });
});

describe("an answer that cannot be read", () => {
  test("is an error of the SDK with status 200, which the SDK does not retry", async () => {
    const { invoke, createdClusters } = await faultyAws([{ kind: "unreadable", ...where }]);

    expect(await invoke()).toMatchObject({ payload: ["SyntaxError"] });
    expect(await createdClusters()).toEqual(["one"]);
    expect(await invoke()).toMatchObject({ payload: ["created at attempt 1"] });
  });
});

describe("an outage", () => {
  test("is injected into every matching call until it ends", async () => {
    const { clock, invoke } = await faultyAws([{ kind: "throttle", ...where, strength: "outage", outageSeconds: 60 }]);

    expect(await invoke()).toMatchObject({ payload: ["ThrottlingException"] });
    expect(await invoke()).toMatchObject({ payload: ["ThrottlingException"] });
    await clock.advance(60_000);
    expect(await invoke()).toMatchObject({ payload: ["created at attempt 1"] });
  });
});

describe("a late call", () => {
  test("takes effect after the client's timeout", async () => {
    const { clock, invoke, createdClusters } = await faultyAws([
      { kind: "late", ...where, strength: "exhausted", seconds: 25 },
    ]);

    expect(await invoke()).toMatchObject({ payload: ["TimeoutError"] });
    expect(await createdClusters()).toEqual([]);
    await clock.advance(30_000);
    expect(await createdClusters()).toEqual(["one"]);
  });
});

describe("a function that is killed", () => {
  test.each([
    { kind: "kill-before", created: ["one"] },
    { kind: "kill-after", created: ["one", "two"] },
  ] as const)("dies at its second call: $kind", async ({ kind, created }) => {
    const { invoke, createdClusters } = await faultyAws([{ kind, ...where, occurrence: 2 }]);

    expect(await invoke(["one", "two", "three"])).toMatchObject({ error: { errorType: "Runtime.ExitError" } });
    expect(await createdClusters()).toEqual(created);
  });
});

describe("an invocation by Step Functions", () => {
  const invocation = { service: "lambda", operation: "Invoke", function: "create-clusters" } as const;

  test.each([
    { kind: "throttle", error: "Lambda.TooManyRequestsException", created: [] },
    { kind: "error500", error: "Lambda.ServiceException", created: [] },
    { kind: "reset-before", error: "Lambda.SdkClientException", created: [] },
    { kind: "reset-after", error: "Lambda.SdkClientException", created: ["one"] },
    { kind: "unreadable", error: "Lambda.SdkClientException", created: ["one"] },
    { kind: "kill-before", error: "Runtime.ExitError", created: [] },
    { kind: "kill-after", error: "Runtime.ExitError", created: ["one"] },
  ] as const)("fails: $kind as $error", async ({ kind, error, created }) => {
    const { run, createdClusters } = await faultyAws([{ kind, ...invocation }]);

    expect(await run()).toMatchObject({ status: "FAILED", error });
    expect(await createdClusters()).toEqual(created);
  });

  test("fails, and the function runs late", async () => {
    const { clock, run, createdClusters } = await faultyAws([{ kind: "late", ...invocation, seconds: 10 }]);

    expect(await run()).toMatchObject({ status: "FAILED", error: "Lambda.SdkClientException" });
    expect(await createdClusters()).toEqual([]);
    await clock.advance(11_000);
    expect(await createdClusters()).toEqual(["one"]);
  });

  test("succeeds when the state machine retries it", async () => {
    const { run } = await faultyAws([{ kind: "throttle", ...invocation }]);

    expect(await run(["Lambda.TooManyRequestsException"])).toMatchObject({ status: "SUCCEEDED" });
  });
});

describe("an execution that is stopped", () => {
  test("ends as ABORTED, and its function continues", async () => {
    const { clock, run, createdClusters } = await faultyAws([{ kind: "stop", state: "Create" }]);

    expect(await run()).toMatchObject({ status: "ABORTED", error: "Scenario" });
    expect(await createdClusters()).toEqual([]);
    await clock.advance(10_000);
    expect(await createdClusters()).toEqual(["one"]);
  });
});

describe("DescribeExecution, eventually consistent", () => {
  test("shows each change of status late", async () => {
    const { aws, clock, stepFunctions, start } = await faultyAws([
      { kind: "stale", seconds: 30 },
      { kind: "stop", state: "Create", seconds: 100 },
      { kind: "throttle", service: "lambda" },
      { kind: "slow", service: "lambda", occurrence: 2, seconds: 1000 },
    ]);
    const executionArn = await start();
    const seen = async () => {
      const { status, redriveCount } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
      return `${status} ${redriveCount}`;
    };

    expect(await failureOf(seen())).toMatchObject({ name: "ExecutionDoesNotExist" });
    await clock.advance(29_000);
    expect(aws.stepFunctions.execution(executionArn).status).toBe("FAILED");
    await clock.advance(1000);
    expect(await seen()).toBe("FAILED 0");
    await stepFunctions.send(new RedriveExecutionCommand({ executionArn }));
    expect(await seen()).toBe("FAILED 0");
    await clock.advance(30_000);
    expect(await seen()).toBe("RUNNING 1");
  });
});

describe("a scenario's faults", () => {
  test.each([
    [{ kind: "throttled" }, /kind|type/i],
    [{ kind: "throttle", service: "esc" }, /service|type/i],
    [{ kind: "throttle", operation: "ecs:UpdateService" }, /must be an operation/],
    [{ kind: "throttle", occurrence: 0 }, /occurrence|type|1/i],
    [{ kind: "stop" }, /state/],
  ])("are refused with the reason: %o", async (fault, message) => {
    const parsed = v.safeParse(Scenario, { faults: [fault] });

    expect(parsed.issues?.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`).join()).toMatch(message);
  });
});

import {
  DescribeExecutionCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import { mockClient } from "aws-sdk-client-mock";
import { beforeEach, expect, test } from "vitest";
import { executionStatus, executionStarter, executionStopper, taskTokens } from "./executions.ts";

const stateMachine = "arn:aws:states:us-east-1:111122223333:stateMachine:release";
const execution = "arn:aws:states:us-east-1:111122223333:execution:release:shop-1";
const client = new SFNClient({ region: "us-east-1" });
const answers = mockClient(client);
const input = {
  kind: "deploy",
  repository: "acme/shop",
  environment: "staging",
  ref: "refs/heads/main",
  sha: "a".repeat(40),
  requestedBy: { kind: "operator", name: "ops" },
  requestedAt: "2026-11-20T12:00:00Z",
} as const;
const awsError = (name: string) => Object.assign(new Error(name), { name, $metadata: { httpStatusCode: 400 } });

beforeEach(() => {
  answers.reset();
});

test("starts an execution with its input", async () => {
  answers.on(StartExecutionCommand).resolves({ executionArn: execution });

  expect(await executionStarter(client, stateMachine).start("shop-1", input)).toEqual({
    executionArn: execution,
    started: true,
  });
  expect(answers.commandCalls(StartExecutionCommand)[0]?.args[0].input).toEqual({
    stateMachineArn: stateMachine,
    name: "shop-1",
    input: JSON.stringify(input),
  });
});

test("returns the ARN of an execution that already exists, and does not start it", async () => {
  answers.on(StartExecutionCommand).rejects(awsError("ExecutionAlreadyExists"));

  expect(await executionStarter(client, stateMachine).start("shop-1", input)).toEqual({
    executionArn: execution,
    started: false,
  });
});

test("stops an execution with error and cause, and ignores a deleted one", async () => {
  answers.on(StopExecutionCommand).resolvesOnce({}).rejects(awsError("ExecutionDoesNotExist"));
  await executionStopper(client).stop(execution, "CheckSuperseded", "a newer commit");
  await executionStopper(client).stop(execution, "CheckSuperseded", "a newer commit");
  expect(answers.commandCalls(StopExecutionCommand)[0]?.args[0].input).toEqual({
    executionArn: execution,
    error: "CheckSuperseded",
    cause: "a newer commit",
  });
});

test("rejects a stop that is denied", async () => {
  answers.on(StopExecutionCommand).rejects(awsError("AccessDeniedException"));
  const stopped = executionStopper(client).stop(execution, "CheckSuperseded", "a newer commit");
  await expect(stopped).rejects.toMatchObject({ name: "RejectedError", code: "AWS_REFUSED" });
});

test.each(["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])(
  "returns false when a task no longer waits: %s",
  async (name) => {
    answers.on(SendTaskSuccessCommand).rejects(awsError(name));
    answers.on(SendTaskFailureCommand).rejects(awsError(name));
    const tokens = taskTokens(client);

    expect([await tokens.succeedTask("t", {}), await tokens.failTask("t", "E", "c")]).toEqual([false, false]);
  },
);

test("completes a waiting task, with its cause cut to the length that Step Functions accepts", async () => {
  answers.on(SendTaskSuccessCommand).resolves({});
  answers.on(SendTaskFailureCommand).resolves({});
  const tokens = taskTokens(client);

  expect([await tokens.succeedTask("t", { a: 1 }), await tokens.failTask("t", "E", "x".repeat(40_000))]).toEqual([
    true,
    true,
  ]);
  expect(answers.commandCalls(SendTaskFailureCommand)[0]?.args[0].input.cause).toHaveLength(32_768);
});

test("retries a call without an answer", async () => {
  answers.on(SendTaskSuccessCommand).rejects(Object.assign(new Error("reset"), { code: "ECONNRESET" }));

  await expect(taskTokens(client).succeedTask("t", {})).rejects.toMatchObject({ name: "RetryableError" });
});

test.each([
  ["RUNNING", true],
  ["SUCCEEDED", false],
  ["FAILED", false],
] as const)("an execution that is %s is running: %s", async (status, running) => {
  answers.on(DescribeExecutionCommand).resolves({ status });

  expect(await executionStatus(client).isRunning(execution)).toBe(running);
});

test("counts an execution that Step Functions no longer has as not running", async () => {
  answers.on(DescribeExecutionCommand).rejects(awsError("ExecutionDoesNotExist"));

  expect(await executionStatus(client).isRunning(execution)).toBe(false);
});

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
const refusal = (name: string) => Object.assign(new Error(name), { name, $metadata: { httpStatusCode: 400 } });

beforeEach(() => {
  answers.reset();
});

test("an execution is started with its input", async () => {
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

test("an execution that exists already is named, and not started", async () => {
  answers.on(StartExecutionCommand).rejects(refusal("ExecutionAlreadyExists"));

  expect(await executionStarter(client, stateMachine).start("shop-1", input)).toEqual({
    executionArn: execution,
    started: false,
  });
});

test("an execution is stopped with error and cause; one that is gone need not be", async () => {
  answers.on(StopExecutionCommand).resolvesOnce({}).rejects(refusal("ExecutionDoesNotExist"));
  await executionStopper(client).stop(execution, "CheckSuperseded", "a newer commit");
  await executionStopper(client).stop(execution, "CheckSuperseded", "a newer commit");
  expect(answers.commandCalls(StopExecutionCommand)[0]?.args[0].input).toEqual({
    executionArn: execution,
    error: "CheckSuperseded",
    cause: "a newer commit",
  });
});

test("an execution that may not be stopped is a refusal", async () => {
  answers.on(StopExecutionCommand).rejects(refusal("AccessDeniedException"));
  const stopped = executionStopper(client).stop(execution, "CheckSuperseded", "a newer commit");
  await expect(stopped).rejects.toMatchObject({ name: "RejectedError", code: "AWS_REFUSED" });
});

test.each(["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])("a token is no longer waited for: %s", async (name) => {
  answers.on(SendTaskSuccessCommand).rejects(refusal(name));
  answers.on(SendTaskFailureCommand).rejects(refusal(name));
  const tokens = taskTokens(client);

  expect([await tokens.succeedTask("t", {}), await tokens.failTask("t", "E", "c")]).toEqual([false, false]);
});

test("a waiting task is completed, its cause cut to what Step Functions takes", async () => {
  answers.on(SendTaskSuccessCommand).resolves({});
  answers.on(SendTaskFailureCommand).resolves({});
  const tokens = taskTokens(client);

  expect([await tokens.succeedTask("t", { a: 1 }), await tokens.failTask("t", "E", "x".repeat(40_000))]).toEqual([
    true,
    true,
  ]);
  expect(answers.commandCalls(SendTaskFailureCommand)[0]?.args[0].input.cause).toHaveLength(32_768);
});

test("an answer that never came is tried again", async () => {
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

test("an execution that is forgotten is not running", async () => {
  answers.on(DescribeExecutionCommand).rejects(refusal("ExecutionDoesNotExist"));

  expect(await executionStatus(client).isRunning(execution)).toBe(false);
});

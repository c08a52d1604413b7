import { describe, expect, it } from "vitest";
import { eventTypes, invokeTask, rig, type Rig } from "./machines.fixture.ts";

const REST = { Rest: { Type: "Wait", Seconds: 60, End: true } };
const MACHINE = "arn:aws:states:us-east-1:111122223333:stateMachine:machine-1";

const startAgain = async ({ call }: Rig, name: string, input: unknown): Promise<unknown> =>
  call("StartExecution", { stateMachineArn: MACHINE, name, input: JSON.stringify(input) });

describe("StartExecution", () => {
  it("returns the running execution for the same name and input", async () => {
    const world = rig();
    const executionArn = await world.start(REST, { input: { a: 1 } });
    const startDate = new Date(world.clock.now());
    await world.clock.advance(1000);
    expect(await startAgain(world, "run", { a: 1 })).toEqual({ executionArn, startDate });
  });

  it.each([
    ["another input", 0, { a: 2 }],
    ["the same input after it has ended", 61_000, { a: 1 }],
    ["the same input 89 days after it has ended", 89 * 86_400_000, { a: 1 }],
  ])("refuses the same name with %s", async (_, waitMs, input) => {
    const world = rig();
    const arn = await world.start(REST, { input: { a: 1 } });
    await world.clock.advance(waitMs);
    await expect(startAgain(world, "run", input)).rejects.toMatchObject({
      name: "ExecutionAlreadyExists",
      message: `Execution Already Exists: '${arn}'`,
    });
  });

  it("accepts the same name again 90 days after the execution has ended", async () => {
    const world = rig();
    const executionArn = await world.start(REST);
    await world.clock.advance(91 * 86_400_000);
    expect(await startAgain(world, "run", {})).toEqual({ executionArn, startDate: new Date(world.clock.now()) });
  });

  it.each([
    ["a name with a space", { name: "a b" }, "InvalidName"],
    ["a name of 81 characters", { name: "a".repeat(81) }, "InvalidName"],
    ["an input that is not JSON", { input: "{" }, "InvalidExecutionInput"],
    ["an input above 256 KiB", { input: JSON.stringify("x".repeat(262_144)) }, "ValidationException"],
    ["an unknown state machine", { stateMachineArn: `${MACHINE}x` }, "StateMachineDoesNotExist"],
    ["an invalid ARN", { stateMachineArn: "machine" }, "InvalidArn"],
  ])("refuses %s", async (_, request, name) => {
    const world = rig();
    await world.start(REST);
    await expect(world.call("StartExecution", { stateMachineArn: MACHINE, ...request })).rejects.toMatchObject({
      name,
    });
  });
});

describe("StopExecution", () => {
  it("aborts with the given error and cause, and is idempotent", async () => {
    const world = rig();
    const executionArn = await world.start(REST);
    await world.clock.advance(10_000);
    const stopDate = new Date(world.clock.now());
    expect(await world.call("StopExecution", { executionArn, error: "Frozen", cause: "by hand" })).toEqual({
      stopDate,
    });
    await world.clock.advance(10_000);
    expect(await world.call("StopExecution", { executionArn })).toEqual({ stopDate });
    const execution = world.stepFunctions.execution(executionArn);
    expect(execution).toMatchObject({ status: "ABORTED", error: "Frozen", cause: "by hand" });
    expect(execution.history.at(-1)).toMatchObject({
      type: "ExecutionAborted",
      executionAbortedEventDetails: { error: "Frozen", cause: "by hand" },
    });
  });
});

describe("status change events", () => {
  it("report start, end and redrive with AWS's detail", async () => {
    const world = rig();
    const executionArn = await world.start(
      { Stop: { Type: "Fail", Error: "No", Cause: "because" } },
      { input: { a: 1 } },
    );
    const { startedAt, stoppedAt } = await world.ended(executionArn);
    await world.call("RedriveExecution", { executionArn });
    await world.ended(executionArn);
    const details = world.emitted.map(({ detail }) => [detail["status"], detail["redriveCount"]]);
    expect(details).toEqual([
      ["RUNNING", 0],
      ["FAILED", 0],
      ["RUNNING", 1],
      ["FAILED", 1],
    ]);
    expect(world.emitted[1]).toMatchObject({
      source: "aws.states",
      detailType: "Step Functions Execution Status Change",
      resources: [executionArn],
      detail: {
        executionArn,
        stateMachineArn: MACHINE,
        name: "run",
        startDate: startedAt,
        stopDate: stoppedAt,
        input: '{"a":1}',
        output: null,
        error: "No",
        cause: "because",
        redriveStatus: "REDRIVABLE",
      },
    });
  });
});

describe("ListExecutions", () => {
  it("lists the newest first, by status and redrive, page by page", async () => {
    const world = rig();
    await world.start(REST, { name: "one" });
    await world.clock.advance(61_000);
    for (const name of ["two", "three"]) await startAgain(world, name, {});
    const names = async (filter: object): Promise<unknown> =>
      world.call("ListExecutions", { stateMachineArn: MACHINE, ...filter });
    const page = (...entries: string[]): unknown => ({
      executions: entries.map((name): unknown => expect.objectContaining({ name })),
    });
    expect(await names({})).toEqual(page("three", "two", "one"));
    expect(await names({ statusFilter: "SUCCEEDED" })).toEqual(page("one"));
    expect(await names({ redriveFilter: "REDRIVEN" })).toEqual(page());
    const first = await names({ maxResults: 2 });
    expect(first).toMatchObject({ nextToken: expect.any(String) });
    expect(await names({ maxResults: 2, ...Object(first) })).toEqual(page("one"));
    await expect(names({ nextToken: "?" })).rejects.toMatchObject({ name: "InvalidToken" });
  });
});

describe("GetExecutionHistory", () => {
  it("reverses the order, omits data, and passes the same events to listeners", async () => {
    const world = rig({ step: () => 1 });
    const heard: string[] = [];
    const unsubscribe = world.stepFunctions.onEvent((arn, event) => heard.push(`${arn} ${event.type}`));
    const executionArn = await world.start({ Do: invokeTask("step") });
    const execution = await world.ended(executionArn);
    unsubscribe();
    expect(heard).toEqual(eventTypes(execution).map((type) => `${executionArn} ${type}`));
    const [last] = execution.history.toReversed();
    const answer = await world.call("GetExecutionHistory", { executionArn, reverseOrder: true, maxResults: 1 });
    expect(answer).toMatchObject({ events: [last] });
    const bare = await world.call("GetExecutionHistory", { executionArn, includeExecutionData: false });
    expect(JSON.stringify(bare)).not.toMatch(/"(in|out)put":/);
  });
});

describe("CreateStateMachine", () => {
  it("returns the existing state machine for the same definition, and refuses another definition", async () => {
    const { call } = rig();
    const request = {
      name: "m",
      roleArn: "arn:aws:iam::111122223333:role/machine",
      definition: '{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}',
    };
    const first = await call("CreateStateMachine", request);
    expect(await call("CreateStateMachine", request)).toEqual(first);
    const other = { ...request, definition: request.definition.replaceAll('"A"', '"B"') };
    await expect(call("CreateStateMachine", other)).rejects.toMatchObject({ name: "StateMachineAlreadyExists" });
    expect(await call("DescribeStateMachine", Object(first))).toMatchObject({ definition: request.definition });
    expect(await call("ListStateMachines", {})).toMatchObject({ stateMachines: [{ name: "m" }] });
  });
});

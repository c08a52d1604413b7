import { describe, expect, it } from "vitest";
import { eventTypes, invokeTask, rig } from "./machines.fixture.ts";

const pass = (output: unknown): object => ({ Type: "Pass", Output: output, End: true });

describe("numbers keep the text that JavaScript would change", () => {
  const numbers = ["0.0", "-1.50", "9007199254740993", "123456789012345678901234567890", "0.1000000000000000055"];

  const functionArn = "arn:aws:lambda:us-east-1:111122223333:function:same";
  const machineArn = "arn:aws:states:us-east-1:111122223333:stateMachine:numbers";

  it.each(numbers)("%s passes through states, functions and variables", async (number) => {
    const world = rig({ [functionArn]: (payload) => payload });
    await world.call("CreateStateMachine", {
      name: "numbers",
      roleArn: "arn:aws:iam::111122223333:role/machine",
      definition: `{"QueryLanguage":"JSONata","StartAt":"Keep","States":{
        "Keep":{"Type":"Pass","Assign":{"kept":"{% $states.input.n %}","all":"{% $states.input %}"},"Next":"Ask"},
        "Ask":{"Type":"Task","Resource":"${functionArn}","Next":"Each"},
        "Each":{"Type":"Map","Items":[1],"ItemSelector":"{% $states.input %}","Next":"Write","ItemProcessor":
          {"StartAt":"Item","States":{"Item":{"Type":"Pass","End":true}}}},
        "Write":{"Type":"Pass","End":true,"Output":{"literal":${number},"kept":"{% $kept %}","all":"{% $all %}",
          "mapped":"{% $states.input[0] %}","first":"{% $states.context.Execution.Input.n %}"}}}}`,
    });
    const input = `{"n":${number}}`;
    await world.call("StartExecution", { stateMachineArn: machineArn, name: "run", input });
    const { output } = await world.ended(`${machineArn.replace("stateMachine", "execution")}:run`);
    expect(output).toBe(`{"literal":${number},"kept":${number},"all":${input},"mapped":${input},"first":${number}}`);
  });

  it("are JavaScript's nearest numbers in an expression that computes", async () => {
    const sum = { Sum: pass("{% $parse('[1.0]')[0] + 1 %}") };
    expect((await rig().run(sum)).output).toBe("2");
  });

  it("may be fractions of zero in a definition", async () => {
    const world = rig({ flaky: () => 1 });
    const retry = [{ ErrorEquals: ["States.ALL"], BackoffRate: 2, IntervalSeconds: 1 }];
    const definition = JSON.stringify({
      QueryLanguage: "JSONata",
      StartAt: "Ask",
      States: { Ask: invokeTask("flaky", {}, { Retry: retry, End: true }) },
    }).replace('"BackoffRate":2', '"BackoffRate":2.0');
    await expect(
      world.call("CreateStateMachine", { name: "a", roleArn: "arn:aws:iam::111122223333:role/machine", definition }),
    ).resolves.toBeDefined();
  });
});

describe("a field may be one expression", () => {
  const input = {
    call: { FunctionName: "same", Payload: { a: 1 } },
    seconds: 5,
    items: [1, 2],
    error: "E",
    limit: 1,
  };
  const same = { same: (payload: never) => payload };
  const task = { Type: "Task", Resource: "arn:aws:states:::lambda:invoke", End: true };

  it.each<[string, object, unknown]>([
    [
      "Arguments of lambda:invoke",
      { ...task, Arguments: "{% $states.input.call %}", Output: "{% $states.result.Payload %}" },
      { a: 1 },
    ],
    [
      "TimeoutSeconds and HeartbeatSeconds",
      {
        ...task,
        Arguments: "{% $states.input.call %}",
        TimeoutSeconds: "{% $states.input.seconds %}",
        HeartbeatSeconds: "{% $states.input.limit %}",
        Output: 1,
      },
      1,
    ],
    ["Output", pass("{% [1, 2] %}"), [1, 2]],
    ["Output, with a single item of a sequence", pass("{% $states.input.items[$ > 1] %}"), 2],
    ["Output, with a single item that stays a list", pass("{% $states.input.items[$ > 1][] %}"), [2]],
    ["Seconds", { Type: "Wait", Seconds: "{% $states.input.seconds %}", Output: 1, End: true }, 1],
    [
      "Arguments of a Parallel",
      {
        Type: "Parallel",
        Arguments: "{% $states.input.items %}",
        Branches: [{ StartAt: "Branch", States: { Branch: { Type: "Pass", End: true } } }],
        End: true,
      },
      [[1, 2]],
    ],
    [
      "all fields of a Map",
      {
        Type: "Map",
        Items: "{% $states.input.items %}",
        ItemSelector: "{% $states.context.Map.Item.Value * 10 %}",
        MaxConcurrency: "{% $states.input.limit %}",
        ToleratedFailureCount: "{% $states.input.limit %}",
        ToleratedFailurePercentage: "{% $states.input.seconds %}",
        ItemProcessor: { StartAt: "Item", States: { Item: { Type: "Pass", End: true } } },
        End: true,
      },
      [10, 20],
    ],
  ])("%s", async (_, state, output) => {
    const execution = await rig(same).run({ State: state }, { input });
    expect({ ...execution, output: JSON.parse(execution.output ?? "null") }).toMatchObject({
      status: "SUCCEEDED",
      output,
    });
  });

  it("Error and Cause of a Fail", async () => {
    const fail = { Type: "Fail", Error: "{% $states.input.error %}", Cause: "{% $string($states.input.items) %}" };
    expect(await rig().run({ State: fail }, { input })).toMatchObject({ error: "E", cause: "[1,2]" });
  });

  it.each([
    ["an object without FunctionName", { Payload: 1 }, "The field 'FunctionName' is required but was missing"],
    ["a number", 5, "The parameters must be an object"],
    ["a FunctionName that is no text", { FunctionName: 1 }, "The value for the field 'FunctionName' must be a STRING"],
  ])("Arguments with %s do not start the task", async (_, call, reason) => {
    const state = {
      ...task,
      Arguments: "{% $states.input.call %}",
      Catch: [{ ErrorEquals: ["States.ALL"], Next: "Caught" }],
    };
    const execution = await rig(same).run({ State: state, Caught: { Type: "Succeed" } }, { input: { call } });
    expect(execution).toMatchObject({ status: "FAILED", error: "States.Runtime" });
    expect(execution.cause).toContain(`could not be used to start the Task: [${reason}]`);
    expect(eventTypes(execution)).toEqual(["ExecutionStarted", "TaskStateEntered", "ExecutionFailed"]);
  });

  it.each([
    ["{% $states.input.absent %}", "returned nothing (undefined)."],
    ["{% $states.input.items[$ > 5] %}", "returned nothing (undefined)."],
    ["{% $sum %}", "returned an unsupported result type."],
  ])("%s fails the state", async (expression, problem) => {
    const { error, cause } = await rig().run({ State: pass(expression) }, { input });
    expect(error).toBe("States.QueryEvaluationError");
    expect(cause).toContain(problem);
  });
});

describe("CreateStateMachine refuses", () => {
  const create = (state: object) => rig().start({ State: state });
  const task = { Type: "Task", Resource: "arn:aws:states:::lambda:invoke", End: true };
  const map = { Type: "Map", ItemProcessor: { StartAt: "A", States: { A: { Type: "Succeed" } } }, End: true };

  it.each<[string, object]>([
    ["lambda:invoke without a function", { ...task, Arguments: { Payload: 1 } }],
    ["lambda:invoke without Arguments", task],
    ["Arguments of lambda:invoke that are no object", { ...task, Arguments: [1] }],
    ["Arguments of lambda:invoke that are text", { ...task, Arguments: "web" }],
    ["Items that are no list", { ...map, Items: { a: 1 } }],
    ["Items that are text", { ...map, Items: "a" }],
    ["Assign that is no object", { Type: "Pass", Assign: "{% $states.input %}", End: true }],
    ["an Error that is no text", { Type: "Fail", Error: 5 }],
  ])("%s", async (_, state) => {
    await expect(create(state)).rejects.toMatchObject({ name: "InvalidDefinition" });
  });
});

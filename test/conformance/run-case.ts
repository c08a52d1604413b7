import { createStepFunctions, type InvocationResult, virtualClock, type World } from "@lockmaster/local-aws";

/** A recorded case, as `README.md` beside the cases describes it. */
export type Case = {
  id: string;
  definition: unknown;
  input: unknown;
  executionArn: string;
  executionName: string;
  stateMachineArn: string;
  roleArn: string;
  functions: Readonly<Record<string, Behaviour>>;
  expected: readonly { kind: "history" | "describe"; value: unknown }[];
  maskings: readonly (readonly [string, string])[];
  unorderedBranches: boolean;
};

type Behaviour = "identity" | "raise-exception" | "raise-custom-exception" | "return-hello-string";

export type Answers = { history: unknown; describe: unknown };

const RAISED = {
  "raise-exception": {
    errorMessage: "Some exception was raised.",
    errorType: "Exception",
    line: 2,
    source: 'raise Exception("Some exception was raised.")',
  },
  "raise-custom-exception": {
    errorMessage: "",
    errorType: "CustomException",
    line: 9,
    source: "raise CustomException()",
  },
} as const;

/** The answers of the recorded functions, with the errors of Python's runtime. */
function answer(behaviour: Behaviour | undefined, payload: unknown): InvocationResult {
  const durationMs = 1;
  switch (behaviour) {
    case "identity":
      return { ok: true, payload: payload ?? {}, sizeBytes: pythonSize(payload ?? {}), durationMs };
    case "return-hello-string":
      return { ok: true, payload: "HelloWorld!", durationMs };
    case "raise-exception":
    case "raise-custom-exception": {
      const { errorMessage, errorType, line, source } = RAISED[behaviour];
      const stackTrace = [`  File "/var/task/handler.py", line ${line}, in handler\n    ${source}\n`];
      const error = { errorMessage, errorType, requestId: "11111111-2222-4333-8444-555555555555", stackTrace };
      return { ok: false, error, durationMs };
    }
    case undefined:
      throw new Error("The case has no such function");
  }
}

/** Bytes of a value as Python's `json.dumps` writes it for Lambda: with a space after every separator. */
function pythonSize(value: unknown): number {
  const separators = (json: unknown): number => {
    if (Array.isArray(json))
      return Math.max(0, json.length - 1) + json.reduce((sum: number, item) => sum + separators(item), 0);
    if (typeof json !== "object" || json === null) return 0;
    const members: unknown[] = Object.values(json);
    // One after each colon, one after each comma between members.
    return Math.max(0, members.length * 2 - 1) + members.reduce((sum: number, item) => sum + separators(item), 0);
  };
  return Buffer.byteLength(JSON.stringify(value)) + separators(value);
}

/** Runs the case on a virtual clock, with the recorded account, region and names. */
export async function runCase(one: Case): Promise<Answers> {
  const [, , , region = "", accountId = "", , machineName = ""] = one.stateMachineArn.split(":");
  const clock = virtualClock();
  const world: World = {
    clock,
    region,
    accountId,
    random: () => 0.5,
    emit: () => undefined,
    log: () => undefined,
    invoke: async (name, payload) => {
      const arn = Object.keys(one.functions).find((known) => known === name || known.endsWith(`:${name}`)) ?? "";
      return answer(one.functions[arn], payload);
    },
  };
  const stepFunctions = createStepFunctions(world);
  const { api } = stepFunctions.service;
  const operations = api === undefined || "perform" in api ? {} : api.operations;
  const call = async (operation: string, input: unknown): Promise<unknown> =>
    operations[operation]?.handle(input, {
      service: "states",
      operation,
      requestId: "1",
      caller: { kind: "outside", accessKeyId: "test" },
    });
  const definition = typeof one.definition === "string" ? one.definition : JSON.stringify(one.definition);
  await call("CreateStateMachine", { name: machineName, definition, roleArn: one.roleArn });
  const { stateMachineArn, executionName: name } = one;
  await call("StartExecution", { stateMachineArn, name, input: JSON.stringify(one.input) });
  const { executionArn } = one;
  await clock.runUntil(() => stepFunctions.execution(executionArn).status !== "RUNNING");
  return {
    history: await call("GetExecutionHistory", { executionArn, maxResults: 1000 }),
    describe: await call("DescribeExecution", { executionArn }),
  };
}

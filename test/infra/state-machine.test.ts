import * as v from "valibot";
import { expect, test } from "vitest";
import { namesOf } from "@lockmaster/installation/topology/names.ts";
import { fillPlaceholders } from "@lockmaster/installation/topology/placeholders.ts";
import { stateMachine } from "@lockmaster/installation/topology/topology.ts";
import { inputsOf, roleOf } from "./resources.ts";
import { synth } from "./synth.ts";

const recording = await synth();
const names = namesOf("lockmaster-staging");
const [machine, ...more] = inputsOf(
  recording,
  "sfn/stateMachine:StateMachine",
  v.object({
    name: v.string(),
    type: v.string(),
    definition: v.string(),
    roleArn: v.string(),
    loggingConfiguration: v.object({
      level: v.string(),
      includeExecutionData: v.boolean(),
      logDestination: v.string(),
    }),
    tracingConfiguration: v.object({ enabled: v.boolean() }),
  }),
);
const functionArn = (key: (typeof stateMachine.functions)[number], version: string) =>
  `arn:aws:lambda:eu-central-1:111122223333:function:${names.function(key)}:${version}`;

test("there is one state machine, without an end before a release's longest duration", () => {
  expect(more).toEqual([]);
  expect(machine).toMatchObject({ name: names.stateMachine, type: "STANDARD" });
});

test("its definition is the shipped one and invokes published versions", () => {
  const definition = machine?.definition ?? "";
  const invoked = [...new Set(definition.match(/arn:aws:lambda:[^"]+/g))];
  expect(invoked.sort()).toEqual(stateMachine.functions.map((key) => functionArn(key, "7")).sort());
  expect(definition).not.toContain("${");
});

test("its role can invoke every version of these functions, which running releases use, and no other function", () => {
  const statements = roleOf(recording, names.stateMachine).inlinePolicies.flatMap(({ policy }) => policy.Statement);
  const invoking = statements.filter(({ Action }) => Action.some((action) => action.startsWith("lambda:")));
  expect(invoking).toMatchObject([{ Effect: "Allow", Action: ["lambda:InvokeFunction"] }]);
  expect([...(invoking[0]?.Resource ?? [])].sort()).toEqual(
    stateMachine.functions.map((key) => functionArn(key, "*")).sort(),
  );
});

test("Step Functions can assume its role for this state machine only", () => {
  expect(machine?.roleArn).toMatch(new RegExp(`:role/${names.stateMachine}$`));
  expect(roleOf(recording, names.stateMachine).assumeRolePolicy.Statement).toMatchObject([
    {
      Principal: { Service: ["states.amazonaws.com"] },
      Condition: {
        ArnEquals: { "aws:SourceArn": [`arn:aws:states:eu-central-1:111122223333:stateMachine:${names.stateMachine}`] },
        StringEquals: { "aws:SourceAccount": ["111122223333"] },
      },
    },
  ]);
});

test("it logs every transition without inputs for the configured time, and traces", () => {
  const logGroup = `/aws/vendedlogs/states/${names.stateMachine}`;
  expect(machine).toMatchObject({
    loggingConfiguration: {
      level: "ALL",
      includeExecutionData: false,
      logDestination: `arn:aws:logs:eu-central-1:111122223333:log-group:${logGroup}:*`,
    },
    tracingConfiguration: { enabled: true },
  });
  const logGroups = inputsOf(
    recording,
    "cloudwatch/logGroup:LogGroup",
    v.object({ name: v.string(), retentionInDays: v.number() }),
  );
  expect(logGroups).toContainEqual({ name: logGroup, retentionInDays: 90 });
});

test("a placeholder without a value is an error", () => {
  expect(fillPlaceholders("a ${b} c", { b: "B" })).toBe("a B c");
  expect(() => fillPlaceholders("a ${b} c", {})).toThrow("${b}");
});

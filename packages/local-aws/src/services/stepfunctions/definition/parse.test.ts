import { describe, expect, it } from "vitest";
import { createExpressions } from "../language/expressions.ts";
import { virtualClock } from "../../../clock/virtual-clock.ts";
import { parseDefinition } from "./parse.ts";

const expressions = createExpressions({ clock: virtualClock(), random: () => 0 });

/** A state machine with one state "A", by default in JSONata. */
function machine(state: object, language = "JSONata"): string {
  return JSON.stringify({ QueryLanguage: language, StartAt: "A", States: { A: { End: true, ...state } } });
}

const TASK = { Type: "Task", Resource: "arn:aws:states:::lambda:invoke", Arguments: { FunctionName: "web" } };
const MAP = { Type: "Map", ItemProcessor: { StartAt: "B", States: { B: { Type: "Succeed" } } } };

describe("a definition is refused with the reason", () => {
  it.each([
    ["when it is not JSON", "{", /INVALID_JSON_DESCRIPTION/],
    ["with an unknown field", machine({ Type: "Pass", Foo: 1 }), /'Foo' is not supported.* at \/States\/A\/Foo/],
    ["with a JSONPath field", machine({ Type: "Pass", InputPath: "$.a" }, "JSONPath"), /JSONata only.*'InputPath'/],
    [
      "with Parameters",
      machine({ ...TASK, Arguments: undefined, Parameters: {} }, "JSONPath"),
      /JSONata only.*'Parameters'/,
    ],
    ["with a path in an assignment", machine({ Type: "Pass", Assign: { "a.$": "$" } }, "JSONPath"), /'a.\$'/],
    [
      "with JSONPath below JSONata",
      machine({ Type: "Pass", QueryLanguage: "JSONPath" }),
      /cannot have states in JSONPath/,
    ],
    ["with Result in JSONata", machine({ Type: "Pass", Result: 1 }), /'JSONata' does not support the field 'Result'/],
    [
      "with Output in JSONPath",
      machine({ Type: "Pass", Output: 1 }, "JSONPath"),
      /'JSONPath' does not support the field 'Output'/,
    ],
    [
      "with a Choice rule in JSONPath",
      machine({ Type: "Choice", Choices: [{ Variable: "$.a", IsNull: true, Next: "A" }], End: undefined }, "JSONPath"),
      /JSONata only/,
    ],
    ["with an invalid expression", machine({ Type: "Pass", Output: "{% 1 + %}" }), /'1 \+' is invalid. S0207/],
    ["with a reserved variable", machine({ Type: "Pass", Assign: { states: 1 } }), /'states' cannot be the name/],
    [
      "with the resource of another service",
      machine({ ...TASK, Resource: "arn:aws:states:::sqs:sendMessage" }),
      /does not have the resource/,
    ],
    [
      "with an unimplemented argument of lambda:invoke",
      machine({ ...TASK, Arguments: { InvocationType: "Event" } }),
      /'InvocationType'/,
    ],
    ["with credentials", machine({ ...TASK, Credentials: {} }), /does not have the field 'Credentials'/],
    [
      "with a distributed Map",
      machine({ ...MAP, ItemProcessor: { ...MAP.ItemProcessor, ProcessorConfig: { Mode: "DISTRIBUTED" } } }),
      /'DISTRIBUTED'/,
    ],
    ["with an ItemReader", machine({ ...MAP, ItemReader: {} }), /'ItemReader'/],
    [
      "with a heartbeat as long as the timeout",
      machine({ ...TASK, TimeoutSeconds: 5, HeartbeatSeconds: 5 }),
      /must be smaller/,
    ],
    [
      "with States.ALL and other errors",
      machine({ ...TASK, Retry: [{ ErrorEquals: ["States.ALL", "E"] }] }),
      /must appear alone/,
    ],
    [
      "with a delay above the maximum",
      machine({ ...TASK, Retry: [{ ErrorEquals: ["E"], MaxDelaySeconds: 31_622_401 }] }),
      /between 1 and 31622400/,
    ],
    ["with a Wait without a time", machine({ Type: "Wait" }), /either 'Seconds' or 'Timestamp'/],
    [
      "with a Wait until an invalid time",
      machine({ Type: "Wait", Timestamp: "tomorrow" }),
      /does not match RFC3339 timestamp/,
    ],
    ["with a state without a transition", machine({ Type: "Pass", End: undefined }), /either 'Next' or 'End: true'/],
    [
      "with a target that does not exist",
      machine({ Type: "Pass", End: undefined, Next: "X" }),
      /MISSING_TRANSITION_TARGET: Missing 'Next' target: X/,
    ],
    [
      "with a start state that does not exist",
      '{"StartAt":"X","States":{"A":{"Type":"Succeed"}}}',
      /Missing 'StartAt' target: X/,
    ],
    [
      "with an unreachable state",
      '{"StartAt":"A","States":{"A":{"Type":"Succeed"},"B":{"Type":"Succeed"}}}',
      /State "B" is not reachable/,
    ],
    [
      "with a name used twice",
      machine({ ...MAP, ItemProcessor: { StartAt: "A", States: { A: { Type: "Succeed" } } } }),
      /DUPLICATE_STATE_NAME/,
    ],
    ["of another version", '{"Version":"2.0","StartAt":"A","States":{"A":{"Type":"Succeed"}}}', /Expected 1.0/],
  ])("%s", (_, text, message) => {
    expect(() => parseDefinition(text, expressions)).toThrow(expect.objectContaining({ name: "InvalidDefinition" }));
    expect(() => parseDefinition(text, expressions)).toThrow(message);
  });
});

describe("a definition", () => {
  it("treats a string as an expression only when the braces are its first and last characters", () => {
    const { states } = parseDefinition(machine({ Type: "Pass", Output: { a: "{% 1 %}", b: " {% 1 %}" } }), expressions);
    expect(states.get("A")).toMatchObject({
      output: {
        members: [
          ["a", { kind: "expression", location: "Output/a" }],
          ["b", { kind: "literal" }],
        ],
      },
    });
  });

  it("has no expressions in JSONPath", () => {
    const { states } = parseDefinition(machine({ Type: "Pass", Assign: { a: "{% 1 %}" } }, "JSONPath"), expressions);
    expect(states.get("A")).toMatchObject({ assign: { kind: "literal", value: { a: "{% 1 %}" } } });
  });
});

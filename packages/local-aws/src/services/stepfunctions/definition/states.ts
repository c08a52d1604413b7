import { isJsonArray, numberOf } from "../language/json.ts";
import type { Template } from "../language/template.ts";
import { parseTimestamp } from "../language/timestamp.ts";
import { fieldProblem, type QueryLanguage, type StateType } from "./fields.ts";
import { readErrorHandling, readTransition } from "./handling.ts";
import type {
  ChoiceRule,
  ChoiceState,
  Flow,
  Transition,
  MapState,
  State,
  TaskResource,
  TaskState,
  WaitState,
} from "./model.ts";
import { unimplementedArgument } from "./invoke-arguments.ts";
import type { Node } from "./node.ts";

/** Reads a nested flow, which inherits its query language. */
export type ReadFlow = (node: Node) => Flow;

const STATE_TYPES: readonly StateType[] = ["Pass", "Task", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"];

/** Source: https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html */
const MAX_SECONDS = 99_999_999;

/** @throws AwsError InvalidDefinition for states that AWS refuses or that the local AWS does not implement. */
export function readState(name: string, node: Node, readFlow: ReadFlow): State {
  const typeName = node.requiredString("Type");
  const type = STATE_TYPES.find((known) => known === typeName);
  if (type === undefined) throw node.refuse(`'${typeName}' is not a type of state`, "Type");
  const stateNode = node.in(readStateLanguage(node));
  for (const field of Object.keys(node.value)) {
    const problem = fieldProblem(field, type, stateNode.language);
    if (problem !== undefined) throw node.refuse(problem, field);
  }
  return readTyped(type, name, stateNode, readFlow);
}

function readStateLanguage(node: Node): QueryLanguage {
  const language = node.string("QueryLanguage") ?? node.language;
  if (language !== "JSONata" && language !== "JSONPath")
    throw node.refuse("Expected JSONata or JSONPath", "QueryLanguage");
  if (language === "JSONPath" && node.language === "JSONata")
    throw node.refuse("A state machine in JSONata cannot have states in JSONPath", "QueryLanguage");
  return language;
}

function readTyped(type: StateType, name: string, node: Node, readFlow: ReadFlow): State {
  switch (type) {
    case "Pass":
      return { type, name, ...readExit(node), result: node.template("Result") && node.value["Result"] };
    case "Task":
      return readTask(name, node);
    case "Choice":
      return readChoice(name, node);
    case "Wait":
      return readWait(name, node);
    case "Succeed":
      return { type, name, ...readTransition(node, undefined) };
    case "Fail":
      return { type, name, error: readText(node, "Error"), cause: readText(node, "Cause") };
    case "Parallel":
      return readParallel(name, node, readFlow);
    case "Map":
      return readMap(name, node, readFlow);
  }
}

function readText(node: Node, field: string): Template | undefined {
  node.string(field);
  return node.template(field);
}

function readExit(node: Node): Transition {
  const next = node.string("Next");
  const end = node.value["End"];
  if (end !== undefined && typeof end !== "boolean") throw node.refuse("Expected value of type Boolean", "End");
  if ((next !== undefined) === (end === true)) throw node.refuse("A state needs either 'Next' or 'End: true'");
  return readTransition(node, next);
}

const INVOKE = "arn:aws:states:::lambda:invoke";
const FUNCTION_ARN = /^arn:aws[\w-]*:lambda:[\w-]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/;

function readResource(node: Node): TaskResource {
  const resource = node.requiredString("Resource");
  if (resource === INVOKE) return { kind: "invoke", waitForTaskToken: false };
  if (resource === `${INVOKE}.waitForTaskToken`) return { kind: "invoke", waitForTaskToken: true };
  if (FUNCTION_ARN.test(resource)) return { kind: "function", arn: resource };
  throw node.refuse(`The local AWS does not have the resource '${resource}'`, "Resource");
}

function readTask(name: string, node: Node): TaskState {
  const resource = readResource(node);
  const taskArguments = node.template("Arguments");
  if (resource.kind === "invoke") checkInvokeArguments(node, taskArguments);
  const timeoutSeconds = node.numberTemplate("TimeoutSeconds", { min: 1, max: MAX_SECONDS, integer: true });
  const heartbeatSeconds = node.numberTemplate("HeartbeatSeconds", { min: 1, max: MAX_SECONDS, integer: true });
  const heartbeat = numberOf(node.value["HeartbeatSeconds"]);
  const timeout = numberOf(node.value["TimeoutSeconds"] ?? MAX_SECONDS);
  if (heartbeat !== undefined && timeout !== undefined && heartbeat >= timeout)
    throw node.refuse("'HeartbeatSeconds' must be smaller than 'TimeoutSeconds'", "HeartbeatSeconds");
  return {
    type: "Task",
    name,
    ...readExit(node),
    ...readErrorHandling(node),
    resource,
    arguments: taskArguments,
    timeoutSeconds,
    heartbeatSeconds,
  };
}

/** The arguments are an object, or one expression, whose value is checked when the task starts. */
function checkInvokeArguments(node: Node, template: Template | undefined): void {
  if (template?.kind === "expression") return;
  const given = node.child("Arguments")?.value ?? {};
  const unknown = unimplementedArgument(given);
  if (unknown !== undefined)
    throw node.refuse(`The local AWS does not have the argument '${unknown}' of lambda:invoke`, "Arguments");
  if (given["FunctionName"] === undefined)
    throw node.refuse("The field 'FunctionName' is required but was missing", "Arguments");
}

function readChoice(name: string, node: Node): ChoiceState {
  const choices = node.children("Choices").map((rule, index): ChoiceRule => {
    if (node.language === "JSONPath")
      throw rule.refuse(
        "The local AWS runs JSONata only: a rule needs 'Condition', and the state QueryLanguage JSONata",
      );
    rule.allowOnly(["Condition", "Next", "Comment", "Assign", "Output"]);
    const condition = rule.template("Condition", `Choices[${index}]/Condition`);
    if (condition === undefined) throw rule.refuse("The field 'Condition' is required");
    const next = rule.requiredString("Next");
    return { ...readTransition(rule, next, `Choices[${index}]/`), condition, next };
  });
  if (choices.length === 0) throw node.refuse("A Choice needs at least one rule", "Choices");
  return { type: "Choice", name, ...readTransition(node, node.string("Default")), choices };
}

function readWait(name: string, node: Node): WaitState {
  const seconds = node.numberTemplate("Seconds", { min: 0, max: MAX_SECONDS, integer: true });
  const timestamp = node.template("Timestamp");
  if (timestamp?.kind === "literal" && parseTimestamp(node.requiredString("Timestamp")) === undefined)
    throw node.refuse("String does not match RFC3339 timestamp", "Timestamp");
  if (seconds !== undefined && timestamp === undefined)
    return { type: "Wait", name, ...readExit(node), until: { kind: "seconds", template: seconds } };
  if (timestamp !== undefined && seconds === undefined)
    return { type: "Wait", name, ...readExit(node), until: { kind: "timestamp", template: timestamp } };
  throw node.refuse("A Wait needs either 'Seconds' or 'Timestamp'");
}

function readParallel(name: string, node: Node, readFlow: ReadFlow): State {
  const branches = node.children("Branches").map((branch) => {
    branch.allowOnly(["StartAt", "States", "Comment"]);
    return readFlow(branch);
  });
  if (branches.length === 0) throw node.refuse("The field 'Branches' is required");
  return {
    type: "Parallel",
    name,
    ...readExit(node),
    ...readErrorHandling(node),
    arguments: node.template("Arguments"),
    branches,
  };
}

function readProcessor(node: Node, readFlow: ReadFlow): Flow {
  const processor = node.child("ItemProcessor") ?? node.child("Iterator");
  if (processor === undefined) throw node.refuse("The field 'ItemProcessor' is required");
  processor.allowOnly(["StartAt", "States", "Comment", "ProcessorConfig"]);
  const mode = processor.child("ProcessorConfig")?.string("Mode") ?? "INLINE";
  if (mode !== "INLINE")
    throw processor.refuse(`The local AWS does not have the mode '${mode}' of a Map`, "ProcessorConfig/Mode");
  return readFlow(processor);
}

function readMap(name: string, node: Node, readFlow: ReadFlow): MapState {
  const items = node.template("Items");
  if (items?.kind === "literal" && !isJsonArray(items.value))
    throw node.refuse("Expected value of type Array or a JSONata expression", "Items");
  return {
    type: "Map",
    name,
    ...readExit(node),
    ...readErrorHandling(node),
    processor: readProcessor(node, readFlow),
    items,
    itemSelector: node.template("ItemSelector"),
    maxConcurrency: node.numberTemplate("MaxConcurrency", { min: 0, integer: true }),
    toleratedFailureCount: node.numberTemplate("ToleratedFailureCount", { min: 0, integer: true }),
    toleratedFailurePercentage: node.numberTemplate("ToleratedFailurePercentage", { min: 0, max: 100 }),
  };
}

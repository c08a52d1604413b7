import { AwsError } from "../../../protocol/errors.ts";
import type { Expressions } from "../language/expressions.ts";
import { isJsonObject, parseJson, type Json } from "../language/json.ts";
import type { Definition, Flow, State } from "./model.ts";
import { Node } from "./node.ts";
import { readState } from "./states.ts";

const MACHINE_FIELDS = ["StartAt", "States", "Comment", "Version", "TimeoutSeconds", "QueryLanguage"];

/**
 * Parses and validates a definition, including all of its expressions.
 *
 * @throws AwsError `InvalidDefinition` for definitions that AWS refuses, and for those that the local AWS does not
 *   implement: JSONPath, distributed Maps, service integrations other than `lambda:invoke`.
 */
export function parseDefinition(text: string, expressions: Expressions): Definition {
  const json = parseText(text);
  if (!isJsonObject(json)) throw invalidJson("The definition is not an object");
  const root = new Node(json, "", "JSONPath", expressions);
  root.allowOnly(MACHINE_FIELDS);
  const language = root.string("QueryLanguage") ?? "JSONPath";
  if (language !== "JSONata" && language !== "JSONPath")
    throw root.refuse("Expected JSONata or JSONPath", "QueryLanguage");
  if ((root.string("Version") ?? "1.0") !== "1.0") throw root.refuse("Expected 1.0", "Version");
  const flow = new FlowReader().read(root.in(language));
  return { ...flow, timeoutSeconds: root.number("TimeoutSeconds", { min: 1, max: 99_999_999, integer: true }) };
}

function parseText(text: string): Json {
  try {
    return parseJson(text);
  } catch (error) {
    throw invalidJson(error instanceof Error ? error.message : String(error));
  }
}

function invalidJson(problem: string): AwsError {
  return new AwsError("InvalidDefinition", `Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: ${problem}'`);
}

/** Names of states are unique in the whole definition, including nested flows. */
class FlowReader {
  readonly #names = new Set<string>();

  read(node: Node): Flow {
    const startAt = node.requiredString("StartAt");
    const list = node.child("States");
    const names = Object.keys(list?.value ?? {});
    if (list === undefined || names.length === 0) throw node.refuse("The field 'States' is required");
    const states = new Map<string, State>();
    for (const name of names) {
      if (this.#names.has(name)) throw list.refuse(`Duplicate State name: ${name}`, name, "DUPLICATE_STATE_NAME");
      if (name.length > 80) throw list.refuse("A name has at most 80 characters", name);
      this.#names.add(name);
      const stateNode = list.child(name);
      if (stateNode !== undefined)
        states.set(
          name,
          readState(name, stateNode, (inner) => this.read(inner)),
        );
    }
    const flow = { startAt, states };
    checkTargets(flow, node, list);
    return flow;
  }
}

/** The possible next states of a state. */
function targets(state: State): readonly string[] {
  if (state.type === "Fail") return [];
  const next = state.next === undefined ? [] : [state.next];
  if (state.type === "Choice") return [...next, ...state.choices.map((rule) => rule.next)];
  return "catch" in state ? [...next, ...state.catch.map((catcher) => catcher.next)] : next;
}

function checkTargets(flow: Flow, node: Node, list: Node): void {
  if (!flow.states.has(flow.startAt))
    throw node.refuse(`Missing 'StartAt' target: ${flow.startAt}`, "StartAt", "MISSING_TRANSITION_TARGET");
  const reached = new Set([flow.startAt]);
  for (const name of reached) {
    const state = flow.states.get(name);
    for (const target of state === undefined ? [] : targets(state)) {
      if (!flow.states.has(target))
        throw list.refuse(`Missing 'Next' target: ${target}`, name, "MISSING_TRANSITION_TARGET");
      reached.add(target);
    }
  }
  for (const name of flow.states.keys())
    if (!reached.has(name)) throw list.refuse(`State "${name}" is not reachable.`, name, "MISSING_TRANSITION_TARGET");
}

import type { HistoryEventType } from "@aws-sdk/client-sfn";
import type { Branch, Position } from "./branch.ts";
import type { FailState, Handover, State } from "../definition/model.ts";
import { DATA_LIMIT_BYTES, dataLimitExceeded, stateProblem, StateError } from "../language/errors.ts";
import type { Execution } from "./execution.ts";
import { WHOLE } from "./history.ts";
import { isJsonObject, jsonText, jsonType, type Json, type JsonObject } from "../language/json.ts";
import { evaluateTemplate, TemplateError, type Template } from "../language/template.ts";

/** A branch's stay in one state. */
export type Visit<S extends State = State> = {
  readonly execution: Execution;
  readonly branch: Branch;
  readonly position: Position;
  readonly state: S;
};

/** What a state hands over. An absent `next` ends the branch. */
export type Outcome = { next: string | undefined; output: Json };

/** What expressions see besides the input, by the time they are evaluated. */
export type Extras = { result?: Json; errorOutput?: Json; token?: string; item?: { index: number; value: Json } };

/** `$states.context`. Source: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html */
function contextObject({ execution, branch, position, state }: Visit, extras: Extras): JsonObject {
  const retries = "retry" in state ? { RetryCount: position.retryCount } : {};
  const item = extras.item ?? branch.item;
  return {
    Execution: execution.contextEntry(),
    StateMachine: { Id: execution.machine.arn, Name: execution.machine.name },
    State: { Name: state.name, EnteredTime: new Date(position.enteredAt).toISOString(), ...retries },
    ...(extras.token === undefined ? {} : { Task: { Token: extras.token } }),
    ...(item === undefined ? {} : { Map: { Item: { Index: item.index, Value: item.value } } }),
  };
}

/** Records EvaluationFailed and gives the error to throw. */
export function evaluationFailed(visit: Visit, problem: string, location: string | undefined): StateError {
  const { execution, branch, position, state } = visit;
  const failure = stateProblem("States.QueryEvaluationError", state.name, position.enteredEventId, problem);
  execution.record(
    branch,
    "EvaluationFailed",
    {
      evaluationFailedEventDetails: {
        ...failure.toDetails(),
        ...(location === undefined ? {} : { location }),
        state: state.name,
      },
    },
    position.entering ? position.beforeEntering : branch.cursor,
  );
  return failure;
}

/** @throws StateError States.QueryEvaluationError, after recording it. */
export async function evaluate(visit: Visit, template: Template, extras: Extras = {}): Promise<Json> {
  if (template.kind === "literal") return template.value;
  const { branch, position } = visit;
  const { result, errorOutput } = extras;
  const states = {
    input: position.input,
    ...(result === undefined ? {} : { result }),
    ...(errorOutput === undefined ? {} : { errorOutput }),
    context: contextObject(visit, extras),
  };
  try {
    const value = await evaluateTemplate(template, { ...branch.variables, states });
    branch.lifeline.check();
    return value;
  } catch (error) {
    branch.lifeline.check();
    if (error instanceof TemplateError) throw evaluationFailed(visit, error.problem, error.location);
    throw error;
  }
}

/** The error for a field whose expression gave a value of a wrong type. */
export function unexpectedType(visit: Visit, template: Template, expected: string, value: Json): StateError {
  const source =
    template.kind === "expression" ? `The JSONata expression '${template.expression.source}'` : "The value";
  const problem = `returned an unexpected result type. Expected '${expected}', but was '${jsonType(value)}' for value: ${jsonText(value)}`;
  return evaluationFailed(
    visit,
    `${source} specified for the field '${template.location}' ${problem}`,
    template.location,
  );
}

/** A field that must be a whole number of at least `min`; undefined when the state does not have it. */
export async function evaluateInteger(
  visit: Visit,
  template: Template | undefined,
  min: number,
  extras: Extras = {},
): Promise<number | undefined> {
  if (template === undefined) return undefined;
  const value = await evaluate(visit, template, extras);
  if (typeof value === "number" && Number.isInteger(value) && value >= min) return value;
  throw unexpectedType(visit, template, min > 0 ? "positive integer" : "non-negative integer", value);
}

/** @throws StateError States.DataLimitExceeded */
export function checkSize(value: Json, stateOrTask: string): void {
  const text = jsonText(value);
  // Most texts are short enough to be within the limit whatever their characters.
  if (text.length * 3 <= DATA_LIMIT_BYTES) return;
  if (Buffer.byteLength(text) > DATA_LIMIT_BYTES) throw dataLimitExceeded(stateOrTask);
}

/**
 * Leaves the state: evaluates `Assign` and `Output` (both see the variables as they were), records the exit.
 *
 * @param fallback the output of a state that has no `Output`
 */
export async function leave(
  visit: Visit<Exclude<State, FailState>>,
  handover: Handover,
  extras: Extras,
  fallback: Json,
): Promise<Outcome> {
  const { execution, branch, state } = visit;
  const assigned = handover.assign === undefined ? {} : await evaluate(visit, handover.assign, extras);
  const output = handover.output === undefined ? fallback : await evaluate(visit, handover.output, extras);
  checkSize(output, state.name);
  const variables = isJsonObject(assigned) ? Object.entries(assigned) : [];
  const eventType: HistoryEventType = `${state.type}StateExited`;
  execution.record(branch, eventType, {
    stateExitedEventDetails: {
      name: state.name,
      output: jsonText(output),
      outputDetails: WHOLE,
      ...(variables.length === 0
        ? {}
        : {
            assignedVariables: Object.fromEntries(variables.map(([name, value]) => [name, jsonText(value)])),
            assignedVariablesDetails: WHOLE,
          }),
    },
  });
  if (variables.length > 0) branch.variables = { ...branch.variables, ...Object.fromEntries(variables) };
  return { next: handover.next, output };
}

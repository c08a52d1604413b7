import type { HistoryEventType } from "@aws-sdk/client-sfn";
import type { Branch, Position } from "./branch.ts";
import type { FailState, State, Transition } from "../definition/model.ts";
import { DATA_LIMIT_BYTES, dataLimitExceeded, stateProblem, StateError } from "../language/errors.ts";
import type { Execution } from "./execution.ts";
import { WHOLE } from "./history.ts";
import { isJsonObject, jsonText, jsonType, numberOf, type Json, type JsonObject } from "../language/json.ts";
import { evaluateTemplate, TemplateError, type Template } from "../language/template.ts";

/** One state of a branch while it runs. */
export type StateRun<S extends State = State> = {
  readonly execution: Execution;
  readonly branch: Branch;
  readonly position: Position;
  readonly state: S;
};

/** The result of a state. An absent `next` ends the branch. */
export type Outcome = { next: string | undefined; output: Json };

/** The data of expressions apart from the input, as far as it exists when they are evaluated. */
export type Extras = { result?: Json; errorOutput?: Json; token?: string; item?: { index: number; value: Json } };

/** `$states.context`. Source: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html */
function contextObject({ execution, branch, position, state }: StateRun, extras: Extras): JsonObject {
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

/** Records EvaluationFailed and returns the error to throw. */
export function evaluationFailed(stateRun: StateRun, problem: string, location: string | undefined): StateError {
  const { execution, branch, position, state } = stateRun;
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
export async function evaluate(stateRun: StateRun, template: Template, extras: Extras = {}): Promise<Json> {
  if (template.kind === "literal") return template.value;
  const { branch, position } = stateRun;
  const { result, errorOutput } = extras;
  const states = {
    input: position.input,
    ...(result === undefined ? {} : { result }),
    ...(errorOutput === undefined ? {} : { errorOutput }),
    context: contextObject(stateRun, extras),
  };
  try {
    const value = await evaluateTemplate(template, { ...branch.variables, states });
    branch.scope.throwIfAborted();
    return value;
  } catch (error) {
    branch.scope.throwIfAborted();
    if (error instanceof TemplateError) throw evaluationFailed(stateRun, error.problem, error.location);
    throw error;
  }
}

/** Records and returns the error for a field whose expression returned a value of the wrong type. */
export function unexpectedType(stateRun: StateRun, template: Template, expected: string, value: Json): StateError {
  const source =
    template.kind === "expression" ? `The JSONata expression '${template.expression.source}'` : "The value";
  const problem = `returned an unexpected result type. Expected '${expected}', but was '${jsonType(value)}' for value: ${jsonText(value)}`;
  return evaluationFailed(
    stateRun,
    `${source} specified for the field '${template.location}' ${problem}`,
    template.location,
  );
}

/** Evaluates a field that must be an integer of at least `min`; undefined when the state does not have the field. */
export async function evaluateInteger(
  stateRun: StateRun,
  template: Template | undefined,
  min: number,
  extras: Extras = {},
): Promise<number | undefined> {
  if (template === undefined) return undefined;
  const value = await evaluate(stateRun, template, extras);
  const number = numberOf(value);
  if (number !== undefined && Number.isInteger(number) && number >= min) return number;
  throw unexpectedType(stateRun, template, min > 0 ? "positive integer" : "non-negative integer", value);
}

/**
 * Step Functions limits the output of a state, the result of a task, a Map or a Parallel also if `Output` shortens it, and
 * what a state with `Arguments` or an `ItemSelector` hands on.
 *
 * @throws StateError States.DataLimitExceeded
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html (States.DataLimitExceeded)
 */
export function checkSize(value: Json, stateOrTask: string): void {
  const text = jsonText(value);
  // Fast path: a character takes at most three bytes of UTF-8 per UTF-16 unit.
  if (text.length * 3 <= DATA_LIMIT_BYTES) return;
  if (Buffer.byteLength(text) > DATA_LIMIT_BYTES) throw dataLimitExceeded(stateOrTask);
}

/**
 * Exits the state: evaluates `Assign` and `Output`, both with the previous variables, and records the event.
 *
 * @param fallback the output of a state that has no `Output`
 */
export async function exitState(
  stateRun: StateRun<Exclude<State, FailState>>,
  transition: Transition,
  extras: Extras,
  fallback: Json,
): Promise<Outcome> {
  const { execution, branch, state } = stateRun;
  const assigned = transition.assign === undefined ? {} : await evaluate(stateRun, transition.assign, extras);
  const output = transition.output === undefined ? fallback : await evaluate(stateRun, transition.output, extras);
  checkSize(output, state.name);
  const variables = isJsonObject(assigned) ? Object.entries(assigned) : [];
  checkVariables(stateRun, assigned);
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
  return { next: transition.next, output };
}

/** Maximum size in bytes of all variables of an execution. A single `Assign` is limited as all other data. */
const VARIABLES_LIMIT_BYTES = 10 * 1024 * 1024;

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html (limits) */
function checkVariables({ branch, state }: StateRun, assigned: Json): void {
  if (!isJsonObject(assigned)) return;
  checkSize(assigned, state.name);
  const values = Object.values({ ...branch.variables, ...assigned });
  const bytes = values.reduce<number>((sum, value) => sum + Buffer.byteLength(jsonText(value)), 0);
  if (bytes > VARIABLES_LIMIT_BYTES) throw dataLimitExceeded(state.name);
}

import { Branch } from "./branch.ts";
import type { MapState } from "../definition/model.ts";
import { StateError } from "../language/errors.ts";
import { isJsonArray, jsonText, numberOf, type Json } from "../language/json.ts";
import {
  checkSize,
  evaluate,
  evaluateInteger,
  evaluationFailed,
  exitState,
  unexpectedType,
  type Outcome,
  type StateRun,
} from "./state-run.ts";
import { runFork, type ForkRules } from "./fork.ts";
import { withErrorHandling } from "./error-handling.ts";

/** Maximum concurrency of an inline Map. Source: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html */
const MAX_CONCURRENCY = 40;

export async function runMap(stateRun: StateRun<MapState>): Promise<Outcome> {
  const { execution, branch } = stateRun;
  return withErrorHandling(
    stateRun,
    async () => attempt(stateRun),
    () => execution.record(branch, "MapStateFailed"),
  );
}

async function attempt(stateRun: StateRun<MapState>): Promise<Outcome> {
  const { execution, branch, position, state } = stateRun;
  const resumed = position.resumed ? position.children : undefined;
  position.resumed = false;
  if (resumed === undefined) position.children = undefined;
  const items = resumed === undefined ? await evaluateItems(stateRun) : [];
  const limits = await evaluateLimits(stateRun, resumed?.length ?? items.length);
  const children = resumed ?? (await begin(stateRun, items));
  const progress = { lastEvent: branch.cursor };
  try {
    await runFork(stateRun, children, rules(stateRun, children, limits, progress));
    const last = branch.cursor;
    execution.record(branch, "MapStateSucceeded", {}, progress.lastEvent);
    branch.cursor = last;
    const result = children.filter((child) => child.status === "succeeded").map((child) => child.output);
    checkSize(result, state.name);
    return await exitState(stateRun, state, { result }, result);
  } catch (error) {
    // When the output of the Map was too large, a redrive at AWS runs all iterations again.
    if (error instanceof StateError && error.error === "States.DataLimitExceeded") position.children = undefined;
    throw error;
  }
}

async function evaluateItems(stateRun: StateRun<MapState>): Promise<readonly Json[]> {
  const { position, state } = stateRun;
  const items = state.items === undefined ? position.input : await evaluate(stateRun, state.items);
  if (isJsonArray(items)) return items;
  if (state.items !== undefined) throw unexpectedType(stateRun, state.items, "array", items);
  throw evaluationFailed(stateRun, `Map state input must be an array but was: ${jsonText(items)}`, undefined);
}

type Limits = { concurrency: number; toleratedFailures: number };

async function evaluateLimits(stateRun: StateRun<MapState>, length: number): Promise<Limits> {
  const { state } = stateRun;
  const concurrency = (await evaluateInteger(stateRun, state.maxConcurrency, 0)) ?? 0;
  const count = await evaluateInteger(stateRun, state.toleratedFailureCount, 0);
  const percentage = await evaluatePercentage(stateRun);
  const byPercentage = percentage === undefined ? undefined : Math.floor((percentage / 100) * length);
  return {
    concurrency: Math.min(concurrency || MAX_CONCURRENCY, MAX_CONCURRENCY),
    toleratedFailures: Math.min(count ?? byPercentage ?? 0, byPercentage ?? count ?? 0),
  };
}

async function evaluatePercentage(stateRun: StateRun<MapState>): Promise<number | undefined> {
  const template = stateRun.state.toleratedFailurePercentage;
  if (template === undefined) return undefined;
  const value = await evaluate(stateRun, template);
  const percentage = numberOf(value);
  if (percentage !== undefined && percentage >= 0 && percentage <= 100) return percentage;
  throw unexpectedType(stateRun, template, "percentage", value);
}

async function begin(stateRun: StateRun<MapState>, items: readonly Json[]): Promise<readonly Branch[]> {
  const { execution, branch, position, state } = stateRun;
  const children: Branch[] = [];
  for (const [index, value] of items.entries()) {
    const item = { index, value };
    const input = state.itemSelector === undefined ? value : await evaluate(stateRun, state.itemSelector, { item });
    checkSize(input, state.name);
    children.push(new Branch(state.processor, input, branch.variables, item));
  }
  execution.record(branch, "MapStateStarted", { mapStateStartedEventDetails: { length: items.length } });
  position.entering = false;
  position.children = children;
  return children;
}

function rules(
  { execution, branch, state }: StateRun<MapState>,
  children: readonly Branch[],
  { concurrency, toleratedFailures }: Limits,
  progress: { lastEvent: number },
): ForkRules {
  const details = (child: Branch): { name: string; index: number } => ({
    name: state.name,
    index: child.item?.index ?? 0,
  });
  return {
    concurrency,
    begun: (child, previous) =>
      void execution.record(
        child,
        "MapIterationStarted",
        { mapIterationStartedEventDetails: details(child) },
        previous,
      ),
    succeeded: (child) => {
      progress.lastEvent = execution.record(child, "MapIterationSucceeded", {
        mapIterationSucceededEventDetails: details(child),
      });
    },
    failed: (child, failure) => {
      progress.lastEvent = execution.record(child, "MapIterationFailed", {
        mapIterationFailedEventDetails: details(child),
      });
      const failures = children.filter(({ status }) => status === "failed").length;
      return fatal(failure, failures, toleratedFailures);
    },
    aborted: (child, previous) =>
      void execution.record(
        branch,
        "MapIterationAborted",
        { mapIterationAbortedEventDetails: details(child) },
        previous,
      ),
  };
}

/** The error of the Map after this number of failed iterations; undefined while the failures are tolerated. */
function fatal(failure: StateError, failures: number, toleratedFailures: number): StateError | undefined {
  if (failure.error === "States.DataLimitExceeded" || toleratedFailures === 0) return failure;
  if (failures <= toleratedFailures) return undefined;
  return new StateError(
    "States.ExceedToleratedFailureThreshold",
    "The specified tolerated failure threshold was exceeded",
  );
}

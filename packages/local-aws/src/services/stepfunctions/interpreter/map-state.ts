import { Branch } from "./branch.ts";
import type { MapState } from "../definition/model.ts";
import { StateError } from "../language/errors.ts";
import { isJsonArray, jsonText, type Json } from "../language/json.ts";
import {
  evaluate,
  evaluateInteger,
  evaluationFailed,
  leave,
  unexpectedType,
  type Outcome,
  type Visit,
} from "./visit.ts";
import { runFork, type ForkRules } from "./fork.ts";
import { withHandling } from "./error-handling.ts";

/** Iterations of an inline Map that run at a time, at most. Source: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html */
const MOST_CONCURRENCY = 40;

export async function runMap(visit: Visit<MapState>): Promise<Outcome> {
  const { execution, branch } = visit;
  return withHandling(
    visit,
    async () => attempt(visit),
    () => execution.record(branch, "MapStateFailed"),
  );
}

async function attempt(visit: Visit<MapState>): Promise<Outcome> {
  const { execution, branch, position, state } = visit;
  const resumed = position.resumed ? position.children : undefined;
  position.resumed = false;
  if (resumed === undefined) position.children = undefined;
  const items = resumed === undefined ? await evaluateItems(visit) : [];
  const limits = await evaluateLimits(visit, resumed?.length ?? items.length);
  const children = resumed ?? (await begin(visit, items));
  const progress = { lastEvent: branch.cursor };
  try {
    await runFork(visit, children, rules(visit, children, limits, progress));
    const last = branch.cursor;
    execution.record(branch, "MapStateSucceeded", {}, progress.lastEvent);
    branch.cursor = last;
    const result = children.filter((child) => child.status === "succeeded").map((child) => child.output);
    return await leave(visit, state, { result }, result);
  } catch (error) {
    // AWS runs all iterations again when it was their output that was too large.
    if (error instanceof StateError && error.error === "States.DataLimitExceeded") position.children = undefined;
    throw error;
  }
}

async function evaluateItems(visit: Visit<MapState>): Promise<readonly Json[]> {
  const { position, state } = visit;
  const items = state.items === undefined ? position.input : await evaluate(visit, state.items);
  if (isJsonArray(items)) return items;
  if (state.items !== undefined) throw unexpectedType(visit, state.items, "array", items);
  throw evaluationFailed(visit, `Map state input must be an array but was: ${jsonText(items)}`, undefined);
}

type Limits = { concurrency: number; toleratedFailures: number };

async function evaluateLimits(visit: Visit<MapState>, length: number): Promise<Limits> {
  const { state } = visit;
  const concurrency = (await evaluateInteger(visit, state.maxConcurrency, 0)) ?? 0;
  const count = await evaluateInteger(visit, state.toleratedFailureCount, 0);
  const percentage = await evaluatePercentage(visit);
  const byPercentage = percentage === undefined ? undefined : Math.floor((percentage / 100) * length);
  return {
    concurrency: Math.min(concurrency || MOST_CONCURRENCY, MOST_CONCURRENCY),
    toleratedFailures: Math.min(count ?? byPercentage ?? 0, byPercentage ?? count ?? 0),
  };
}

async function evaluatePercentage(visit: Visit<MapState>): Promise<number | undefined> {
  const template = visit.state.toleratedFailurePercentage;
  if (template === undefined) return undefined;
  const value = await evaluate(visit, template);
  if (typeof value === "number" && value >= 0 && value <= 100) return value;
  throw unexpectedType(visit, template, "percentage", value);
}

async function begin(visit: Visit<MapState>, items: readonly Json[]): Promise<readonly Branch[]> {
  const { execution, branch, position, state } = visit;
  const children: Branch[] = [];
  for (const [index, value] of items.entries()) {
    const item = { index, value };
    const input = state.itemSelector === undefined ? value : await evaluate(visit, state.itemSelector, { item });
    children.push(new Branch(state.processor, input, branch.variables, item));
  }
  execution.record(branch, "MapStateStarted", { mapStateStartedEventDetails: { length: items.length } });
  position.entering = false;
  position.children = children;
  return children;
}

function rules(
  { execution, branch, state }: Visit<MapState>,
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

/** What the Map fails with after so many failed iterations; undefined while they are tolerated. */
function fatal(failure: StateError, failures: number, toleratedFailures: number): StateError | undefined {
  if (failure.error === "States.DataLimitExceeded" || toleratedFailures === 0) return failure;
  if (failures <= toleratedFailures) return undefined;
  return new StateError(
    "States.ExceedToleratedFailureThreshold",
    "The specified tolerated failure threshold was exceeded",
  );
}

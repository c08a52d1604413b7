import type { FailState } from "../definition/model.ts";
import { StateError } from "../language/errors.ts";
import type { Template } from "../language/template.ts";
import { evaluate, unexpectedType, type StateRun } from "./state-run.ts";

/** @throws StateError always, with the state's error and cause. */
export async function runFail(stateRun: StateRun<FailState>): Promise<never> {
  const error = await text(stateRun, stateRun.state.error);
  const cause = await text(stateRun, stateRun.state.cause);
  throw new StateError(error, cause);
}

async function text(stateRun: StateRun, template: Template | undefined): Promise<string | undefined> {
  if (template === undefined) return undefined;
  const value = await evaluate(stateRun, template);
  if (typeof value === "string") return value;
  throw unexpectedType(stateRun, template, "string", value);
}

import type { FailState } from "../definition/model.ts";
import { StateError } from "../language/errors.ts";
import type { Template } from "../language/template.ts";
import { evaluate, unexpectedType, type Visit } from "./visit.ts";

/** @throws StateError always: what the state says. */
export async function runFail(visit: Visit<FailState>): Promise<never> {
  const error = await text(visit, visit.state.error);
  const cause = await text(visit, visit.state.cause);
  throw new StateError(error, cause);
}

async function text(visit: Visit, template: Template | undefined): Promise<string | undefined> {
  if (template === undefined) return undefined;
  const value = await evaluate(visit, template);
  if (typeof value === "string") return value;
  throw unexpectedType(visit, template, "string", value);
}

import type { RecordedResource, Recording } from "./recorded.ts";
import { ofType, roleOf } from "./resources.ts";

/** The inputs of the only resource of a type whose `name`, or another field, is this. */
export function named(recording: Recording, type: string, name: string, field = "name"): RecordedResource["inputs"] {
  const [found, ...more] = ofType(recording, type).filter(({ inputs }) => inputs[field] === name);
  if (found === undefined || more.length > 0)
    throw new Error(`Expected exactly one ${type} whose ${field} is ${name}.`);
  return found.inputs;
}

/** A role's inline policy statements. */
export const statementsOf = (recording: Recording, role: string) =>
  roleOf(recording, role).inlinePolicies.flatMap(({ policy }) => policy.Statement);

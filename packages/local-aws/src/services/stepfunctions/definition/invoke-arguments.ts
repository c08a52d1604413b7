import { isJsonObject, jsonText, type Json, type JsonObject } from "../language/json.ts";

const IMPLEMENTED = new Set(["FunctionName", "Payload"]);

/** The first argument of `lambda:invoke` that the local AWS does not have. */
export function unimplementedArgument(given: JsonObject): string | undefined {
  return Object.keys(given).find((name) => !IMPLEMENTED.has(name));
}

/** What a task of `lambda:invoke` invokes, or why its arguments cannot be used. */
export type InvokeArguments = { functionName: string; payload: Json } | { problem: string };

/** Reads the evaluated `Arguments`. */
export function readInvokeArguments(given: Json): InvokeArguments {
  const refuse = (reason: string): InvokeArguments => ({
    problem: `The Parameters '${jsonText(given)}' could not be used to start the Task: [${reason}]`,
  });
  if (!isJsonObject(given)) return refuse("The parameters must be an object");
  const unknown = unimplementedArgument(given);
  if (unknown !== undefined) return refuse(`The local AWS does not have the argument '${unknown}' of lambda:invoke`);
  const { FunctionName: functionName, Payload: payload = {} } = given;
  if (functionName === undefined) return refuse("The field 'FunctionName' is required but was missing");
  if (typeof functionName !== "string") return refuse("The value for the field 'FunctionName' must be a STRING");
  return { functionName, payload };
}

import { type Answer, errorAnswer, jsonAnswer } from "./answer.ts";
import { listViolations } from "./constraints.ts";
import { AwsError, notInLocalAws } from "./errors.ts";
import { parseRequest } from "./parse.ts";
import { performQuery } from "./query.ts";
import { operationShape } from "./schemas.ts";
import { serializeAnswer } from "./serialize.ts";
import type { Call, JsonApi, LocalService, Operation, RestApi, Validation } from "./service.ts";

/** A service with an API, ready to answer requests: throws AwsError, and anything else only for a defect of the local AWS. */
export type Backend = { service: LocalService; perform(call: Call, body: string): Promise<Answer> };

/** Connects a service to its protocol: parse, handle, serialize. */
export function backendOf(service: LocalService): Backend {
  const { api, name } = service;
  if (api === undefined) throw new TypeError(`The service ${name} has no API.`);
  if ("perform" in api) return { service, perform: (call, body) => api.perform(call, body) };
  const perform = api.protocol === "query" ? performQuery(name, api) : performJson(name, api);
  return { service, perform };
}

/** `restRequests` has converted requests of the REST protocol to JSON. */
function performJson(service: string, api: JsonApi | RestApi): Backend["perform"] {
  const { jsonVersion } = { jsonVersion: "1.1" as const, ...api };
  const operations = new Map(
    Object.entries(api.operations).map(([name, operation]) => [name, prepare(service, operation, api)]),
  );
  return async (call, body) => {
    const perform = operations.get(call.operation);
    try {
      if (perform === undefined) throw notInLocalAws(`the operation ${service}:${call.operation}`);
      return jsonAnswer(jsonVersion, await perform(call, body));
    } catch (error) {
      if (error instanceof AwsError) return errorAnswer(error, jsonVersion);
      throw error;
    }
  };
}

function prepare(
  service: string,
  operation: Operation,
  { constraints = {}, validationError = "ValidationException", refuse = listViolations(validationError) }: Validation,
): (call: Call, body: string) => Promise<string> {
  const { name, input, output } = operationShape(operation.schema);
  const options = { operation: `${service}:${name}`, members: operation.members, constraints, refuse };
  return async (call, body) => {
    const parsed = parseRequest(input, body, options);
    return serializeAnswer(output, await operation.handle(parsed, call));
  };
}

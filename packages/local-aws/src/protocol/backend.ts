import { type Answer, errorAnswer, jsonAnswer } from "./answer.ts";
import { AwsError, notInLocalAws } from "./errors.ts";
import { parseRequest } from "./parse.ts";
import { operationShape } from "./schemas.ts";
import { serializeAnswer } from "./serialize.ts";
import type { Call, LocalService, Operation } from "./service.ts";

/** One request to one service, as it came. */
export type ServiceRequest = { headers: Readonly<Record<string, string>>; body: string };

/** What answers the requests of one target prefix: a LocalService, or something foreign like dynalite. */
export type Backend = {
  /** As in the credential scope. */
  name: string;
  /** Answers every request; throws AwsError, and anything else only for a defect of the local AWS. */
  perform(call: Call, request: ServiceRequest): Promise<Answer>;
};

/** Puts a LocalService behind the wire: parse, handle, serialize. */
export function jsonBackend(service: LocalService): Backend {
  const operations = new Map(
    Object.entries(service.operations).map(([name, operation]) => [name, prepare(service, operation)]),
  );
  return {
    name: service.name,
    async perform(call, request) {
      const perform = operations.get(call.operation);
      if (perform === undefined) throw notInLocalAws(`the operation ${service.name}:${call.operation}`);
      try {
        return jsonAnswer(service.jsonVersion, await perform(call, request.body));
      } catch (error) {
        if (error instanceof AwsError) return errorAnswer(error, service.jsonVersion);
        throw error;
      }
    },
  };
}

function prepare(service: LocalService, operation: Operation): (call: Call, body: string) => Promise<string> {
  const { name, input, output } = operationShape(operation.schema);
  const options = {
    operation: `${service.name}:${name}`,
    members: operation.members,
    validationError: service.validationError ?? "ValidationException",
  };
  return async (call, body) => {
    const parsed = parseRequest(input, body, options);
    return serializeAnswer(output, await operation.handle(parsed, call));
  };
}

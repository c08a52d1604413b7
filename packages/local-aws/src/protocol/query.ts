import { type Answer, queryErrorAnswer } from "./answer.ts";
import { findViolations, listViolations } from "./constraints.ts";
import { AwsError, notInLocalAws } from "./errors.ts";
import { type OperationShape, operationShape, type Shape } from "./schemas.ts";
import type { Call, QueryApi } from "./service.ts";
import { escapeXml, xmlMembers } from "./xml.ts";

/** Answers the requests to one service of the query protocol: requests are forms, answers are XML. */
export function performQuery(service: string, api: QueryApi): (call: Call, body: string) => Promise<Answer> {
  const { constraints = {}, validationError = "ValidationError" } = api;
  const refuse = api.refuse ?? listViolations(validationError);
  const operations = new Map(
    Object.entries(api.operations).map(([name, one]) => [name, { ...one, shape: operationShape(one.schema) }]),
  );
  return async (call, body) => {
    const operation = operations.get(call.operation);
    try {
      if (operation === undefined) throw notInLocalAws(`the operation ${service}:${call.operation}`);
      const input = parseForm(operation.shape, new URLSearchParams(body), service, operation.members);
      const violations = findViolations(operation.shape.input, input, constraints);
      if (violations.length > 0) throw refuse(violations, `${service}:${call.operation}`);
      return xmlAnswer(api.namespace, operation.shape, await operation.handle(input, call), call.requestId);
    } catch (error) {
      if (error instanceof AwsError) return queryErrorAnswer(error, call.requestId);
      throw error;
    }
  };
}

/** Fields of a form that name the operation. */
const addressing = new Set(["Action", "Version"]);

function parseForm(
  { name: operation, input }: OperationShape,
  form: URLSearchParams,
  service: string,
  members: readonly string[],
): Record<string, unknown> {
  const parsed: Record<string, unknown> = {};
  for (const [field, value] of form) {
    if (addressing.has(field)) continue;
    const [name = ""] = field.split(".");
    const shape = input.members.get(name);
    // As in the other protocols, unknown fields are dropped.
    if (shape === undefined) continue;
    if (!members.includes(name) && value === "" && (shape.kind === "list" || shape.kind === "map")) continue;
    if (!members.includes(name)) throw notInLocalAws(`the member '${name}' of ${service}:${operation}`);
    parsed[name] = parseField(shape, name, value);
  }
  return parsed;
}

function parseField(shape: Shape, name: string, value: string): unknown {
  switch (shape.kind) {
    case "string":
      return value;
    case "number":
      if (!/^-?\d+$/.test(value)) throw new AwsError("MalformedInput", `${name} is not a number`);
      return Number(value);
    case "boolean":
      return value === "true";
    case "timestamp":
    case "blob":
    case "document":
    case "list":
    case "map":
    case "structure":
    case "union":
      throw notInLocalAws(`forms with members of type ${shape.kind} like '${name}'`);
  }
}

function xmlAnswer(namespace: string, { name, output }: OperationShape, value: unknown, requestId: string): Answer {
  const result = `<${name}Result>${xmlMembers(output, value ?? {})}</${name}Result>`;
  const metadata = `<ResponseMetadata><RequestId>${escapeXml(requestId)}</RequestId></ResponseMetadata>`;
  return {
    status: 200,
    headers: { "content-type": "text/xml" },
    body: `<${name}Response xmlns="${namespace}">${result}${metadata}</${name}Response>`,
  };
}

import { credentialOf } from "./credential.ts";
import type { HttpRequest } from "./http.ts";
import { isJsonObject } from "./json.ts";
import { httpBinding, operationShape, type Shape } from "./schemas.ts";
import type { LocalService, Operations } from "./service.ts";

type Binding = {
  method: string;
  uri: RegExp;
  /** Shape and member by the name of the query parameter. */
  query: ReadonlyMap<string, { member: string; shape: Shape | undefined }>;
  target: string;
};

/**
 * Converts requests of the REST protocol with JSON to requests of the awsJson protocols: the operation in a header, all of
 * its input in the body. Answers and errors need no conversion: the SDKs parse the same format in both protocols.
 *
 * @returns the unchanged request when it is not an operation of these services
 * @see https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
 */
export function restRequests(services: readonly LocalService[]): (request: HttpRequest) => HttpRequest {
  const bindings = new Map(
    services.flatMap(({ name, api }) =>
      api?.protocol === "rest-json" ? [[name, bindingsOf(name, api.operations)]] : [],
    ),
  );
  return (request) => {
    if (request.headers["x-amz-target"] !== undefined) return request;
    const signed = credentialOf(request.headers["authorization"])?.service ?? "";
    const url = new URL(request.path, "http://rest.invalid");
    for (const { method, uri, query, target } of bindings.get(signed) ?? []) {
      const match = uri.exec(url.pathname);
      if (request.method !== method || match === null) continue;
      const input = bodyOf(request);
      for (const [member, value] of Object.entries(match.groups ?? {})) input[member] = decoded(value);
      for (const [name, value] of url.searchParams) {
        const bound = query.get(name);
        if (bound !== undefined) input[bound.member] = bound.shape?.kind === "number" ? Number(value) : value;
      }
      return {
        ...request,
        method: "POST",
        headers: { ...request.headers, "x-amz-target": target },
        body: Buffer.from(JSON.stringify(input)),
      };
    }
    return request;
  };
}

function bindingsOf(service: string, operations: Operations): Binding[] {
  return Object.entries(operations).map(([name, { schema }]) => {
    const { method, uri, query } = httpBinding(schema);
    const { members } = operationShape(schema).input;
    return {
      method,
      uri: new RegExp(`^${uri.replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`),
      query: new Map([...query].map(([parameter, member]) => [parameter, { member, shape: members.get(member) }])),
      target: `${service}.${name}`,
    };
  });
}

/** A body that is not a JSON object has no members; the parser then reports missing required members. */
function bodyOf({ body }: HttpRequest): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(body.toString("utf8"));
    return isJsonObject(json) ? json : {};
  } catch {
    return {};
  }
}

function decoded(label: string): string {
  try {
    return decodeURIComponent(label);
  } catch {
    return label;
  }
}

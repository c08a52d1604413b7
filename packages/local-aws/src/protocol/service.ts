/** The one interface that every service of the local AWS implements. */
import type { Answer } from "./answer.ts";
import type { Constraints, RefuseViolations } from "./constraints.ts";
import type { ServiceAccess } from "./demand.ts";
import type { Route } from "./http.ts";
import type { OperationSchema } from "./schemas.ts";

/** One service: AWS's, or GitHub. `services/catalogue.ts` registers each of them once. */
export type LocalService = {
  /** For an AWS service the name in its requests' credential scope: "ecs", "states", "codebuild", … */
  name: string;
  /** Absent for a service with HTTP routes only. */
  api?: ServiceApi;
  /** The permissions that each operation demands; absent without `api`. */
  access?: ServiceAccess;
  /** HTTP routes by path prefix, on the shared port. Only the routes of the home account and region are served. */
  routes?: Readonly<Record<string, Route>>;
};

/** The operations of a service, and their AWS protocol. */
type ServiceApi = JsonApi | RestApi | QueryApi | ForeignApi;

/** https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html */
export type JsonApi = {
  protocol: "json";
  /** The part of X-Amz-Target before the dot. */
  targetPrefix: string;
  jsonVersion: "1.0" | "1.1";
  operations: Operations;
} & Validation;

/** https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html */
export type RestApi = { protocol: "rest-json"; operations: Operations } & Validation;

/** How a service validates requests. */
export type Validation = {
  /** What the service demands of request members. Missing required members are refused in any case. */
  constraints?: Constraints;
  /** Name of the error for a request that breaks them; `ValidationException` (query: `ValidationError`) when absent. */
  validationError?: string;
  /** The whole error, for a service with messages of its own. */
  refuse?: RefuseViolations;
};

/** https://smithy.io/2.0/aws/protocols/aws-query-protocol.html */
export type QueryApi = {
  protocol: "query";
  /** XML namespace of the answers. */
  namespace: string;
  operations: Operations;
} & Validation;

/** A JSON API that another program implements. It receives the unparsed requests. */
type ForeignApi = {
  protocol: "json";
  targetPrefix: string;
  operationNames: readonly string[];
  /** Throws AwsError, and anything else only for a defect of the local AWS. */
  perform(call: Call, body: string): Promise<Answer>;
};

export type Operations = Readonly<Record<string, Operation>>;

/** An operation, with the request members that it implements. */
export type Operation = {
  /** The SDK's schema of the operation (`UpdateService$`), by which requests are parsed and answers serialized. */
  schema: OperationSchema;
  /** Top-level request members that are implemented. A request with another member is answered with NotInLocalAws. */
  members: readonly string[];
  /**
   * Throws AwsError for a request that AWS answers with an error. `input` has the structure that `schema` describes. Declared
   * as a method, because only methods let `operation` narrow the type of `input`.
   */
  handle(input: unknown, call: Call): unknown;
};

/** A session of a role: whose account the role is in, and the session's name. */
type RoleSession = { roleArn: string; sessionName: string; accountId: string };

/** The sender of a request, identified by the access key. */
export type Caller = (
  | { kind: "function"; functionName: string; invocationId: string }
  | { kind: "outside"; accessKeyId: string; accountId?: string }
) & {
  /** The role that the caller has assumed. */
  session?: RoleSession;
};

/** One request to a service. */
export type Call = {
  service: string;
  operation: string;
  requestId: string;
  caller: Caller;
  /** Equal for all attempts that an SDK makes of one call; absent when the caller is not an SDK. */
  logicalCall?: string;
};

/**
 * A parsed request: required members are present, at every depth. (The SDK's types declare required members as
 * `T | undefined`. Its type for the unknown member of a union is a pair, which stays a pair.)
 */
export type Parsed<T> = T extends Date | Uint8Array | readonly [unknown, unknown]
  ? T
  : T extends readonly (infer Item)[]
    ? Parsed<Item>[]
    : T extends object
      ? { [Member in keyof T]: Parsed<Exclude<T[Member], undefined>> }
      : T;

/**
 * Creates an operation, typed by the SDK's request and response types (`UpdateServiceRequest`, `UpdateServiceResponse`).
 *
 * @param members top-level request members that `handle` implements
 */
export function operation<Input, Output>(
  schema: OperationSchema,
  members: readonly (keyof Input & string)[],
  handle: (input: Parsed<Input>, call: Call) => Output | Promise<Output>,
): Operation {
  return { schema, members, handle };
}

/** Names of a service's operations. */
export function operationNames({ api }: LocalService): readonly string[] {
  if (api === undefined) return [];
  return "perform" in api ? api.operationNames : Object.keys(api.operations);
}

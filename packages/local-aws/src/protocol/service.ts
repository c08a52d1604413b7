/** The one interface that every service of the local AWS implements. */
import type { Answer } from "./answer.ts";
import type { ServiceAccess } from "./demand.ts";
import type { Route } from "./http.ts";
import type { OperationSchema } from "./schemas.ts";

/** One service: AWS's, or GitHub. `services/catalogue.ts` registers each of them once. */
export type LocalService = {
  /** Of an AWS service, the name in its requests' credential scope: "ecs", "states", "codebuild", … */
  name: string;
  /** Absent for a service that has HTTP routes only. */
  api?: ServiceApi;
  /** What IAM demands of the caller of each operation; absent with `api`. */
  access?: ServiceAccess;
  /** By path prefix, on the port that everything shares. Only the routes of the home account and region are served. */
  routes?: Readonly<Record<string, Route>>;
};

/** The operations of a service, and the AWS protocol that carries them. */
export type ServiceApi = JsonApi | RestApi | QueryApi | ForeignApi;

/** https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html */
export type JsonApi = {
  protocol: "json";
  /** What precedes the dot in X-Amz-Target. */
  targetPrefix: string;
  jsonVersion: "1.0" | "1.1";
  /** The error for a missing required member; `ValidationException` when absent. */
  validationError?: string;
  operations: Operations;
};

/** https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html */
export type RestApi = { protocol: "rest-json"; operations: Operations };

/** https://smithy.io/2.0/aws/protocols/aws-query-protocol.html */
export type QueryApi = {
  protocol: "query";
  /** XML namespace of the answers. */
  namespace: string;
  operations: Operations;
};

/** A JSON API that another program implements: it gets the requests as they came. */
export type ForeignApi = {
  protocol: "json";
  targetPrefix: string;
  operationNames: readonly string[];
  /** Throws AwsError, and anything else only for a defect of the local AWS. */
  perform(call: Call, body: string): Promise<Answer>;
};

export type Operations = Readonly<Record<string, Operation>>;

/** An operation: what of the request it implements, and what it answers. */
export type Operation = {
  /** The SDK's schema of the operation (`UpdateService$`), from which the request is parsed and the answer written. */
  schema: OperationSchema;
  /** Top-level request members that are implemented. Any other that a caller sets is answered with NotInLocalAws. */
  members: readonly string[];
  /**
   * Throws AwsError for everything that AWS would answer with an error. The parser hands in what `schema` describes; a
   * method, because only methods let `operation` narrow `input` to that.
   */
  handle(input: unknown, call: Call): unknown;
};

/** A session of a role: whose account the role is in, and the session's name. */
export type RoleSession = { roleArn: string; sessionName: string; accountId: string };

/** The sender of a request, known by the access key, which is unique for every invocation of a function. */
export type Caller = (
  | { kind: "function"; functionName: string; invocationId: string }
  | { kind: "outside"; accessKeyId: string; accountId?: string }
) & {
  /** The role that the caller has assumed. */
  session?: RoleSession;
};

/** One request at the wire, parsed. */
export type Call = {
  service: string;
  operation: string;
  requestId: string;
  caller: Caller;
  /** The same for every attempt that an SDK makes of one call; absent when the caller is no SDK. */
  logicalCall?: string;
};

/**
 * A request as the parser lets it through: what AWS requires is there, at every depth. (The SDK types required members
 * as `T | undefined`, and the unknown member of a union as a pair, which stays one.)
 */
export type Parsed<T> = T extends Date | Uint8Array | readonly [unknown, unknown]
  ? T
  : T extends readonly (infer Item)[]
    ? Parsed<Item>[]
    : T extends object
      ? { [Member in keyof T]: Parsed<Exclude<T[Member], undefined>> }
      : T;

/**
 * Types an operation from the SDK's own request and response types (`UpdateServiceRequest`, `UpdateServiceResponse`).
 *
 * @param members Top-level request members that `handle` implements.
 */
export function operation<Input, Output>(
  schema: OperationSchema,
  members: readonly (keyof Input & string)[],
  handle: (input: Parsed<Input>, call: Call) => Output | Promise<Output>,
): Operation {
  return { schema, members, handle };
}

/** Names of the operations that a service has. */
export function operationNames({ api }: LocalService): readonly string[] {
  if (api === undefined) return [];
  return "perform" in api ? api.operationNames : Object.keys(api.operations);
}

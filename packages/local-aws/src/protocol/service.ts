import type { OperationSchema } from "./schemas.ts";

/** A session of a role: whose account the role is, and what the session calls itself. */
export type RoleSession = { roleArn: string; sessionName: string; accountId: string };

/** Who sent a request: told apart by the access key, which is unique for every invocation of a function. */
export type Caller = (
  | { kind: "function"; functionName: string; invocationId: string }
  | { kind: "outside"; accessKeyId: string; accountId?: string }
) & {
  /** The role under which the request is made, when the caller has assumed one. */
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

/** One AWS service of the local AWS. */
export type LocalService = {
  /** As in the credential scope: "ecs", "states", "codebuild", … */
  name: string;
  /** What precedes the dot in X-Amz-Target. */
  targetPrefix: string;
  jsonVersion: "1.0" | "1.1";
  /** Speaks the REST protocol with JSON: `restRequests` makes requests look like the others'. */
  rest?: true;
  /** The error with which the service answers a missing required member; `ValidationException` when absent. */
  validationError?: string;
  operations: Readonly<Record<string, Operation>>;
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

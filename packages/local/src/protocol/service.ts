/** Who sent a request: told apart by the access key, which is unique for every invocation of a function. */
export type Caller =
  | { kind: "function"; functionName: string; invocationId: string }
  | { kind: "outside"; accessKeyId: string };

/** One request at the wire, parsed. */
export type Call = { service: string; operation: string; requestId: string; caller: Caller };

/** An operation: what of the request it implements, and what it answers. */
export type Operation = {
  /** The SDK's schema of the operation (`UpdateService$`), from which the request is parsed and the answer written. */
  schema: unknown;
  /** Top-level request members that are implemented. Any other that a caller sets is answered with NotInLocalAws. */
  members: readonly string[];
  /** Throws AwsError for everything that AWS would answer with an error. */
  handle(input: never, call: Call): unknown;
};

/** One AWS service of the local AWS. */
export type LocalService = {
  /** As in the credential scope: "ecs", "states", "codebuild", … */
  name: string;
  /** What precedes the dot in X-Amz-Target. */
  targetPrefix: string;
  jsonVersion: "1.0" | "1.1";
  operations: Readonly<Record<string, Operation>>;
};

/** Types an operation from the SDK's own request and response types. */
export function operation<Input, Output>(
  schema: unknown,
  members: readonly (keyof Input & string)[],
  handle: (input: Input, call: Call) => Output | Promise<Output>,
): Operation {
  return { schema, members, handle };
}

/**
 * Explains AWS errors to an operator at a terminal. Adapters in packages/aws explain the same errors to readers of an execution,
 * where the functions' roles and a redrive are the remedy.
 */

/** Error names of AWS services for expired credentials. */
const expired = new Set([
  "ExpiredToken",
  "ExpiredTokenException",
  "ExpiredTokenError",
  "RequestExpired",
  "TokenProviderError",
]);

/** Error names of AWS services for unknown credentials and wrong signatures. */
const unknown = new Set([
  "UnrecognizedClientException",
  "InvalidClientTokenId",
  "InvalidSignatureException",
  "SignatureDoesNotMatch",
  "MissingAuthenticationTokenException",
  "MissingAuthenticationToken",
]);

const denied = new Set(["AccessDeniedException", "AccessDenied", "UnauthorizedOperation", "UnauthorizedException"]);

/** The message for the operator, with the remedy if one is known. */
export function explainError(error: unknown): string {
  const chain = causesOf(error);
  const found = chain.map(explainOne).find((message) => message !== undefined);
  return found ?? (chain[0] === undefined ? String(error) : chain[0].message);
}

function explainOne(error: Error): string | undefined {
  const { name, message } = error;
  if (expired.has(name) || /session has expired|token .*expired/i.test(message)) {
    return `the AWS credentials have expired: sign in again, for example with \`aws sso login\`, and repeat the command (${message})`;
  }
  if (name === "CredentialsProviderError") {
    return `there are no AWS credentials: sign in, for example with \`aws sso login\`, name a --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (${message})`;
  }
  if (unknown.has(name))
    return `AWS does not accept the credentials: check which --profile they come from (${message})`;
  if (message === "Region is missing") return "no AWS region is selected: name one with --region, or set AWS_REGION";
  if (isDenied(error))
    return `AWS denies the request: allow ${permissionIn(message)} to these credentials (${message})`;
  return undefined;
}

/** Whether AWS knows the credentials but denies the request. */
export const isDenied = ({ name }: Error): boolean => denied.has(name);

/** Whether every request to AWS must fail: no region, or no credentials that AWS accepts. */
export const isUnusable = ({ name, message }: Error): boolean =>
  expired.has(name) || unknown.has(name) || name === "CredentialsProviderError" || message === "Region is missing";

/** A wrong call of a command: the process exits with 2, as commands of the shell do. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** AWS names the action in the message: `… is not authorized to perform: ecs:ListClusters on resource: …`. */
const permissionIn = (message: string): string =>
  /not authorized to perform: ([a-z0-9-]+:\w+)/i.exec(message)?.[1] ?? "the action";

/** An error and its causes, the outermost first. */
export function causesOf(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : [];
}

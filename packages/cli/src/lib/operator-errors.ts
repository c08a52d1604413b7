/**
 * What went wrong between an operator and AWS, in words that help at a terminal. Adapters of packages/aws explain the same to
 * whoever reads an execution, where roles are the functions' and a redrive is the remedy.
 */

/** Credentials that were good once, by the names that AWS's services have for it. */
const expired = new Set([
  "ExpiredToken",
  "ExpiredTokenException",
  "ExpiredTokenError",
  "RequestExpired",
  "TokenProviderError",
]);

/** Credentials that AWS does not know, or that do not sign as they should. */
const unknown = new Set([
  "UnrecognizedClientException",
  "InvalidClientTokenId",
  "InvalidSignatureException",
  "SignatureDoesNotMatch",
  "MissingAuthenticationTokenException",
  "MissingAuthenticationToken",
]);

const denied = new Set(["AccessDeniedException", "AccessDenied", "UnauthorizedOperation", "UnauthorizedException"]);

/** The message for whoever ran a command, with the remedy where one is known. */
export function explainError(error: unknown): string {
  const chain = causesOf(error);
  const found = chain.map(explainOne).find((message) => message !== undefined);
  return found ?? (chain[0] === undefined ? String(error) : chain[0].message);
}

function explainOne(error: Error): string | undefined {
  const { name, message } = error;
  if (expired.has(name) || /session has expired|token .*expired/i.test(message)) {
    return `the AWS credentials have expired: sign in again, as with \`aws sso login\`, and repeat the command (${message})`;
  }
  if (name === "CredentialsProviderError") {
    return `there are no AWS credentials: sign in, as with \`aws sso login\`, name a --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (${message})`;
  }
  if (unknown.has(name)) return `AWS does not accept the credentials: look which --profile they come from (${message})`;
  if (message === "Region is missing") return "no AWS region is chosen: name one with --region, or set AWS_REGION";
  if (isDenied(error)) return `AWS denies it: allow ${permissionIn(message)} to these credentials (${message})`;
  return undefined;
}

/** Whether AWS knows who asks, and does not let them. */
export const isDenied = ({ name }: Error): boolean => denied.has(name);

/** Whether nothing can be asked of AWS at all: there are no credentials, no region, or AWS does not accept them. */
export const isUnusable = ({ name, message }: Error): boolean =>
  expired.has(name) || unknown.has(name) || name === "CredentialsProviderError" || message === "Region is missing";

/** A command that was called as it cannot be: the process ends with 2, as the shell's own commands do. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** AWS names the action in what it says: `… is not authorized to perform: ecs:ListClusters on resource: …`. */
const permissionIn = (message: string): string =>
  /not authorized to perform: ([a-z0-9-]+:\w+)/i.exec(message)?.[1] ?? "the action";

/** An error and what caused it, the outermost first. */
export function causesOf(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : [];
}

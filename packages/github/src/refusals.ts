import { RetryableError } from "@lockmaster/core/lib/errors.ts";
import { GitHubRefusal } from "./client.ts";

export const noCredentials = "there are no credentials for GitHub";

/** Whether GitHub may answer a later request. */
export function isTemporary(error: unknown): boolean {
  if (!(error instanceof GitHubRefusal)) return error instanceof RetryableError;
  return error.status >= 500 || isLimited(error);
}

/** GitHub documents both 403 and 429 for its limits. */
const isLimited = ({ status, headers }: GitHubRefusal): boolean =>
  status === 429 ||
  (status === 403 && (headers.get("retry-after") !== null || headers.get("x-ratelimit-remaining") === "0"));

/** Why a request to GitHub failed, in one clause. It contains nothing of the request. */
export function describeGitHubFailure(error: unknown): string {
  if (!(error instanceof GitHubRefusal)) return describeProblem(error);
  const { status, headers, message } = error;
  const retryAfter = headers.get("retry-after");
  if (isLimited(error)) {
    return `GitHub's rate limit is used up${retryAfter === null ? "" : ` for ${retryAfter} s`}`;
  }
  if (status === 401) return `GitHub rejects the credentials: ${message}`;
  if (status === 404) {
    return "GitHub answered 404: the commit is gone, or the credentials have no access to the repository";
  }
  return `GitHub answered ${status}: ${message}`;
}

/** Of what GitHub did not answer; or of the credentials, before GitHub is asked. */
function describeProblem(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message.replace(/^GITHUB_UNAVAILABLE: /, "");
}

import { GitHubRefusal } from "./client.ts";

/** One clause about why GitHub gave no answer that can be used. Nothing of what was sent is in it. */
export function describeRefusal(error: unknown): string {
  if (!(error instanceof GitHubRefusal)) return describeSilence(error);
  const { status, headers, message } = error;
  const retryAfter = headers.get("retry-after");
  // GitHub documents both 403 and 429 for its limits.
  if (status === 429 || (status === 403 && (retryAfter !== null || headers.get("x-ratelimit-remaining") === "0"))) {
    return `GitHub's rate limit is used up${retryAfter === null ? "" : ` for ${retryAfter} s`}`;
  }
  if (status === 401) return `GitHub does not accept the credentials: ${message}`;
  if (status === 404) {
    return "GitHub finds nothing there: the commit is gone, or the credentials do not reach the repository";
  }
  return `GitHub answered ${status}: ${message}`;
}

function describeSilence(error: unknown): string {
  if (!(error instanceof Error)) return `GitHub could not be asked: ${String(error)}`;
  return error.name === "TimeoutError"
    ? "GitHub did not answer in time"
    : `GitHub could not be asked: ${error.message}`;
}

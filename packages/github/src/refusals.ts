import * as v from "valibot";

/** An error of Octokit's that GitHub answered with; those of the network bear a status, too, but no response. */
const Refused = v.object({
  status: v.number(),
  response: v.object({
    data: v.fallback(v.object({ message: v.string() }), { message: "it did not say why" }),
    headers: v.object({
      "retry-after": v.optional(v.union([v.string(), v.number()])),
      "x-ratelimit-remaining": v.optional(v.string()),
    }),
  }),
});

/** One clause about why GitHub gave no answer that can be used. Nothing of what was sent is in it. */
export function describeRefusal(error: unknown): string {
  const refused = v.safeParse(Refused, error);
  if (!refused.success) return describeSilence(error);
  const { status, response } = refused.output;
  const { message } = response.data;
  const { "retry-after": retryAfter, "x-ratelimit-remaining": remaining } = response.headers;
  // GitHub documents both 403 and 429 for its limits.
  if (status === 429 || (status === 403 && (retryAfter !== undefined || remaining === "0"))) {
    return `GitHub's rate limit is used up${retryAfter === undefined ? "" : ` for ${retryAfter} s`}`;
  }
  if (status === 401) return `GitHub does not accept the credentials: ${message}`;
  if (status === 404)
    return "GitHub finds nothing there: the commit is gone, or the credentials do not reach the repository";
  return `GitHub answered ${status}: ${message}`;
}

function describeSilence(error: unknown): string {
  if (!(error instanceof Error)) return `GitHub could not be asked: ${String(error)}`;
  const timedOut = [error, error.cause].some((one) => one instanceof Error && one.name === "TimeoutError");
  return timedOut ? "GitHub did not answer in time" : `GitHub could not be asked: ${error.message}`;
}

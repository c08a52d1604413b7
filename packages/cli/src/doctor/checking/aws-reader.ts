import { causesOf, explainError, isDenied } from "../../lib/operator-errors.ts";
import { problem, type Finding } from "./finding.ts";

/** The result, `absent` if AWS says that it does not exist, `unknown` if AWS did not answer the request. */
export type ReadResult<T> = T | "absent" | "unknown";

/** An IAM action, its resource, and the error names that mean that the resource does not exist. */
type ReadRequest = { action: string; resource: string; absent?: readonly string[] };

/** Sends requests to AWS. A failed request becomes one finding and throws nothing. */
export type AwsReader = {
  read<T>(request: ReadRequest, send: () => Promise<T>): Promise<ReadResult<T>>;
  /** Findings about the requests that have failed so far. */
  failures(): Finding[];
};

export function createAwsReader(): AwsReader {
  const failures = new Map<string, Finding>();
  return {
    async read(request, send) {
      try {
        return await send();
      } catch (error) {
        const causes = causesOf(error);
        if (causes.some(({ name }) => request.absent?.includes(name) === true)) return "absent";
        const finding = findingOf(request, error, causes);
        failures.set(`${finding.id} ${finding.subject} ${finding.seen}`, finding);
        return "unknown";
      }
    },
    failures: () => [...failures.values()],
  };
}

function findingOf({ action, resource }: ReadRequest, error: unknown, causes: readonly Error[]): Finding {
  if (causes.some(isDenied)) {
    return problem("permission.missing", resource, `AWS denies ${action}`, { action, resource });
  }
  return problem("request.failed", resource, `${action}: ${explainError(error)}`);
}

/** Gathers facts once that several checks need. */
export function memoize<Target, Facts>(
  gather: (target: Target) => Promise<Facts>,
  keyOf: (target: Target) => string,
): (target: Target) => Promise<Facts> {
  const known = new Map<string, Promise<Facts>>();
  return (target) => {
    const key = keyOf(target);
    const facts = known.get(key) ?? gather(target);
    known.set(key, facts);
    return facts;
  };
}

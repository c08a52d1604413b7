import type { ErrorCode } from "../lib/errors.ts";
import type { Evidence } from "../ledger/evidence.ts";

/** What is known about one service, or about one aspect of it. `proven: false`: nothing speaks against it, nothing for it. */
export type Verdict =
  | { state: "healthy"; proven: boolean }
  | { state: "waiting"; progress: string }
  | { state: "failed"; evidence: Evidence };

export const healthy = (proven = true): Verdict => ({ state: "healthy", proven });
export const waiting = (progress: string): Verdict => ({ state: "waiting", progress });
export const failed = (service: string, code: ErrorCode, message: string): Verdict => ({
  state: "failed",
  evidence: { service, code, message },
});

/**
 * One verdict from several aspects: a failure outweighs everything, the first one counts; healthy takes all of them, and
 * is proven when all are.
 */
export function combine(verdicts: readonly Verdict[]): Verdict {
  const failure = verdicts.find(({ state }) => state === "failed");
  if (failure !== undefined) return failure;
  const wait = verdicts.find(({ state }) => state === "waiting");
  if (wait !== undefined) return wait;
  return healthy(verdicts.every((verdict) => verdict.state === "healthy" && verdict.proven));
}

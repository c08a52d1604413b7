import type { ErrorCode } from "../lib/errors.ts";
import type { Evidence } from "../ledger/evidence.ts";

/** The state of one service, or of one aspect of it. `proven: false`: no evidence against it, and no task ran as evidence for it. */
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

/** One verdict from several aspects: the first failure, else the first wait, else healthy; proven if all are proven. */
export function combine(verdicts: readonly Verdict[]): Verdict {
  const failure = verdicts.find(({ state }) => state === "failed");
  if (failure !== undefined) return failure;
  const wait = verdicts.find(({ state }) => state === "waiting");
  if (wait !== undefined) return wait;
  return healthy(verdicts.every((verdict) => verdict.state === "healthy" && verdict.proven));
}

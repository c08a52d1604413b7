import type { Execution } from "../interpreter/execution.ts";
import { HISTORY_LIMIT } from "../interpreter/history.ts";

const DAY_MS = 86_400_000;
const REDRIVABLE_DAYS = 14;
const OPEN_DAYS = 365;

/**
 * AWS's reason why an execution cannot be redriven; undefined when it can.
 *
 * Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html (redriveStatusReason)
 */
export function notRedrivableReason(
  execution: Pick<Execution, "status" | "stoppedAt" | "startedAt" | "history">,
  now: number,
): string | undefined {
  const { status, stoppedAt, startedAt, history } = execution;
  if (status === "RUNNING" || status === "SUCCEEDED") return `Execution is ${status} and cannot be redriven`;
  // A redrive needs room for ExecutionRedriven and one further event.
  if (history.length >= HISTORY_LIMIT - 1) return "Execution history event limit exceeded";
  if (now - startedAt > OPEN_DAYS * DAY_MS) return "Execution has exceeded the max execution time";
  if (stoppedAt !== undefined && now - stoppedAt > REDRIVABLE_DAYS * DAY_MS)
    return "Execution redrivable period exceeded";
  return undefined;
}

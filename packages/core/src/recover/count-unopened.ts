import { isBroken } from "../notify/release-measurements.ts";
import type { Metrics } from "../contract/metrics.ts";
import type { Executions } from "../contract/executions.ts";

/**
 * Counts a release that broke before it was recorded: no record reports it, and there is nothing to recover. An event that is
 * delivered twice may count it twice.
 *
 * @param executionArn of an execution without an agenda entry
 */
export async function countUnopened(
  { executions, metrics }: { executions: Pick<Executions, "describe">; metrics: Metrics },
  executionArn: string,
): Promise<void> {
  const execution = await executions.describe(executionArn);
  if (execution === undefined) return;
  if (isBroken(execution.error ?? execution.status)) metrics.record([{ metric: "BrokenReleases", value: 1 }]);
}

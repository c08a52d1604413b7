import { isBroken } from "../notify/release-measurements.ts";
import type { Metrics } from "../contract/metrics.ts";
import type { Executions } from "../contract/executions.ts";

/**
 * Counts a release that broke before it could be recorded: there is nothing to settle, and nobody else who would tell. An event
 * that comes twice may count one twice.
 *
 * @param executionArn of an execution that has nothing to be settled
 */
export async function countUnopened(
  { executions, metrics }: { executions: Pick<Executions, "describe">; metrics: Metrics },
  executionArn: string,
): Promise<void> {
  const execution = await executions.describe(executionArn);
  if (execution === undefined) return;
  if (isBroken(execution.error ?? execution.status)) metrics.record([{ metric: "BrokenReleases", value: 1 }]);
}

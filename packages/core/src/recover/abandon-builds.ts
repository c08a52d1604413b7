import { abandonBuild, type AbandonPorts } from "../build/abandon-build.ts";
import type { BuildKey } from "../ledger/build-record.ts";
import type { RecoveredExecution } from "../ledger/release-ref.ts";

/**
 * Removes an ended execution from the waiters of its builds, and stops the builds that have no other waiter.
 *
 * @param status how the execution ended, for the builds' records
 * @throws RetryableError CONFLICT when another function wrote a build's record meanwhile
 */
export async function abandonBuilds(
  ports: AbandonPorts,
  keys: readonly BuildKey[],
  { executionArn, redriveCount }: RecoveredExecution,
  { status, projectPrefix }: { status: string; projectPrefix: string },
): Promise<void> {
  const reason = `no release waits for it any more: the execution ${executionArn} ended as ${status}`;
  const departure = {
    execution: executionArn,
    redriveCount,
    code: "EXECUTION_ENDED",
    reason,
    keepsRunning: false,
    projectPrefix,
  } as const;
  await Promise.all(keys.map((key) => abandonBuild(ports, key, departure)));
}

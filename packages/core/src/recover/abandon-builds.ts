import { abandonBuild, type LeavePorts } from "../build/abandon-build.ts";
import type { BuildKey } from "../ledger/build-record.ts";
import type { RecoveredExecution } from "../ledger/release-ref.ts";

/**
 * Takes an execution that has ended off the builds that it waits for; those that nobody else waits for are stopped.
 *
 * @param status how the execution ended, for the builds' records
 * @throws RetryableError CONFLICT when somebody else wrote a build's record meanwhile
 */
export async function abandonBuilds(
  ports: LeavePorts,
  keys: readonly BuildKey[],
  { executionArn, redriveCount }: RecoveredExecution,
  { status, projectPrefix }: { status: string; projectPrefix: string },
): Promise<void> {
  const reason = `nobody waits for it any more: ${executionArn} ended as ${status}`;
  const leaving = { execution: executionArn, redriveCount, code: "EXECUTION_ENDED", reason, keep: false } as const;
  await Promise.all(keys.map((key) => abandonBuild(ports, key, { ...leaving, projectPrefix })));
}

import { followUp, unknownRelease } from "./follow-up.ts";
import { sideEffectsOf, type NotifyPorts } from "../notify/notify-outcome.ts";
import type { ReleaseLedger } from "../ledger/ports.ts";
import type { ReleaseRef } from "../ledger/release-ref.ts";
import type { FinishReleaseOutput } from "../contract/steps.ts";

export type FinishCheckPorts = NotifyPorts & {
  ledger: Pick<ReleaseLedger, "release" | "closeRelease" | "reopenRelease">;
};

/**
 * Closes the record of a check whose tests have passed, and tells others: they may have been told that it failed, before it
 * was redriven. Once more changes nothing, and tells what was not told.
 *
 * @throws SideEffectError EVENT_NOT_PUBLISHED; the outcome stands
 */
export async function finishCheck(
  ports: FinishCheckPorts,
  { release, redriveCount }: { release: ReleaseRef; redriveCount: number },
  now: Date,
): Promise<FinishReleaseOutput> {
  const { ledger } = ports;
  const record = await ledger.release(release);
  if (record === undefined) throw unknownRelease(release);
  if (record.status !== "succeeded") {
    // Redriven at this very state it may have been settled before.
    if (redriveCount > 0) await ledger.reopenRelease(release, redriveCount);
    const pending = sideEffectsOf(release, true);
    await ledger.closeRelease(release, { status: "succeeded", endedAt: now.toISOString(), pending });
  }
  await followUp(ports, release, {});
  return { outcome: "checked" };
}

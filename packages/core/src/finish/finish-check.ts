import { runSideEffects, unknownRelease } from "./run-side-effects.ts";
import { sideEffectsOf, type NotifyPorts } from "../notify/notify-outcome.ts";
import type { ReleaseLedger } from "../ledger/ports.ts";
import type { ReleaseRef } from "../ledger/release-ref.ts";
import type { FinishReleaseOutput } from "../contract/steps.ts";

export type FinishCheckPorts = NotifyPorts & {
  ledger: Pick<ReleaseLedger, "release" | "closeRelease" | "reopenRelease">;
};

/**
 * Closes the record of a check whose tests have passed, and publishes the outcome: before a redrive a failure may have been
 * published. Idempotent; running it again publishes what was not published.
 *
 * @throws SideEffectError EVENT_NOT_PUBLISHED; the outcome is committed
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
    // Recovery may have closed the record before a redrive of this state.
    if (redriveCount > 0) await ledger.reopenRelease(release, redriveCount);
    const pending = sideEffectsOf(release, true);
    await ledger.closeRelease(release, { status: "succeeded", endedAt: now.toISOString(), pending });
  }
  await runSideEffects(ports, release, {});
  return { outcome: "checked" };
}

import type { ReleaseRecord, ServiceIntent, ServiceSnapshot } from "../ledger/release-record.ts";

type Known = Pick<ReleaseRecord, "snapshot" | "intents">;

/**
 * The snapshot of another attempt of a release. A service that runs what an earlier attempt put there, because the way back
 * was not finished, is not as it was before: it counts as touched still, and goes back to where the earlier attempt would have.
 *
 * @param record of the release, with snapshot and intents of the earlier attempt
 * @param current what runs now
 * @returns the snapshot, and the intents of the earlier attempt that still count
 */
export function withEarlierAttempt(
  { snapshot: earlier = {}, intents = {} }: Known = {},
  current: Readonly<Record<string, ServiceSnapshot>>,
): { snapshot: Record<string, ServiceSnapshot>; intents: Record<string, ServiceIntent> } {
  const snapshot: Record<string, ServiceSnapshot> = { ...current };
  const kept: Record<string, ServiceIntent> = {};
  for (const [service, now] of Object.entries(current)) {
    const before = earlier[service];
    const intent = intents[service];
    if (before === undefined || intent?.taskDefinition === undefined) continue;
    if (intent.taskDefinition !== now.taskDefinition) continue;
    snapshot[service] = { ...before, desiredCount: now.desiredCount };
    kept[service] = intent;
  }
  return { snapshot, intents: kept };
}

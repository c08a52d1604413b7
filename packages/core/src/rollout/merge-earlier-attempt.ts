import type { ReleaseRecord, ServiceIntent, ServiceSnapshot } from "../ledger/release-record.ts";

type EarlierAttempt = Pick<ReleaseRecord, "snapshot" | "intents">;

/**
 * Merges the snapshot of a new attempt with that of the earlier one. If the earlier attempt's rollback did not finish, a service
 * may still run the earlier attempt's task definition. Such a service keeps its intent and its earlier rollback target.
 *
 * @param record of the release, with snapshot and intents of the earlier attempt
 * @param current what runs now
 * @returns the snapshot, and the intents of the earlier attempt that still apply
 */
export function mergeEarlierAttempt(
  { snapshot: earlier = {}, intents = {} }: EarlierAttempt = {},
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

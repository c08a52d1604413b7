import type * as v from "valibot";
import { requireLock } from "../lock/hold-lock.ts";
import type { ConfigurationLedger, LockLedger, ReleaseLedger } from "../ports.ts";
import type { SnapshotServicesInput, SnapshotServicesOutput } from "../steps.ts";
import { requireQuietAlarms } from "./alarms.ts";
import { withEarlierAttempt } from "./earlier-attempt.ts";
import { observeSnapshot } from "./observe-snapshot.ts";
import type { AlarmObservations, ServiceObservations } from "./ports.ts";
import { environmentOf } from "./service-of-release.ts";
import { judgeSnapshot } from "./snapshot.ts";

export type SnapshotPorts = {
  ledger: ConfigurationLedger & Pick<ReleaseLedger, "release" | "recordSnapshot"> & Pick<LockLedger, "lock">;
  ecs: ServiceObservations;
  alarms: AlarmObservations;
};

/**
 * Records where each service goes back to, before anything changes; waits while somebody else deploys.
 *
 * @throws RejectedError ALARM_RAISED, ALARM_NOT_FOUND, and those of `observeSnapshot`
 * @throws LockLostError
 */
export async function snapshotServices(
  { ledger, ecs, alarms }: SnapshotPorts,
  { release, epoch, waitingSince }: v.InferOutput<typeof SnapshotServicesInput>,
  now: Date,
): Promise<SnapshotServicesOutput> {
  const environment = await environmentOf(ledger, release);
  const { cluster, services } = environment;
  const names = Object.fromEntries(Object.entries(services).map(([name, { service }]) => [name, service]));
  const verdict = judgeSnapshot(await observeSnapshot(ecs, cluster, names), now, new Date(waitingSince));
  if (verdict.state === "waiting") return verdict;
  await requireQuietAlarms(alarms, environment);
  await requireLock(ledger, release, epoch);
  const { snapshot, intents } = withEarlierAttempt(await ledger.release(release), verdict.snapshot);
  await ledger.recordSnapshot(release, epoch, snapshot, intents);
  const { before, after } = environment.tasks;
  return { state: "ready", tasks: { before: before.length > 0, after: after.length > 0 } };
}

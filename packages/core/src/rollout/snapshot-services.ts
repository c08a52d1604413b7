import type * as v from "valibot";
import { policyOf } from "../plan/plan-release.ts";
import { requireLock } from "../lock/hold-lock.ts";
import type { ConfigurationLedger, LockLedger, ReleaseLedger } from "../ports.ts";
import type { SnapshotServicesInput, SnapshotServicesOutput } from "../steps.ts";
import { requireQuietAlarms } from "./alarms.ts";
import { withEarlierAttempt } from "./earlier-attempt.ts";
import { observeSnapshot } from "./observe-snapshot.ts";
import { keepImages } from "./keep-images.ts";
import type { AlarmObservations, KeptImages, ServiceObservations } from "./ports.ts";
import { judgeSnapshot } from "./snapshot.ts";

export type SnapshotPorts = {
  ledger: ConfigurationLedger & Pick<ReleaseLedger, "release" | "recordSnapshot"> & Pick<LockLedger, "lock">;
  ecs: ServiceObservations;
  alarms: AlarmObservations;
  keptImages: KeptImages;
};

/**
 * Records where each service goes back to, before anything changes; waits while somebody else deploys. Neither what runs nor
 * what is to run can expire from then on.
 *
 * @throws RejectedError ALARM_RAISED, ALARM_NOT_FOUND, and those of `observeSnapshot` and `keepImages`
 * @throws LockLostError
 */
export async function snapshotServices(
  { ledger, ecs, alarms, keptImages }: SnapshotPorts,
  { release, epoch, images, waitingSince }: v.InferOutput<typeof SnapshotServicesInput>,
  now: Date,
): Promise<SnapshotServicesOutput> {
  const policy = policyOf(release, await ledger.configuration(release.repository));
  const { environment } = policy;
  const { cluster, services } = environment;
  const names = Object.fromEntries(Object.entries(services).map(([name, { service }]) => [name, service]));
  const verdict = judgeSnapshot(await observeSnapshot(ecs, cluster, names), now, new Date(waitingSince));
  if (verdict.state === "waiting") return verdict;
  await requireQuietAlarms(alarms, environment);
  await keepImages(keptImages, images, verdict.snapshot, policy);
  await requireLock(ledger, release, epoch);
  const { snapshot, intents } = withEarlierAttempt(await ledger.release(release), verdict.snapshot);
  await ledger.recordSnapshot(release, epoch, snapshot, intents);
  const { before, after } = environment.tasks;
  return { state: "ready", tasks: { before: before.length > 0, after: after.length > 0 } };
}

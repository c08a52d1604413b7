import type * as v from "valibot";
import { requireReader } from "../config/stored.ts";
import { policyOf, recordOf } from "../policy/policy.ts";
import { handBack } from "../lock/hand-back.ts";
import { requireLock } from "../lock/hold-lock.ts";
import type { ConfigurationLedger, LockLedger, ReleaseLedger } from "../ledger/ports.ts";
import type { SnapshotServicesInput, SnapshotServicesOutput } from "../contract/steps.ts";
import { requireQuietAlarms } from "../ecs/alarms.ts";
import { mergeEarlierAttempt } from "./merge-earlier-attempt.ts";
import { observeSnapshot } from "../ecs/observe-snapshot.ts";
import { keepImages } from "./keep-images.ts";
import type { AlarmObservations, KeptImages, ServiceObservations } from "../ecs/ports.ts";
import { outdatedReason } from "./outdated-plan.ts";
import type { WakingTokens } from "../lock/wake-waiters.ts";
import { judgeSnapshot } from "./judge-snapshot.ts";

export type SnapshotPorts = {
  ledger: ConfigurationLedger &
    Pick<ReleaseLedger, "release" | "recordSnapshot" | "outdateRelease"> &
    Pick<LockLedger, "lock" | "writeLock">;
  ecs: ServiceObservations;
  alarms: AlarmObservations;
  keptImages: KeptImages;
  tokens: WakingTokens;
};

/**
 * Records the rollback target of each service before any change; waits while another deployment is in progress. From then on
 * neither the running images nor the new ones can expire. If other images run than the release was planned for, or
 * the configuration has changed, it releases the lock and is planned again.
 *
 * @throws RejectedError ALARM_RAISED, ALARM_NOT_FOUND, and those of `observeSnapshot` and `keepImages`
 * @throws LockLostError
 */
export async function snapshotServices(
  { ledger, ecs, alarms, keptImages, tokens }: SnapshotPorts,
  { release, epoch, images, waitingSince }: v.InferOutput<typeof SnapshotServicesInput>,
  now: Date,
): Promise<SnapshotServicesOutput> {
  const stored = await ledger.configuration(release.repository);
  const policy = policyOf(release, stored);
  const { environment } = policy;
  const { cluster, services } = environment;
  const names = Object.fromEntries(Object.entries(services).map(([name, { service }]) => [name, service]));
  const verdict = judgeSnapshot(await observeSnapshot(ecs, cluster, names), now, new Date(waitingSince));
  if (verdict.state === "waiting") return verdict;
  await requireQuietAlarms(alarms, environment);
  const lock = await requireLock(ledger, release, epoch);
  const record = await recordOf(ledger, release);
  if (!lock.dirty) requireReader(stored);
  const reason = lock.dirty ? undefined : outdatedReason(record, epoch, verdict.snapshot, policy);
  if (reason !== undefined) {
    await ledger.outdateRelease(release);
    const wake = await handBack({ ledger, tokens }, lock, epoch, release, { knownBad: {} });
    await wake();
    return { state: "outdated", reason };
  }
  await keepImages(keptImages, images, verdict.snapshot, policy);
  const { snapshot, intents } = mergeEarlierAttempt(record, verdict.snapshot);
  await ledger.recordSnapshot(release, epoch, snapshot, intents);
  const { before, after } = environment.tasks;
  return { state: "ready", tasks: { before: before.length > 0, after: after.length > 0 } };
}

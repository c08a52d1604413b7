import type * as v from "valibot";
import { policyOf } from "../policy/policy.ts";
import { handBack } from "../lock/hand-back.ts";
import { requireLock } from "../lock/hold-lock.ts";
import type { ConfigurationLedger, LockLedger, ReleaseLedger } from "../ledger/ports.ts";
import type { SnapshotServicesInput, SnapshotServicesOutput } from "../contract/steps.ts";
import { requireQuietAlarms } from "../ecs/alarms.ts";
import { withEarlierAttempt } from "./earlier-attempt.ts";
import { observeSnapshot } from "../ecs/observe-snapshot.ts";
import { keepImages } from "./keep-images.ts";
import type { AlarmObservations, KeptImages, ServiceObservations } from "../ecs/ports.ts";
import { whyOutdated } from "./outdated-plan.ts";
import { recordOf } from "../policy/service-of-release.ts";
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
 * Records where each service goes back to, before anything changes; waits while somebody else deploys. Neither what runs nor
 * what is to run can expire from then on. A release that was planned for something else than what runs gives the lock back,
 * and is planned anew.
 *
 * @throws RejectedError ALARM_RAISED, ALARM_NOT_FOUND, and those of `observeSnapshot` and `keepImages`
 * @throws LockLostError
 */
export async function snapshotServices(
  { ledger, ecs, alarms, keptImages, tokens }: SnapshotPorts,
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
  const lock = await requireLock(ledger, release, epoch);
  const record = await recordOf(ledger, release);
  const reason = lock.dirty ? undefined : whyOutdated(record, epoch, verdict.snapshot, environment);
  if (reason !== undefined) {
    await ledger.outdateRelease(release);
    const wake = await handBack({ ledger, tokens }, lock, epoch, release, { knownBad: {} });
    await wake();
    return { state: "outdated", reason };
  }
  await keepImages(keptImages, images, verdict.snapshot, policy);
  const { snapshot, intents } = withEarlierAttempt(record, verdict.snapshot);
  await ledger.recordSnapshot(release, epoch, snapshot, intents);
  const { before, after } = environment.tasks;
  return { state: "ready", tasks: { before: before.length > 0, after: after.length > 0 } };
}

import type * as v from "valibot";
import { beginToChange } from "../lock/hold-lock.ts";
import type { ConfigurationLedger, LockLedger, ReleaseLedger } from "../ledger/ports.ts";
import type { ServiceIntent } from "../ledger/release-record.ts";
import type { DeployServiceInput, Rollout } from "../contract/steps.ts";
import type { ServiceObservations, ServiceUpdates, TaskDefinitions } from "../ecs/ports.ts";
import { findDeployment } from "../ecs/released-task-definition.ts";
import { environmentOf, recordOf } from "../policy/policy.ts";

export type DeployPorts = {
  ledger: ConfigurationLedger & Pick<ReleaseLedger, "release" | "recordIntent"> & Pick<LockLedger, "markDirty">;
  ecs: Pick<ServiceObservations, "services"> & ServiceUpdates;
  taskDefinitions: TaskDefinitions;
};

/**
 * Sets one service to the release's images: its current task definition with other digests and no other change.
 *
 * The intent is recorded before the service is changed and completed afterwards, so that a rollback knows what was changed
 * wherever this step died. Registering a task definition alone changes no service.
 *
 * Idempotent: if the service already runs the images, it is only polled; a task definition that is already registered is
 * used; UpdateService with the same one starts no deployment.
 *
 * @throws RejectedError SERVICE_NOT_FOUND, SERVICE_INACTIVE, CONTAINER_NOT_FOUND, CONFLICT when a newer attempt has begun
 * @throws LockLostError
 */
export async function deployService(
  { ledger, ecs, taskDefinitions }: DeployPorts,
  { release, epoch, service, images }: v.InferOutput<typeof DeployServiceInput>,
  now: Date,
): Promise<Rollout> {
  const [environment, record] = await Promise.all([environmentOf(ledger, release), recordOf(ledger, release)]);
  const deployment = await findDeployment({ ecs, taskDefinitions }, environment, service, images);
  const { configured, primary, wanted, isLive, registered } = deployment;
  const known = record.attempt === epoch ? record.intents?.[service] : undefined;
  // An earlier call of this step has died, perhaps after it had sent UpdateService.
  const earlier = known === undefined ? {} : { unanswered: true as const };
  if (primary !== undefined && isLive) {
    return { service, taskDefinition: primary.taskDefinition, deploymentId: primary.id, ...earlier, expect: "deploy" };
  }

  const at = known?.at ?? now.toISOString();
  const recordIntent = (intent: Omit<ServiceIntent, "at">) =>
    ledger.recordIntent(release, epoch, service, { at, ...intent });
  const taskDefinition = registered ?? (await taskDefinitions.register(wanted));
  await beginToChange(ledger, release, epoch);
  await recordIntent({ taskDefinition });
  const { unanswered, ...updated } = await ecs.setTaskDefinition(
    environment.cluster,
    configured.service,
    taskDefinition,
  );
  await recordIntent({ taskDefinition, ...updated });
  return {
    service,
    taskDefinition,
    ...updated,
    ...(unanswered === true && { unanswered }),
    ...earlier,
    expect: "deploy",
  };
}

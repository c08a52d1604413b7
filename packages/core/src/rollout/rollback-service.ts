import type * as v from "valibot";
import { RetryableError } from "../lib/errors.ts";
import { beginToChange, requireLock } from "../lock/hold-lock.ts";
import type { ConfigurationLedger, LockLedger, ReleaseLedger } from "../ledger/ports.ts";
import type { ReleaseRecord, ServiceIntent, ServiceSnapshot } from "../ledger/release-record.ts";
import type { RollbackServiceInput, Rollout } from "../contract/steps.ts";
import { findServiceDeployments } from "./find-service-deployments.ts";
import { primaryOf, type ObservedService } from "../ecs/observation.ts";
import type { ServiceObservations, ServiceUpdates, TaskDefinitions } from "../ecs/ports.ts";
import { findRegistered } from "../ecs/released-task-definition.ts";
import {
  decideRollback,
  type ResolvedServiceDeployment,
  type RollbackDecision,
  type RollbackObservation,
} from "./decide-rollback.ts";
import { environmentOf, recordOf, serviceOf } from "../policy/policy.ts";
import { pinnedImages, renderTaskDefinition, sameTaskDefinition } from "../ecs/task-definition.ts";

export type RollbackPorts = {
  ledger: ConfigurationLedger & Pick<ReleaseLedger, "release"> & Pick<LockLedger, "lock" | "markDirty">;
  ecs: ServiceObservations & ServiceUpdates;
  taskDefinitions: TaskDefinitions;
};

/** A service to roll back, as the ledger and ECS know it. */
type ServiceToRollBack = {
  service: string;
  cluster: string;
  serviceName: string;
  snapshot?: ServiceSnapshot;
  observed?: ObservedService;
};

/**
 * Rolls one service back to its snapshot, and returns what to poll until it is there. Idempotent, also when it runs twice at
 * once: it decides by the current state, see `decideRollback`.
 *
 * @param report receives the decision before it is carried out
 * @throws RetryableError CONFLICT when our deployment ended just before ECS could roll it back; the next attempt decides again
 * @throws LockLostError
 */
export async function rollbackService(
  ports: RollbackPorts,
  { release, epoch, service }: v.InferOutput<typeof RollbackServiceInput>,
  report: (decision: RollbackDecision) => void,
): Promise<Rollout> {
  const { ledger, ecs } = ports;
  const [environment, record] = await Promise.all([environmentOf(ledger, release), recordOf(ledger, release)]);
  const recorded = intentOf(record, epoch, service);
  if (recorded === undefined) return { service, expect: "none" };

  const { cluster } = environment;
  const { service: serviceName } = serviceOf(environment, service);
  const services = await ecs.services(cluster, [serviceName]);
  const snapshot = record.snapshot?.[service];
  const observed = services.get(serviceName);
  const toRollBack = { service, cluster, serviceName, ...(snapshot && { snapshot }), ...(observed && { observed }) };
  const observation = await observe(ports, toRollBack, services, recorded);
  const running = observed && primaryOf(observed)?.taskDefinition;
  // The intent of a manual rollback names no task definition: it replaces whatever runs.
  const intent = running === undefined ? recorded : { taskDefinition: running, ...recorded };
  const decision = decideRollback(snapshot, intent, observation, environment.firstDeployment);
  report(decision);
  await (record.kind === "rollback" ? beginToChange : requireLock)(ledger, release, epoch);
  return carryOut(ports, toRollBack, decision);
}

/** A manual rollback's intents are planned before it holds the lock; a release's intents belong to one epoch of the lock. */
const intentOf = ({ kind, attempt, intents }: ReleaseRecord, epoch: number, service: string) =>
  kind === "rollback" || attempt === epoch ? intents?.[service] : undefined;

async function observe(
  { ecs, taskDefinitions }: RollbackPorts,
  toRollBack: ServiceToRollBack,
  services: ReadonlyMap<string, ObservedService>,
  intent: ServiceIntent,
): Promise<RollbackObservation> {
  const serviceDeployment = await resolveServiceDeployment(ecs, toRollBack, services, intent);
  return {
    ...(toRollBack.observed && { service: toRollBack.observed }),
    ...(serviceDeployment && { serviceDeployment }),
    primaryIsPinnedSnapshot: await isPinnedSnapshot(taskDefinitions, toRollBack, intent),
  };
}

async function resolveServiceDeployment(
  ecs: ServiceObservations,
  { service, cluster, serviceName }: ServiceToRollBack,
  services: ReadonlyMap<string, ObservedService>,
  { at, taskDefinition, deploymentId }: ServiceIntent,
): Promise<ResolvedServiceDeployment | undefined> {
  if (taskDefinition === undefined) return undefined;
  const rollout: Rollout = { service, taskDefinition, ...(deploymentId && { deploymentId }), expect: "deploy" };
  const [found] = await findServiceDeployments(ecs, cluster, [{ rollout, serviceName }], services, new Date(at));
  const arn = found?.rollout.serviceDeploymentArn;
  const ours = arn === undefined ? undefined : (await ecs.serviceDeployments([arn])).get(arn);
  if (ours === undefined) return undefined;
  const { rollbackRevision, sourceRevisions } = ours;
  const revisions = await ecs.serviceRevisions([...sourceRevisions, ...(rollbackRevision ? [rollbackRevision] : [])]);
  const rollbackTaskDefinition = revisions.get(rollbackRevision ?? "")?.taskDefinition;
  return {
    arn: ours.arn,
    status: ours.status,
    sourceTaskDefinitions: sourceRevisions.flatMap((revision) => revisions.get(revision)?.taskDefinition ?? []),
    ...(rollbackTaskDefinition !== undefined && { rollbackTaskDefinition }),
  };
}

async function isPinnedSnapshot(
  taskDefinitions: Pick<TaskDefinitions, "describe">,
  { observed, snapshot }: ServiceToRollBack,
  intent: ServiceIntent,
): Promise<boolean> {
  const running = observed && primaryOf(observed)?.taskDefinition;
  const target = snapshot?.taskDefinition;
  if (running === undefined || target === undefined || running === target || running === intent.taskDefinition) {
    return false;
  }
  const [now, before] = await Promise.all([taskDefinitions.describe(running), taskDefinitions.describe(target)]);
  const pinned = renderTaskDefinition(before, pinnedImages(before, snapshot?.digests ?? {}));
  return sameTaskDefinition(renderTaskDefinition(now, {}), pinned);
}

async function carryOut(
  ports: RollbackPorts,
  { service, cluster, serviceName, snapshot }: ServiceToRollBack,
  decision: RollbackDecision,
): Promise<Rollout> {
  const target = snapshot?.taskDefinition;
  const restore = (watched: Omit<Rollout, "service" | "expect">): Rollout => ({
    service,
    ...watched,
    expect: "restore",
  });
  switch (decision.kind) {
    case "untouched":
    case "leave":
      return { service, expect: "none" };
    case "follow": {
      const { kind: _, ...watched } = decision;
      return restore(watched);
    }
    case "stop": {
      const { serviceDeploymentArn } = decision;
      if (!(await ports.ecs.rollBackDeployment(serviceDeploymentArn))) throw endedBeforeRollback(serviceDeploymentArn);
      return restore({ ...(target !== undefined && { taskDefinition: target }), serviceDeploymentArn });
    }
    case "update": {
      const taskDefinition = await pinSnapshot(ports.taskDefinitions, snapshot);
      return restore({ taskDefinition, ...(await ports.ecs.setTaskDefinition(cluster, serviceName, taskDefinition)) });
    }
    case "scale-to-zero":
      await ports.ecs.scaleToZero(cluster, serviceName);
      return { service, expect: "scaled-to-zero" };
  }
}

/**
 * The snapshot's task definition, or a copy with the recorded digests in place of tags: a tag may name another image by now. An
 * INACTIVE revision cannot be deployed again and is copied too.
 */
async function pinSnapshot(taskDefinitions: TaskDefinitions, snapshot: ServiceSnapshot | undefined): Promise<string> {
  const described = await taskDefinitions.describe(snapshot?.taskDefinition ?? "");
  const { taskDefinitionArn, status } = described.taskDefinition;
  const images = pinnedImages(described, snapshot?.digests ?? {});
  if (Object.keys(images).length === 0 && status !== "INACTIVE") return taskDefinitionArn;
  const copy = renderTaskDefinition(described, images);
  return (await findRegistered(taskDefinitions, copy)) ?? (await taskDefinitions.register(copy));
}

const endedBeforeRollback = (serviceDeployment: string) =>
  new RetryableError(
    `service deployment ${serviceDeployment} ended before ECS could roll it back; the rollback is decided again at the next attempt`,
    { code: "CONFLICT" },
  );

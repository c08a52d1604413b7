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
import { environmentOf, recordOf, serviceOf } from "../policy/service-of-release.ts";
import { pinnedImages, renderTaskDefinition, sameTaskDefinition } from "../ecs/task-definition.ts";

export type RollbackPorts = {
  ledger: ConfigurationLedger & Pick<ReleaseLedger, "release"> & Pick<LockLedger, "lock" | "markDirty">;
  ecs: ServiceObservations & ServiceUpdates;
  taskDefinitions: TaskDefinitions;
};

/** One service of a release that failed, as the ledger and ECS know it. */
type Subject = {
  service: string;
  cluster: string;
  serviceName: string;
  snapshot?: ServiceSnapshot;
  observed?: ObservedService;
};

/**
 * Sends one service back to where it was, and says what to watch until it is there. May run twice, midway or at once:
 * it decides by what is, see `decideRollback`.
 *
 * @param tell is told what was decided before it is carried out
 * @throws RetryableError CONFLICT when ECS ended our deployment at the very moment: the step looks again
 * @throws LockLostError
 */
export async function rollbackService(
  ports: RollbackPorts,
  { release, epoch, service }: v.InferOutput<typeof RollbackServiceInput>,
  tell: (decision: RollbackDecision) => void,
): Promise<Rollout> {
  const { ledger, ecs } = ports;
  const [environment, record] = await Promise.all([environmentOf(ledger, release), recordOf(ledger, release)]);
  const known = intentOf(record, epoch, service);
  if (known === undefined) return { service, expect: "none" };

  const { cluster } = environment;
  const { service: serviceName } = serviceOf(environment, service);
  const services = await ecs.services(cluster, [serviceName]);
  const snapshot = record.snapshot?.[service];
  const observed = services.get(serviceName);
  const subject = { service, cluster, serviceName, ...(snapshot && { snapshot }), ...(observed && { observed }) };
  const observation = await observe(ports, subject, services, known);
  const running = observed && primaryOf(observed)?.taskDefinition;
  // By hand a service is taken back from whatever it runs.
  const intent = running === undefined ? known : { taskDefinition: running, ...known };
  const decision = decideRollback(snapshot, intent, observation, environment.firstDeployment);
  tell(decision);
  await (record.kind === "rollback" ? beginToChange : requireLock)(ledger, release, epoch);
  return carryOut(ports, subject, decision);
}

/** A rollback's own record was planned before it had the lock; a release's intents belong to one holding of it. */
const intentOf = ({ kind, attempt, intents }: ReleaseRecord, epoch: number, service: string) =>
  kind === "rollback" || attempt === epoch ? intents?.[service] : undefined;

async function observe(
  { ecs, taskDefinitions }: RollbackPorts,
  subject: Subject,
  services: ReadonlyMap<string, ObservedService>,
  intent: ServiceIntent,
): Promise<RollbackObservation> {
  const serviceDeployment = await resolveServiceDeployment(ecs, subject, services, intent);
  return {
    ...(subject.observed && { service: subject.observed }),
    ...(serviceDeployment && { serviceDeployment }),
    primaryIsPinnedSnapshot: await isPinnedSnapshot(taskDefinitions, subject, intent),
  };
}

async function resolveServiceDeployment(
  ecs: ServiceObservations,
  { service, cluster, serviceName }: Subject,
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
  { observed, snapshot }: Subject,
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

async function carryOut(ports: RollbackPorts, subject: Subject, decision: RollbackDecision): Promise<Rollout> {
  const { service, cluster, serviceName, snapshot } = subject;
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
      if (!(await ports.ecs.rollBackDeployment(serviceDeploymentArn))) throw endedMeanwhile(serviceDeploymentArn);
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
 * The snapshot's task definition, or its twin with the recorded digests in place of tags: a tag may mean another image by
 * now. A revision that somebody made INACTIVE cannot be used again either, and gets a twin.
 */
async function pinSnapshot(taskDefinitions: TaskDefinitions, snapshot: ServiceSnapshot | undefined): Promise<string> {
  const described = await taskDefinitions.describe(snapshot?.taskDefinition ?? "");
  const { taskDefinitionArn, status } = described.taskDefinition;
  const images = pinnedImages(described, snapshot?.digests ?? {});
  if (Object.keys(images).length === 0 && status !== "INACTIVE") return taskDefinitionArn;
  const twin = renderTaskDefinition(described, images);
  return (await findRegistered(taskDefinitions, twin)) ?? (await taskDefinitions.register(twin));
}

const endedMeanwhile = (serviceDeployment: string) =>
  new RetryableError(`${serviceDeployment} ended before it could be rolled back`, { code: "CONFLICT" });

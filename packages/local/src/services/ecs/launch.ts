/** How a task comes into being: what the engine is asked to run. */
import type { TaskSpec } from "../../engines/engine.ts";
import { ecsArn } from "./arns.ts";
import { emitTaskState } from "./events.ts";
import type {
  ContainerRecord,
  DeploymentRecord,
  EcsContext,
  ServiceRecord,
  ServiceRevisionRecord,
  TaskRecord,
} from "./state.ts";
import type { TaskListener } from "./task-listener.ts";
import { onTaskEvent } from "./tasks.ts";

/** Launches a task of a deployment. */
export function launchTask(
  context: EcsContext,
  service: ServiceRecord,
  deployment: DeploymentRecord,
  listener: TaskListener,
): TaskRecord {
  const { cluster } = service;
  const { revision } = deployment;
  const definition = revision.workload.taskDefinition;
  const id = context.ids.hex();
  const task: TaskRecord = {
    id,
    arn: ecsArn(context.world, `task/${cluster.name}/${id}`),
    cluster,
    service,
    deployment,
    definition,
    containers: definition.containerDefinitions.map((container) => ({
      name: container.name ?? "",
      id: context.ids.uuid(),
      runtimeId: `${id}-${context.ids.digits().slice(0, 10)}`,
      image: resolvedImage(revision, container.name ?? "", container.image ?? ""),
      definition: container,
    })),
    status: "PROVISIONING",
    desiredStatus: "RUNNING",
    health: "UNKNOWN",
    counts: false,
    version: 1,
    times: { createdAt: context.world.clock.now() },
  };
  cluster.tasks.set(id, task);
  service.tasks.add(task);
  emitTaskState(context, task);
  task.running = context.engine.start(taskSpec(context, task), (event) => onTaskEvent(context, task, event, listener));
  return task;
}

/** Once a revision has resolved a tag, all its tasks run the same digest (`versionConsistency`, on by default). */
function resolvedImage(revision: ServiceRevisionRecord, name: string, image: string): string {
  const digest = revision.digests.get(name);
  const container = revision.workload.taskDefinition.containerDefinitions.find((one) => one.name === name);
  if (digest === undefined || image.includes("@") || container?.versionConsistency === "disabled") return image;
  return `${image.replace(/:[^:/]+$/, "")}@${digest}`;
}

function taskSpec(context: EcsContext, task: TaskRecord): TaskSpec {
  return {
    taskArn: task.arn,
    cluster: task.cluster.name,
    service: task.service.name,
    containers: task.containers.map((container) => ({
      name: container.name,
      image: container.image,
      essential: container.definition.essential ?? true,
      ...logDestination(task, container),
    })),
  };
}

/** `prefix/container/task id`: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html */
function logDestination(task: TaskRecord, container: ContainerRecord): { logGroup?: string; logStream?: string } {
  const { logConfiguration } = container.definition;
  const group = logConfiguration?.options?.["awslogs-group"];
  if (logConfiguration?.logDriver !== "awslogs" || group === undefined) return {};
  const prefix = logConfiguration.options?.["awslogs-stream-prefix"];
  return {
    logGroup: group,
    logStream: prefix === undefined ? container.runtimeId : `${prefix}/${container.name}/${task.id}`,
  };
}

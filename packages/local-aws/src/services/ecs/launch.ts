/** Launches tasks: creates their records and starts them in the engine. */
import type { PropagateTags, Tag } from "@aws-sdk/client-ecs";
import type { TaskSpec } from "../../engines/engine.ts";
import { ecsArn } from "./arns.ts";
import { placeOnInstance, type LaunchRefusal } from "./container-instances.ts";
import { emitTaskState } from "./events.ts";
import type {
  ClusterRecord,
  ContainerRecord,
  DeploymentRecord,
  EcsContext,
  RegisteredTaskDefinition,
  ServiceRecord,
  ServiceRevisionRecord,
  ServiceTaskRecord,
  TaskOptions,
  TaskRecord,
} from "./state.ts";
import { noListener, type TaskListener } from "./task-listener.ts";
import { onTaskEvent } from "./tasks.ts";

/** Launches a task of a deployment, unless the engine refuses it: then ECS never shows the task. */
export function launchTask(
  context: EcsContext,
  service: ServiceRecord,
  deployment: DeploymentRecord,
  listenerOf: (task: ServiceTaskRecord) => TaskListener,
): { task?: TaskRecord; refusal?: LaunchRefusal } {
  const { revision } = deployment;
  const { launchType, platformVersion, taskDefinition } = revision.workload;
  const placed =
    launchType === "EC2"
      ? placeOnInstance(context, service.cluster, { definition: taskDefinition, options: {} }, service)
      : { instance: undefined };
  if ("refusal" in placed) return placed;
  const options: TaskOptions = {
    ...(placed.instance !== undefined && { containerInstanceArn: placed.instance }),
    group: `service:${service.name}`,
    startedBy: deployment.id,
    launchType,
    platformVersion,
    enableExecuteCommand: service.options.enableExecuteCommand ?? false,
    overrides: { containerOverrides: [], inferenceAcceleratorOverrides: [] },
  };
  const tags = taskTags(context, {
    cluster: service.cluster,
    definition: taskDefinition,
    propagateTags: service.options.propagateTags,
    managed: service.options.enableECSManagedTags === true,
    service,
  });
  const network = { tags, subnets: revision.workload.networkConfiguration?.awsvpcConfiguration?.subnets ?? [] };
  const plain = newTask(context, service.cluster, taskDefinition, options, network);
  for (const container of plain.containers) container.image = resolvedImage(revision, container.name, container.image);
  const task: ServiceTaskRecord = { ...plain, service, deployment };
  const spec = taskSpec(task);
  const refusal = context.engine.refusal(spec);
  if (refusal !== undefined) return { refusal };
  task.listener = listenerOf(task);
  service.tasks.add(task);
  startTask(context, task, spec);
  return { task };
}

/** The record of a new task, without a listener and not yet started in the engine. */
export function newTask(
  context: EcsContext,
  cluster: ClusterRecord,
  definition: RegisteredTaskDefinition,
  options: TaskOptions,
  { tags, subnets }: Pick<TaskRecord, "tags" | "subnets">,
): TaskRecord {
  const id = context.ids.hex();
  return {
    id,
    arn: ecsArn(context.world, `task/${cluster.name}/${id}`),
    cluster,
    options,
    tags,
    subnets,
    listener: noListener,
    definition,
    containers: definition.containerDefinitions.map((container) => ({
      name: container.name ?? "",
      id: context.ids.uuid(),
      runtimeId: `${id}-${context.ids.digits().slice(0, 10)}`,
      image: container.image ?? "",
      definition: container,
    })),
    status: "PROVISIONING",
    desiredStatus: "RUNNING",
    health: "UNKNOWN",
    counts: false,
    version: 1,
    times: { createdAt: context.world.clock.now() },
  };
}

/**
 * The tags of a new task: those of the request, those that are propagated, and ECS's own. docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html
 */
export function taskTags(
  { families }: EcsContext,
  from: {
    cluster: ClusterRecord;
    definition: RegisteredTaskDefinition;
    propagateTags: PropagateTags | undefined;
    managed: boolean;
    service?: ServiceRecord;
    requested?: readonly Tag[];
  },
): readonly Tag[] {
  const { cluster, definition, managed, propagateTags, requested = [], service } = from;
  const registered = families.get(definition.family)?.find((one) => one.definition === definition);
  const propagated = propagateTags === "TASK_DEFINITION" ? registered?.tags : undefined;
  const ofService = propagateTags === "SERVICE" ? service?.tags : undefined;
  const own = managed
    ? [
        { key: "aws:ecs:clusterName", value: cluster.name },
        ...(service === undefined ? [] : [{ key: "aws:ecs:serviceName", value: service.name }]),
      ]
    : [];
  // A tag of the request replaces a propagated tag with the same key.
  const byKey = new Map(
    [...(propagated ?? ofService ?? []), ...requested, ...own].map((tag) => [tag.key ?? "", tag] as const),
  );
  return [...byKey.values()];
}

/** Starts a task in the engine. From now on ListTasks and DescribeTasks show it. */
export function startTask(context: EcsContext, task: TaskRecord, spec: TaskSpec): void {
  task.cluster.tasks.set(task.id, task);
  emitTaskState(context, task);
  task.running = context.engine.start(spec, (event) => onTaskEvent(context, task, event));
}

/** Once a revision has resolved a tag, all of its tasks run the same digest (`versionConsistency`, on by default). */
function resolvedImage(revision: ServiceRevisionRecord, name: string, image: string): string {
  const digest = revision.digests.get(name);
  const container = revision.workload.taskDefinition.containerDefinitions.find((one) => one.name === name);
  if (digest === undefined || image.includes("@") || container?.versionConsistency === "disabled") return image;
  return `${image.replace(/:[^:/]+$/, "")}@${digest}`;
}

/** The task as the engine runs it. */
export function taskSpec(task: TaskRecord): TaskSpec {
  return {
    taskArn: task.arn,
    cluster: task.cluster.name,
    ...(task.service !== undefined && { service: task.service.name }),
    containers: task.containers.map((container) => ({
      name: container.name,
      image: container.image,
      essential: container.definition.essential ?? true,
      ...commandOf(task, container),
      ...logDestination(task, container),
    })),
  };
}

function commandOf({ options }: TaskRecord, { name, definition }: ContainerRecord): { command?: string[] } {
  const override = options.overrides?.containerOverrides?.find((one) => one.name === name);
  const command = override?.command ?? definition.command;
  return command === undefined ? {} : { command };
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

/** The container instances of a cluster, and the placement of tasks with the launch type EC2 on them. */
import { createHash } from "node:crypto";
import type { TaskRefusal } from "../../engines/engine.ts";
import type { ContainerInstances } from "../../scenario/scenario.ts";
import { ecsArn } from "./arns.ts";
import type {
  ClusterRecord,
  EcsContext,
  RegisteredTaskDefinition,
  ServiceRecord,
  TaskOptions,
  TaskRecord,
} from "./state.ts";

/** `unmatched`: instances exist, or not, but none meets the task's requirements. */
export type LaunchRefusal = {
  type: TaskRefusal["type"] | "unmatched";
  message: string;
  /** As RunTask reports it: `RESOURCE:PORTS`, with the closest instance. */
  resource?: string;
  instance?: string;
};

/** Instances are given by the scenario: ARNs of those of a cluster. */
export function instancesOf(context: EcsContext, cluster: ClusterRecord): readonly string[] {
  const { count } = groupOf(context, cluster);
  return Array.from({ length: count }, (_, index) => {
    const id = createHash("sha256").update(`${cluster.arn} ${index}`).digest("hex").slice(0, 32);
    return ecsArn(context.world, `container-instance/${cluster.name}/${id}`);
  });
}

function groupOf({ containerInstances }: EcsContext, { name }: ClusterRecord): ContainerInstances {
  const group = containerInstances[name] ?? 0;
  return typeof group === "number" ? { count: group } : group;
}

/** What a task needs: a definition, with the overrides of its launch. */
export type PlacedTask = { definition: RegisteredTaskDefinition; options: Pick<TaskOptions, "overrides"> };

/** As RunTask names it, with the words of service events. */
const shortages = {
  "RESOURCE:PORTS": "is already using a port required by your task",
  // https://github.com/boto/boto3/issues/1942 quotes the event.
  "RESOURCE:CPU": "has insufficient CPU units available",
  "RESOURCE:MEMORY": "has insufficient memory available",
} as const;

type Shortage = keyof typeof shortages;

/**
 * Chooses the instance with the fewest tasks, of those that have the task's host ports, CPU and memory free and, for a daemon,
 * no task of it.
 */
export function placeOnInstance(
  context: EcsContext,
  cluster: ClusterRecord,
  task: PlacedTask,
  service?: ServiceRecord,
): { instance: string } | { refusal: LaunchRefusal } {
  const instances = instancesOf(context, cluster);
  if (instances.length === 0) {
    return { refusal: { type: "unmatched", message: "Reason: No Container Instances were found in your cluster." } };
  }
  const tasks = [...cluster.tasks.values()].filter(({ status }) => status !== "STOPPED");
  const on = (instance: string) => tasks.filter(({ options }) => options.containerInstanceArn === instance);
  const isDaemon = service?.options.schedulingStrategy === "DAEMON";
  const candidates = instances
    .filter((instance) => !isDaemon || !on(instance).some((one) => isAliveOf(one, service)))
    .map((instance) => ({ instance, lacks: shortagesOf(groupOf(context, cluster), on(instance), task) }));
  const [free] = candidates
    .filter(({ lacks }) => lacks.length === 0)
    .toSorted((a, b) => on(a.instance).length - on(b.instance).length);
  if (free !== undefined) return { instance: free.instance };
  const [closest] = candidates.toSorted((a, b) => a.lacks.length - b.lacks.length);
  const { instance = "", lacks = [] } = closest ?? { instance: instances[0] };
  const [resource = "RESOURCE:PORTS"] = lacks;
  const id = instance.slice(instance.lastIndexOf("/") + 1);
  // docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
  const message = `The closest matching (container-instance ${id}) ${shortages[resource]}.`;
  return { refusal: { type: "unmatched", message, resource, instance } };
}

/** What an instance with these tasks lacks for a further task. */
function shortagesOf(
  { cpu = Infinity, memoryMegabytes = Infinity }: ContainerInstances,
  running: readonly TaskRecord[],
  task: PlacedTask,
): readonly Shortage[] {
  const wanted = hostPortsOf(task.definition);
  const all = [...running, task].map(reservationOf);
  const sum = (resource: "cpu" | "memory") => all.reduce((total, reserved) => total + reserved[resource], 0);
  return [
    ...(running.some((one) => hostPortsOf(one.definition).some((port) => wanted.includes(port)))
      ? (["RESOURCE:PORTS"] as const)
      : []),
    ...(sum("cpu") > cpu ? (["RESOURCE:CPU"] as const) : []),
    ...(sum("memory") > memoryMegabytes ? (["RESOURCE:MEMORY"] as const) : []),
  ];
}

/**
 * What a task reserves: its own size or, without one, that of its containers, of which the soft limit of memory counts.
 *
 * @returns CPU units and mebibytes
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
 */
function reservationOf({ definition, options: { overrides } }: PlacedTask): { cpu: number; memory: number } {
  const containers = definition.containerDefinitions.map((container) => ({
    ...container,
    ...overrides?.containerOverrides?.find(({ name }) => name === container.name),
  }));
  const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0);
  return {
    cpu: Number(overrides?.cpu ?? definition.cpu ?? sum(containers.map(({ cpu = 0 }) => cpu))),
    memory: Number(
      overrides?.memory ??
        definition.memory ??
        sum(containers.map(({ memory = 0, memoryReservation = memory }) => memoryReservation)),
    ),
  };
}

const isAliveOf = (task: TaskRecord, service: ServiceRecord) =>
  task.service === service && task.desiredStatus === "RUNNING";

/** Ports of the instance that a task reserves. 0, or none, stands for any free one; with `host` all container ports are reserved. */
function hostPortsOf({ networkMode, containerDefinitions }: RegisteredTaskDefinition): readonly number[] {
  if (networkMode === "awsvpc" || networkMode === "none") return [];
  return containerDefinitions
    .flatMap(({ portMappings = [] }) => portMappings)
    .map(({ containerPort, hostPort }) => (networkMode === "host" ? containerPort : hostPort) ?? 0)
    .filter((port) => port > 0);
}

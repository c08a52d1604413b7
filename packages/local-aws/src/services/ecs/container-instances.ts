/** The container instances of a cluster, and the placement of tasks with the launch type EC2 on them. */
import { createHash } from "node:crypto";
import type { TaskRefusal } from "../../engines/engine.ts";
import { ecsArn } from "./arns.ts";
import type { ClusterRecord, EcsContext, RegisteredTaskDefinition, ServiceRecord, TaskRecord } from "./state.ts";

/** `unmatched`: instances exist, or not, but none meets the task's requirements. */
export type LaunchRefusal = {
  type: TaskRefusal["type"] | "unmatched";
  message: string;
  /** As RunTask reports it: `RESOURCE:PORTS`, with the closest instance. */
  resource?: string;
  instance?: string;
};

/** Instances are given by the scenario: ARNs of those of a cluster. */
export function instancesOf({ containerInstances, world }: EcsContext, cluster: ClusterRecord): readonly string[] {
  const count = containerInstances[cluster.name] ?? 0;
  return Array.from({ length: count }, (_, index) => {
    const id = createHash("sha256").update(`${cluster.arn} ${index}`).digest("hex").slice(0, 32);
    return ecsArn(world, `container-instance/${cluster.name}/${id}`);
  });
}

/**
 * Chooses the instance with the fewest tasks, of those that have the task's host ports free and, for a daemon, no task of it.
 * CPU and memory are not counted.
 */
export function placeOnInstance(
  context: EcsContext,
  cluster: ClusterRecord,
  definition: RegisteredTaskDefinition,
  service?: ServiceRecord,
): { instance: string } | { refusal: LaunchRefusal } {
  const instances = instancesOf(context, cluster);
  if (instances.length === 0) {
    return { refusal: { type: "unmatched", message: "Reason: No Container Instances were found in your cluster." } };
  }
  const tasks = [...cluster.tasks.values()].filter(({ status }) => status !== "STOPPED");
  const on = (instance: string) => tasks.filter(({ options }) => options.containerInstanceArn === instance);
  const isDaemon = service?.options.schedulingStrategy === "DAEMON";
  const wanted = hostPortsOf(definition);
  const free = instances
    .filter(
      (instance) => !on(instance).some((task) => hostPortsOf(task.definition).some((port) => wanted.includes(port))),
    )
    .filter((instance) => !isDaemon || !on(instance).some((task) => isAliveOf(task, service)))
    .toSorted((a, b) => on(a).length - on(b).length);
  const [instance] = free;
  if (instance !== undefined) return { instance };
  const [closest = ""] = instances;
  const id = closest.slice(closest.lastIndexOf("/") + 1);
  // docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
  const message = `The closest matching (container-instance ${id}) is already using a port required by your task.`;
  return { refusal: { type: "unmatched", message, resource: "RESOURCE:PORTS", instance: closest } };
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

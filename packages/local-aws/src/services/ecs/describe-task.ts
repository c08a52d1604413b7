/** A task as DescribeTasks answers it. */
import type { Container, HealthStatus, Task } from "@aws-sdk/client-ecs";
import { date } from "./dates.ts";
import { attachmentsOf, availabilityZone, networkInterfacesOf } from "./task-network.ts";
import type { ContainerRecord, TaskRecord, TaskStatus } from "./state.ts";

/** @param include `TAGS` adds the tags, which the answers to RunTask and StopTask always have */
export function describeTask(task: TaskRecord, include: readonly string[] = ["TAGS"]): Task {
  const { definition, options, stop, times } = task;
  return {
    taskArn: task.arn,
    clusterArn: task.cluster.arn,
    attachments: attachmentsOf(task),
    availabilityZone: availabilityZone(task),
    taskDefinitionArn: definition.taskDefinitionArn,
    containers: task.containers.map((container) => describeContainer(task, container)),
    cpu: options.overrides?.cpu ?? definition.cpu,
    memory: options.overrides?.memory ?? definition.memory,
    ...options,
    ...(options.launchType === "FARGATE" && fargateMembers(task)),
    lastStatus: task.status,
    desiredStatus: task.desiredStatus,
    healthStatus: task.health,
    connectivity: times.connectivityAt === undefined ? undefined : "CONNECTED",
    connectivityAt: date(times.connectivityAt),
    createdAt: date(times.createdAt),
    pullStartedAt: date(times.pullStartedAt),
    pullStoppedAt: date(times.pullStoppedAt),
    startedAt: date(times.startedAt),
    stoppingAt: date(times.stoppingAt),
    executionStoppedAt: date(times.executionStoppedAt),
    stoppedAt: date(times.stoppedAt),
    stopCode: stop?.code,
    stoppedReason: stop?.reason,
    version: task.version,
    attributes: [{ name: "ecs.cpu-architecture", value: architectureOf(task) }],
    inferenceAccelerators: [],
    tags: include.includes("TAGS") ? [...task.tags] : [],
  };
}

/** Gibibytes of a Fargate task without a setting of its own. */
const defaultStorageGiB = 20;

/** docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-storage.html */
function fargateMembers({ definition, options }: TaskRecord): Partial<Task> {
  const storage = options.overrides?.ephemeralStorage ?? definition.ephemeralStorage;
  const sizeInGiB = storage?.sizeInGiB ?? defaultStorageGiB;
  return { platformFamily: "Linux", ephemeralStorage: { sizeInGiB }, fargateEphemeralStorage: { sizeInGiB } };
}

function architectureOf({ definition }: TaskRecord): string {
  return definition.runtimePlatform?.cpuArchitecture === "ARM64" ? "arm64" : "x86_64";
}

function describeContainer(task: TaskRecord, container: ContainerRecord): Container {
  const override = task.options.overrides?.containerOverrides?.find(({ name }) => name === container.name);
  const memory = override?.memory ?? container.definition.memory;
  return {
    containerArn: task.arn.replace(":task/", ":container/") + `/${container.id}`,
    taskArn: task.arn,
    name: container.name,
    image: container.image,
    imageDigest: container.digest,
    runtimeId: container.runtimeId,
    lastStatus: containerStatus(task.status),
    exitCode: container.exitCode,
    reason: container.reason,
    networkBindings: [],
    networkInterfaces: networkInterfacesOf(task),
    healthStatus: containerHealth(task, container),
    cpu: String(override?.cpu ?? container.definition.cpu ?? 0),
    memory: memory === undefined ? undefined : String(memory),
  };
}

/** A container without a container health check stays UNKNOWN, whatever the load balancer reports. */
function containerHealth(task: TaskRecord, container: ContainerRecord): HealthStatus {
  return container.definition.healthCheck === undefined ? "UNKNOWN" : task.health;
}

function containerStatus(status: TaskStatus): string {
  switch (status) {
    case "RUNNING":
    case "DEACTIVATING":
    case "STOPPING":
      return "RUNNING";
    case "DEPROVISIONING":
    case "STOPPED":
      return "STOPPED";
    case "PROVISIONING":
    case "PENDING":
    case "ACTIVATING":
      return "PENDING";
  }
}

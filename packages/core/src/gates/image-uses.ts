import * as v from "valibot";
import type { EnvironmentConfiguration } from "../config/schema.ts";
import { primaryOf } from "../ecs/observation.ts";
import { requireActive } from "../ecs/observe-snapshot.ts";
import type { ServiceObservations, TaskDefinitions } from "../ecs/ports.ts";
import type { TaskDefinitionAnswer } from "../ecs/task-definition.ts";
import type { Platform } from "./image-manifest.ts";

/** One container that runs an image, by the task definition that its service runs. */
export type ImageUse = {
  /** Its name in the configuration. */
  service: string;
  container: string;
  /** The task's platform; absent if the task definition leaves it to the container instances. */
  platform?: Platform;
  /** Whether the task definition names an entry point or a command. */
  namesCommand: boolean;
};

export type ImageUsePorts = {
  ecs: Pick<ServiceObservations, "services">;
  taskDefinitions: Pick<TaskDefinitions, "describe">;
};

/**
 * Every container of an environment that runs an image.
 *
 * @throws RejectedError CLUSTER_NOT_FOUND, SERVICE_NOT_FOUND, SERVICE_INACTIVE
 */
export async function findImageUses(
  { ecs, taskDefinitions }: ImageUsePorts,
  { cluster, services }: EnvironmentConfiguration,
  image: string,
): Promise<ImageUse[]> {
  const using = Object.entries(services).filter(([, { containers }]) => Object.values(containers).includes(image));
  const observed = await ecs.services(
    cluster,
    using.map(([, { service }]) => service),
  );
  const uses = using.map(async ([name, { service, containers }]) => {
    const live = requireActive(observed.get(service), cluster, service);
    const answer = await taskDefinitions.describe(primaryOf(live)?.taskDefinition ?? live.taskDefinition);
    return Object.keys(containers)
      .filter((container) => containers[container] === image)
      .map((container) => useOf(name, container, answer));
  });
  return (await Promise.all(uses)).flat();
}

const OptionalStrings = v.nullish(v.array(v.string()), []);
const TaskRequirements = v.object({
  requiresCompatibilities: OptionalStrings,
  runtimePlatform: v.nullish(
    v.object({ cpuArchitecture: v.nullish(v.string()), operatingSystemFamily: v.nullish(v.string()) }),
  ),
  containerDefinitions: v.array(v.object({ name: v.string(), entryPoint: OptionalStrings, command: OptionalStrings })),
});

function useOf(service: string, container: string, { taskDefinition }: TaskDefinitionAnswer): ImageUse {
  const required = v.parse(TaskRequirements, taskDefinition);
  const definition = required.containerDefinitions.find(({ name }) => name === container);
  const { cpuArchitecture, operatingSystemFamily } = required.runtimePlatform ?? {};
  // Fargate's defaults are X86_64 and LINUX; on EC2 the platform is that of the container instance.
  // docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatform.html
  const known = required.requiresCompatibilities.includes("FARGATE") || typeof cpuArchitecture === "string";
  return {
    service,
    container,
    ...(known && {
      platform: {
        os: operatingSystemFamily?.startsWith("WINDOWS") === true ? "windows" : "linux",
        architecture: cpuArchitecture === "ARM64" ? "arm64" : "amd64",
      },
    }),
    namesCommand: [...(definition?.entryPoint ?? []), ...(definition?.command ?? [])].length > 0,
  };
}

import * as v from "valibot";
import type { EnvironmentConfiguration } from "../config/schema.ts";
import { primaryOf } from "../ecs/observation.ts";
import { requireActive } from "../ecs/observe-snapshot.ts";
import type { ServiceObservations, TaskDefinitions } from "../ecs/ports.ts";
import type { TaskDefinitionAnswer } from "../ecs/task-definition.ts";
import type { Platform } from "./image-manifest.ts";

/** One container that runs an image, as the live task definition has it. */
export type ImageUse = {
  /** As the configuration names it. */
  service: string;
  container: string;
  /** What it runs on; absent where the task definition leaves that to the container instances. */
  platform?: Platform;
  /** Whether the task definition says itself what is started. */
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
export async function usesOf(
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

const Words = v.nullish(v.array(v.string()), []);
const Wanted = v.object({
  requiresCompatibilities: Words,
  runtimePlatform: v.nullish(
    v.object({ cpuArchitecture: v.nullish(v.string()), operatingSystemFamily: v.nullish(v.string()) }),
  ),
  containerDefinitions: v.array(v.object({ name: v.string(), entryPoint: Words, command: Words })),
});

function useOf(service: string, container: string, { taskDefinition }: TaskDefinitionAnswer): ImageUse {
  const wanted = v.parse(Wanted, taskDefinition);
  const definition = wanted.containerDefinitions.find(({ name }) => name === container);
  const { cpuArchitecture, operatingSystemFamily } = wanted.runtimePlatform ?? {};
  // Fargate takes X86_64 and LINUX where nothing is said; on EC2 it depends on where there is room.
  // docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatform.html
  const known = wanted.requiresCompatibilities.includes("FARGATE") || typeof cpuArchitecture === "string";
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

import type { EnvironmentConfiguration, RepositoryConfiguration } from "../config/schema.ts";
import type { InspectedService } from "../ecs/ports.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import type { ImageState, ImageStates } from "./affected-images.ts";

/** What the newest success left in the environment. */
export type LastSuccess = Pick<ReleaseRecord, "images" | "builtFrom">;

/** One container that runs an image, and the digest that its task definition has. */
type ContainerImage = { image: string; name: string; digest: string | undefined };

/**
 * The state of each image of an environment before a release. Its base is known only while every container that runs it has the
 * recorded digest: an image that was changed by hand is deployed again.
 */
export function imageStates({
  images,
  environment,
  last,
  inspected,
}: {
  images: RepositoryConfiguration["images"];
  environment: EnvironmentConfiguration;
  last: LastSuccess | undefined;
  inspected: readonly InspectedService[];
}): ImageStates {
  const containers = Map.groupBy(containersOf(environment, inspected), ({ image }) => image);
  return Object.fromEntries(
    [...containers].map(([image, running]) => [
      image,
      { paths: images[image]?.paths ?? ["**"], base: baseOf(image, last, running) },
    ]),
  );
}

function containersOf(
  { services }: EnvironmentConfiguration,
  inspected: readonly InspectedService[],
): ContainerImage[] {
  const found = new Map(inspected.map((service) => [service.service, service]));
  return Object.entries(services).flatMap(([key, { service, containers }]) =>
    Object.entries(containers).map(([container, image]) => ({
      image,
      name: `container ${container} of ${key}`,
      digest: found.get(service)?.digests[container],
    })),
  );
}

function baseOf(image: string, last: LastSuccess | undefined, running: readonly ContainerImage[]): ImageState["base"] {
  if (last === undefined) return { unknown: "no release has reached the environment yet" };
  const commit = last.builtFrom?.[image];
  const digest = last.images?.[image];
  if (commit === undefined || digest === undefined) return { unknown: "the last release did not record it" };
  const drifted = running.find((container) => container.digest !== digest);
  return drifted === undefined ? { commit } : { unknown: `${drifted.name} was changed since the last release` };
}

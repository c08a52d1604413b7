import type { EnvironmentConfiguration, RepositoryConfiguration } from "../config/schema.ts";
import type { InspectedService } from "../ecs/ports.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import type { ImageState, ImageStates } from "./affected-images.ts";

/** What a release left in its environment. */
export type Standing = Pick<ReleaseRecord, "images" | "builtFrom">;

/** One container that runs an image, and the digest that it is set to. */
type ContainerImage = { image: string; name: string; digest: string | undefined };

/**
 * How each image of an environment stands before a release. Its base is known only while every container that runs it is set
 * to the very digest that was recorded: what was changed by hand is deployed again.
 */
export function imageStates({
  images,
  environment,
  last,
  inspected,
}: {
  images: RepositoryConfiguration["images"];
  environment: EnvironmentConfiguration;
  last: Standing | undefined;
  inspected: readonly InspectedService[];
}): ImageStates {
  const places = Map.groupBy(placesOf(environment, inspected), ({ image }) => image);
  return Object.fromEntries(
    [...places].map(([image, where]) => [
      image,
      { paths: images[image]?.paths ?? ["**"], base: baseOf(image, last, where) },
    ]),
  );
}

function placesOf({ services }: EnvironmentConfiguration, inspected: readonly InspectedService[]): ContainerImage[] {
  const found = new Map(inspected.map((service) => [service.service, service]));
  return Object.entries(services).flatMap(([key, { service, containers }]) =>
    Object.entries(containers).map(([container, image]) => ({
      image,
      name: `container ${container} of ${key}`,
      digest: found.get(service)?.digests[container],
    })),
  );
}

function baseOf(image: string, last: Standing | undefined, places: readonly ContainerImage[]): ImageState["base"] {
  if (last === undefined) return { unknown: "no release has reached the environment yet" };
  const commit = last.builtFrom?.[image];
  const digest = last.images?.[image];
  if (commit === undefined || digest === undefined) return { unknown: "the last release did not record it" };
  const drifted = places.find((place) => place.digest !== digest);
  return drifted === undefined ? { commit } : { unknown: `${drifted.name} was changed since the last release` };
}

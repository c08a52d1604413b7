import { checksEnvironment } from "../lib/names.ts";
import { formatPath } from "../lib/parse.ts";
import type { Violation } from "../lib/parse.ts";
import { closest } from "./fields.ts";
import { wrongTriggers } from "./promotions.ts";
import { wrongTasks } from "./task-references.ts";
import type { RepositoryConfiguration } from "./schema.ts";

/** What contradicts itself within one repository's configuration; paths begin at the repository. */
export function contradictions(configuration: RepositoryConfiguration): readonly Violation[] {
  return [
    ...reservedNames(configuration),
    ...strangeImages(configuration),
    ...idleImages(configuration),
    ...sharedEcrRepositories(configuration),
    ...sharedServices(configuration),
    ...wrongTriggers(configuration),
    ...wrongWaivers(configuration),
    ...wrongTasks(configuration),
  ];
}

/** In the ledger, the checks of pull requests stand where the releases of an environment do. */
function reservedNames({ environments }: RepositoryConfiguration): Violation[] {
  if (!Object.hasOwn(environments, checksEnvironment)) return [];
  const message = "is what Lockmaster calls the checks of pull requests; give the environment another name";
  return [{ path: formatPath(["environments", checksEnvironment]), message }];
}

/** Every image that a container names, with where it does. */
function* namedImages({ environments }: RepositoryConfiguration) {
  for (const [environment, { services }] of Object.entries(environments)) {
    for (const [service, { containers }] of Object.entries(services)) {
      for (const [container, image] of Object.entries(containers)) {
        yield { image, keys: ["environments", environment, "services", service, "containers", container] };
      }
    }
  }
}

function strangeImages(configuration: RepositoryConfiguration): Violation[] {
  const known = Object.keys(configuration.images);
  return [...namedImages(configuration)]
    .filter(({ image }) => !Object.hasOwn(configuration.images, image))
    .map(({ image, keys }) => ({ path: formatPath(keys), message: notAnImage(image, known) }));
}

/** It would be built for nothing, at every commit. */
function idleImages(configuration: RepositoryConfiguration): Violation[] {
  const used = new Set([...namedImages(configuration)].map(({ image }) => image));
  return Object.keys(configuration.images)
    .filter((image) => !used.has(image))
    .map((image) => ({
      path: formatPath(["images", image]),
      message: "is run by no container; name it in a service's containers, or remove it",
    }));
}

/** Images are tagged with the commit, and tags are immutable: of two images in one repository, the second cannot be pushed. */
function sharedEcrRepositories({ images }: RepositoryConfiguration): Violation[] {
  const owners = new Map<string, string>();
  return Object.entries(images).flatMap(([image, { repository }]) => {
    const owner = owners.get(repository);
    if (owner === undefined) {
      owners.set(repository, image);
      return [];
    }
    const message = `${JSON.stringify(repository)} is the repository of ${owner} already; give each image one of its own`;
    return [{ path: formatPath(["images", image, "repository"]), message }];
  });
}

/** Two entries for one ECS service would overwrite each other within one release. */
function sharedServices({ environments }: RepositoryConfiguration): Violation[] {
  return Object.entries(environments).flatMap(([environment, { services }]) => {
    const owners = new Map<string, string>();
    return Object.entries(services).flatMap(([name, { service }]) => {
      const owner = owners.get(service);
      if (owner === undefined) {
        owners.set(service, name);
        return [];
      }
      const message = `${JSON.stringify(service)} is the ECS service of ${owner} already; name all its containers there`;
      return [{ path: formatPath(["environments", environment, "services", name, "service"]), message }];
    });
  });
}

function wrongWaivers({ images, environments }: RepositoryConfiguration): Violation[] {
  return Object.entries(environments).flatMap(([environment, { gates }]) => {
    const seen = new Set<string>();
    return gates.scan.waivers.flatMap((waiver, index) => {
      const keys = ["environments", environment, "gates", "scan", "waivers", index];
      const strange = (waiver.images ?? []).flatMap((image, position) =>
        Object.hasOwn(images, image)
          ? []
          : [{ path: formatPath([...keys, "images", position]), message: notAnImage(image, Object.keys(images)) }],
      );
      const again = seen.has(waiver.id);
      seen.add(waiver.id);
      if (!again) return strange;
      const message = `${JSON.stringify(waiver.id)} is waived twice here; keep the one that holds, or name its images there`;
      return [...strange, { path: formatPath([...keys, "id"]), message }];
    });
  });
}

function notAnImage(image: string, known: readonly string[]): string {
  const likely = closest(image, known);
  const hint = likely === undefined ? "" : `; did you mean ${likely}?`;
  return `${JSON.stringify(image)} is not an image of this repository; it has: ${known.join(", ")}${hint}`;
}

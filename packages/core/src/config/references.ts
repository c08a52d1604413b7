import { checksEnvironment } from "../lib/names.ts";
import { formatPath } from "../lib/parse.ts";
import type { Violation } from "../lib/parse.ts";
import { closest } from "./fields.ts";
import { findProbeProblems } from "./probes.ts";
import { findTriggerProblems } from "./promotions.ts";
import { findTaskProblems } from "./task-references.ts";
import type { RepositoryConfiguration } from "./schema.ts";

/** Contradictions within one repository's configuration; paths begin at the repository. */
export function findContradictions(configuration: RepositoryConfiguration): readonly Violation[] {
  return [
    ...reservedNames(configuration),
    ...unknownImages(configuration),
    ...unusedImages(configuration),
    ...sharedEcrRepositories(configuration),
    ...sharedServices(configuration),
    ...findTriggerProblems(configuration),
    ...waiverProblems(configuration),
    ...findProbeProblems(configuration),
    ...findTaskProblems(configuration),
  ];
}

/** The ledger stores checks of pull requests under this name of an environment. */
function reservedNames({ environments }: RepositoryConfiguration): Violation[] {
  if (!Object.hasOwn(environments, checksEnvironment)) return [];
  const message = "is reserved for the checks of pull requests: give the environment another name";
  return [{ path: formatPath(["environments", checksEnvironment]), message }];
}

/** Every image that a container names, with the path. */
function* namedImages({ environments }: RepositoryConfiguration) {
  for (const [environment, { services }] of Object.entries(environments)) {
    for (const [service, { containers }] of Object.entries(services)) {
      for (const [container, image] of Object.entries(containers)) {
        yield { image, keys: ["environments", environment, "services", service, "containers", container] };
      }
    }
  }
}

function unknownImages(configuration: RepositoryConfiguration): Violation[] {
  const known = Object.keys(configuration.images);
  return [...namedImages(configuration)]
    .filter(({ image }) => !Object.hasOwn(configuration.images, image))
    .map(({ image, keys }) => ({ path: formatPath(keys), message: notAnImage(image, known) }));
}

/** Lockmaster would build such an image at every commit, and never use it. */
function unusedImages(configuration: RepositoryConfiguration): Violation[] {
  const used = new Set([...namedImages(configuration)].map(({ image }) => image));
  return Object.keys(configuration.images)
    .filter((image) => !used.has(image))
    .map((image) => ({
      path: formatPath(["images", image]),
      message: "is not used: name it in the containers of a service, or remove it",
    }));
}

/** Images are tagged with the commit, and tags are immutable: the second image of a commit could not be pushed. */
function sharedEcrRepositories({ images }: RepositoryConfiguration): Violation[] {
  const owners = new Map<string, string>();
  return Object.entries(images).flatMap(([image, { repository }]) => {
    const owner = owners.get(repository);
    if (owner === undefined) {
      owners.set(repository, image);
      return [];
    }
    const message = `${JSON.stringify(repository)} is already the repository of ${owner}: give each image its own repository`;
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
      const message = `${JSON.stringify(service)} is already the ECS service of ${owner}: name all its containers there`;
      return [{ path: formatPath(["environments", environment, "services", name, "service"]), message }];
    });
  });
}

function waiverProblems({ images, environments }: RepositoryConfiguration): Violation[] {
  return Object.entries(environments).flatMap(([environment, { gates }]) => {
    const seen = new Set<string>();
    return gates.scan.waivers.flatMap((waiver, index) => {
      const keys = ["environments", environment, "gates", "scan", "waivers", index];
      const unknown = (waiver.images ?? []).flatMap((image, position) =>
        Object.hasOwn(images, image)
          ? []
          : [{ path: formatPath([...keys, "images", position]), message: notAnImage(image, Object.keys(images)) }],
      );
      const again = seen.has(waiver.id);
      seen.add(waiver.id);
      if (!again) return unknown;
      const message = `${JSON.stringify(waiver.id)} is waived twice here: remove one of the waivers, and name all images in the other`;
      return [...unknown, { path: formatPath([...keys, "id"]), message }];
    });
  });
}

function notAnImage(image: string, known: readonly string[]): string {
  const likely = closest(image, known);
  const hint = likely === undefined ? "" : `; did you mean ${likely}?`;
  return `${JSON.stringify(image)} is not an image of this repository; its images are: ${known.join(", ")}${hint}`;
}

/**
 * Waivers in the configuration that no longer have an effect; paths begin at the repository. A release does not refuse them: it
 * would fail on the day after.
 *
 * @param today in UTC, as in `2026-12-31`
 */
export function findExpiredWaivers({ environments }: RepositoryConfiguration, today: string): Violation[] {
  return Object.entries(environments).flatMap(([environment, { gates }]) =>
    gates.scan.waivers.flatMap(({ id, until }, index) =>
      until >= today
        ? []
        : [
            {
              path: formatPath(["environments", environment, "gates", "scan", "waivers", index, "until"]),
              message: `${JSON.stringify(until)} is over, so ${id} is no longer waived: remove the waiver, or write a later day if its owner agrees`,
            },
          ],
    ),
  );
}

import { formatPath } from "../lib/parse.ts";
import type { Violation } from "../lib/parse.ts";
import type { RepositoryConfiguration } from "./schema.ts";

/** The layers that builds of an image reuse are in an ECR repository beside the image's own. */
const cacheSuffix = "-cache";

/**
 * ECR repositories that two images would share. Images are tagged with the commit, and tags are immutable: builds of two repositories
 * could replace each other's result or be refused, and the lifecycle rules of one would delete images of the other. The same is true
 * of an image and another image's cache.
 */
export function findContestedRepositories(
  repositories: Readonly<Record<string, RepositoryConfiguration>>,
): Violation[] {
  const images = Object.entries(repositories).flatMap(([repository, configuration]) =>
    Object.entries(configuration.images).map(([image, { repository: name }]) => ({
      repository,
      image,
      name,
      path: formatPath(["repositories", repository, "images", image, "repository"]),
    })),
  );
  const owners = new Map<string, (typeof images)[number]>();
  for (const image of images) if (!owners.has(image.name)) owners.set(image.name, image);
  return images.flatMap(({ repository, name, path }) => {
    const owner = owners.get(name);
    // Two images of one repository are reported with that repository.
    if (owner !== undefined && owner.repository !== repository) {
      const message = `${JSON.stringify(name)} is already the ECR repository of ${owner.path}: give each image its own repository, for example with the name of its GitHub repository in front`;
      return [{ path, message }];
    }
    if (!name.endsWith(cacheSuffix)) return [];
    const cached = owners.get(name.slice(0, -cacheSuffix.length));
    if (cached === undefined) return [];
    const message = `${JSON.stringify(name)} is the cache of ${cached.path}, in which builds store layers: choose a name that is not another repository's with ${cacheSuffix}`;
    return [{ path, message }];
  });
}

/** GitHub repositories that are the same one: GitHub's names do not differ by upper and lower case, and its events have one of them. */
export function findSameRepositories(repositories: Readonly<Record<string, unknown>>): Violation[] {
  const known = new Map<string, string>();
  return Object.keys(repositories).flatMap((repository) => {
    const same = known.get(repository.toLowerCase());
    known.set(repository.toLowerCase(), same ?? repository);
    if (same === undefined) return [];
    const message = `is the same repository at GitHub as ${JSON.stringify(same)}: remove the one that GitHub does not write so`;
    return [{ path: formatPath(["repositories", repository]), message }];
  });
}

import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import type {
  EnvironmentConfiguration,
  ImageConfiguration,
  RepositoryConfiguration,
} from "@lockmaster/core/config/schema.ts";
import { UsageError } from "../../lib/operator-errors.ts";

export type RepositoryTarget = { repository: string; configuration: RepositoryConfiguration };
type ImageTarget = RepositoryTarget & { image: ImageConfiguration };
export type EnvironmentTarget = RepositoryTarget & { name: string; environment: EnvironmentConfiguration };
export type ServiceTarget = EnvironmentTarget & {
  /** Name in ECS. */
  service: string;
  /** Image names by container. */
  containers: Readonly<Record<string, string>>;
  /** Family of the template. */
  template?: string | undefined;
};

/** The parts of a configuration that doctor checks. */
export type Scope = {
  repositories: RepositoryTarget[];
  images: ImageTarget[];
  environments: EnvironmentTarget[];
  services: ServiceTarget[];
};

/** @throws UsageError for a repository or environment that the configuration does not have */
export function scopeOf(configuration: Configuration, only: { repository?: string; environment?: string }): Scope {
  const repositories = Object.entries(configuration.repositories)
    .map(([repository, own]) => ({ repository, configuration: own }))
    .filter(({ repository }) => only.repository === undefined || repository === only.repository);
  requireMatch(repositories, "repository", only.repository, Object.keys(configuration.repositories));
  const all = repositories.flatMap((target) =>
    Object.entries(target.configuration.environments).map(([name, environment]) => ({ ...target, name, environment })),
  );
  const environments = all.filter(({ name }) => only.environment === undefined || name === only.environment);
  requireMatch(environments, "environment", only.environment, [...new Set(all.map(({ name }) => name))]);
  return {
    repositories,
    images: repositories.flatMap((target) =>
      Object.values(target.configuration.images).map((image) => ({ ...target, image })),
    ),
    environments,
    services: environments.flatMap((target) =>
      Object.values(target.environment.services).map(({ service, containers, template }) => ({
        ...target,
        service,
        containers,
        template,
      })),
    ),
  };
}

function requireMatch(
  found: readonly unknown[],
  what: string,
  name: string | undefined,
  known: readonly string[],
): void {
  if (found.length > 0 || name === undefined) return;
  throw new UsageError(`the configuration has no ${what} ${name}, only ${known.join(", ")}`);
}

export const serviceName = ({ name, service }: Pick<ServiceTarget, "name" | "service">): string => `${name}/${service}`;

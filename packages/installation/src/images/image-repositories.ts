/** The ECR repositories of a configuration, and the accounts that pull from them. */
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import type { EnvironmentConfiguration } from "@lockmaster/core/config/schema.ts";
import { taskDefinitionsOf } from "@lockmaster/core/config/task-definitions.ts";
import type { InstallationSite } from "../topology/names.ts";

export type ImageRepository = {
  /** Name in ECR. */
  repository: string;
  /** ARNs of roles in other accounts that pull from it. */
  readers: readonly string[];
};

/** Lists each repository once. */
export function imageRepositories({ repositories }: Configuration, site: InstallationSite): ImageRepository[] {
  const found = new Map<string, Set<string>>();
  for (const { images, environments } of Object.values(repositories)) {
    for (const [image, { repository }] of Object.entries(images)) {
      const readers = Object.values(environments)
        .filter(({ services }) =>
          Object.values(services).some(({ containers }) => Object.values(containers).includes(image)),
        )
        .flatMap((environment) => rolesElsewhere(environment, site));
      found.set(repository, new Set([...(found.get(repository) ?? []), ...readers]));
    }
  }
  return [...found].map(([repository, readers]) => ({ repository, readers: [...readers] }));
}

function rolesElsewhere(environment: EnvironmentConfiguration, { partition, account }: InstallationSite): string[] {
  const owner = environment.account?.role.split(":")[4];
  if (owner === undefined || owner === account) return [];
  return taskDefinitionsOf(environment).roles.map((role) => `arn:${partition}:iam::${owner}:role/${role}`);
}

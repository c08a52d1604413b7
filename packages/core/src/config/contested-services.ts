import { formatPath } from "../lib/parse.ts";
import type { Violation } from "../lib/parse.ts";
import type { RepositoryConfiguration } from "./schema.ts";

/**
 * ECS services that several environments release to, of one repository or of several. Only an environment's lock keeps two
 * releases apart, so releases of two environments would change such a service at the same time.
 */
export function findContestedServices(repositories: Readonly<Record<string, RepositoryConfiguration>>): Violation[] {
  const owners = new Map<string, { environment: string; path: string }>();
  return Object.entries(repositories).flatMap(([repository, { environments }]) =>
    Object.entries(environments).flatMap(([name, { account, cluster, services }]) =>
      Object.entries(services).flatMap(([key, { service }]) => {
        const keys = ["repositories", repository, "environments", name, "services", key, "service"];
        const self = { environment: JSON.stringify([repository, name]), path: formatPath(keys) };
        // The account is the fifth part of the role's ARN.
        const target = JSON.stringify([account?.role.split(":")[4], account?.region, cluster, service]);
        const owner = owners.get(target) ?? self;
        owners.set(target, owner);
        if (owner.environment === self.environment) return [];
        const message =
          `${JSON.stringify(service)} in ${cluster} is already the service of ${owner.path}; two environments cannot ` +
          "release to one service, because each has its own lock: remove one, or change its cluster or service";
        return [{ path: self.path, message }];
      }),
    ),
  );
}

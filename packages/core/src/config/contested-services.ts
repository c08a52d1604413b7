import { formatPath } from "../lib/parse.ts";
import type { Violation } from "../lib/parse.ts";
import type { RepositoryConfiguration } from "./schema.ts";

/**
 * ECS services that more than one environment releases to, in whatever repository. What keeps two releases apart is an
 * environment's lock, and so nothing would keep these.
 */
export function contestedServices(repositories: Readonly<Record<string, RepositoryConfiguration>>): Violation[] {
  const owners = new Map<string, { environment: string; path: string }>();
  return Object.entries(repositories).flatMap(([repository, { environments }]) =>
    Object.entries(environments).flatMap(([name, { account, cluster, services }]) =>
      Object.entries(services).flatMap(([key, { service }]) => {
        const keys = ["repositories", repository, "environments", name, "services", key, "service"];
        const self = { environment: JSON.stringify([repository, name]), path: formatPath(keys) };
        // Whichever role goes there: the account is the fifth part of its ARN.
        const target = JSON.stringify([account?.role.split(":")[4], account?.region, cluster, service]);
        const owner = owners.get(target) ?? self;
        owners.set(target, owner);
        if (owner.environment === self.environment) return [];
        const message =
          `${JSON.stringify(service)} in ${cluster} is what ${owner.path} names already; two environments cannot ` +
          "release to one service, since each has a lock of its own: remove one, or change its cluster or service";
        return [{ path: self.path, message }];
      }),
    ),
  );
}

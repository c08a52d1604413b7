import { formatPath } from "../lib/parse.ts";
import type { Violation } from "../lib/parse.ts";
import type { EnvironmentConfiguration, RepositoryConfiguration } from "./schema.ts";

/** Account and region of the installation. */
export type HomeSite = { account: string; region: string };

/** An environment's service, and where it is; unknown parts are those of the installation. */
type Place = {
  environment: string;
  path: string;
  account: string | undefined;
  region: string | undefined;
};

/**
 * ECS services that several environments release to, of one repository or of several. Only an environment's lock keeps two
 * releases apart, so releases of two environments would change such a service at the same time.
 *
 * Which role an environment names makes no difference, only the role's account. Where one of two environments in the same account
 * does not state its region, both may mean the same one, so the region has to be stated.
 *
 * @param home where that is known; without it, an environment in the installation's account is not compared with one that names a
 * role
 */
export function findContestedServices(
  repositories: Readonly<Record<string, RepositoryConfiguration>>,
  home?: HomeSite,
): Violation[] {
  const known = new Map<string, Place[]>();
  return placesIn(repositories, home).flatMap(({ cluster, service, ...place }) => {
    const key = JSON.stringify([cluster, service]);
    const others = known.get(key) ?? [];
    known.set(key, [...others, place]);
    const owner = others.find((other) => other.environment !== place.environment && mayBeSame(other, place));
    if (owner === undefined) return [];
    const message =
      owner.region === place.region
        ? `${JSON.stringify(service)} in ${cluster} is already the service of ${owner.path}; two environments cannot ` +
          "release to one service, because each has its own lock: remove one, or change its cluster or service"
        : `${JSON.stringify(service)} in ${cluster} may be the service of ${owner.path}, because only one of the two ` +
          "environments states its region: write account.region in both";
    return [{ path: place.path, message }];
  });
}

function placesIn(repositories: Readonly<Record<string, RepositoryConfiguration>>, home: HomeSite | undefined) {
  return Object.entries(repositories).flatMap(([repository, { environments }]) =>
    Object.entries(environments).flatMap(([name, environment]) =>
      Object.entries(environment.services).map(([key, { service }]) => ({
        cluster: environment.cluster,
        service,
        environment: JSON.stringify([repository, name]),
        path: formatPath(["repositories", repository, "environments", name, "services", key, "service"]),
        ...siteOf(environment, home),
      })),
    ),
  );
}

/** The account is the fifth part of the role's ARN. */
const siteOf = ({ account }: EnvironmentConfiguration, home: HomeSite | undefined) => ({
  account: account?.role.split(":")[4] ?? home?.account,
  region: account?.region ?? home?.region,
});

function mayBeSame(one: Place, other: Place): boolean {
  if (one.account !== other.account) return false;
  return one.region === other.region || one.region === undefined || other.region === undefined;
}

import { formatPath } from "../lib/parse.ts";
import type { Violation } from "../lib/parse.ts";
import type { Configuration } from "./configuration.ts";
import type { EnvironmentConfiguration, RepositoryConfiguration } from "./schema.ts";
import { familyOf, templateOf, type WorkloadEnvironment, type WorkloadService } from "./workload.ts";

/** Where the workload names what the configuration does not have, or could not be created; paths begin at the configuration. */
export function wrongWorkload({ repositories, installation }: Configuration): Violation[] {
  const { workload } = installation;
  if (workload === undefined) return [];
  const settings = Object.entries(workload.repositories).flatMap(([repository, environments]) =>
    Object.entries(environments).flatMap(([name, wanted]) => {
      const path = ["installation", "workload", "repositories", repository, name];
      const environment = repositories[repository]?.environments[name];
      if (environment === undefined) return [violation(path, `is no environment of ${repository}`)];
      if (environment.account !== undefined) {
        return [violation(path, "is in another account, where the workload creates nothing: take it out")];
      }
      return [...wrongServices(path, environment, wanted), ...contestedRoutes(path, wanted)];
    }),
  );
  return [
    ...settings,
    ...Object.entries(repositories).flatMap(([name, repository]) => [
      ...mixedPlatforms(name, repository),
      ...longNames(name, repository),
    ]),
    ...sharedFamilies(repositories),
  ];
}

/** A task has one architecture for all of its containers. */
function mixedPlatforms(name: string, { images, environments }: RepositoryConfiguration): Violation[] {
  return Object.entries(environments).flatMap(([environment, { account, services }]) =>
    Object.entries(services).flatMap(([service, { containers }]) => {
      const platforms = new Set(Object.values(containers).map((image) => images[image]?.platform));
      if (account !== undefined || platforms.size < 2) return [];
      const path = ["repositories", name, "environments", environment, "services", service, "containers"];
      return [violation(path, `run images for ${[...platforms].join(" and ")}, and a task runs one of them only`)];
    }),
  );
}

/** IAM, CreateRole: 64 characters. */
const longestFamily = 64 - "-execution".length;

function longNames(name: string, { environments }: RepositoryConfiguration): Violation[] {
  return Object.entries(environments).flatMap(([environment, { account, cluster, services }]) =>
    Object.entries(services).flatMap(([key, { service }]) => {
      const family = familyOf({ cluster }, service);
      if (account !== undefined || family.length <= longestFamily) return [];
      const path = ["repositories", name, "environments", environment, "services", key, "service"];
      return [
        violation(
          path,
          `and cluster make ${family}, which is too long for its roles: at most ${longestFamily} characters`,
        ),
      ];
    }),
  );
}

/** A cluster's name and a service's make the family's: shop and web-api come to the same as shop-web and api. */
function sharedFamilies(repositories: Configuration["repositories"]): Violation[] {
  const owners = new Map<string, { target: string; path: string }>();
  return Object.entries(repositories).flatMap(([repository, { environments }]) =>
    Object.entries(environments).flatMap(([name, { account, cluster, services }]) =>
      Object.entries(services).flatMap(([key, { service }]) => {
        if (account !== undefined) return [];
        const keys = ["repositories", repository, "environments", name, "services", key, "service"];
        const self = { target: JSON.stringify([cluster, service]), path: formatPath(keys) };
        const family = familyOf({ cluster }, service);
        return [family, templateOf(family)].flatMap((each) => {
          const owner = owners.get(each) ?? self;
          owners.set(each, owner);
          // One service that is named twice is refused with and without a workload.
          if (owner.target === self.target) return [];
          return [violation(keys, `and cluster make the family ${each}, as those of ${owner.path} do: rename one`)];
        });
      }),
    ),
  );
}

function wrongServices(
  path: readonly string[],
  environment: EnvironmentConfiguration,
  { services }: WorkloadEnvironment,
): Violation[] {
  return Object.entries(services).flatMap(([name, service]) => {
    const at = [...path, "services", name];
    const known = environment.services[name];
    if (known === undefined)
      return [violation(at, `is no service of the environment; it has: ${list(environment.services)}`)];
    const strange = Object.keys(service.containers)
      .filter((container) => !Object.hasOwn(known.containers, container))
      .map((container) =>
        violation(
          [...at, "containers", container],
          `is no container of the service; it has: ${list(known.containers)}`,
        ),
      );
    return [...strange, ...wrongRoute(at, service), ...wrongSize(at, service)];
  });
}

function wrongRoute(at: readonly string[], { route, containers }: WorkloadService): Violation[] {
  if (route === undefined || containers[route.container]?.port !== undefined) return [];
  return [
    violation(
      [...at, "route", "container"],
      `${JSON.stringify(route.container)} has no port: give it one in containers`,
    ),
  ];
}

/** docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html: what memory goes with how much CPU */
const memory: Readonly<Record<number, { least: number; most: number; step: number }>> = {
  512: { least: 1024, most: 4096, step: 1024 },
  1024: { least: 2048, most: 8192, step: 1024 },
  2048: { least: 4096, most: 16_384, step: 1024 },
  4096: { least: 8192, most: 30_720, step: 1024 },
  8192: { least: 16_384, most: 61_440, step: 4096 },
  16384: { least: 32_768, most: 122_880, step: 8192 },
};

function wrongSize(at: readonly string[], { cpu, memoryMegabytes, tasks }: WorkloadService): Violation[] {
  const problems: Violation[] = [];
  const fits = memory[cpu];
  const isRight =
    fits === undefined
      ? [512, 1024, 2048].includes(memoryMegabytes)
      : memoryMegabytes >= fits.least &&
        memoryMegabytes <= fits.most &&
        (memoryMegabytes - fits.least) % fits.step === 0;
  if (!isRight) {
    const right = fits === undefined ? "512, 1024 or 2048" : `${fits.least} to ${fits.most} in steps of ${fits.step}`;
    problems.push(
      violation(
        [...at, "memoryMegabytes"],
        `${memoryMegabytes} does not go with cpu ${cpu} on Fargate: write ${right}`,
      ),
    );
  }
  if (tasks.maximum < tasks.minimum) {
    problems.push(
      violation([...at, "tasks", "maximum"], `${tasks.maximum} is less than the minimum of ${tasks.minimum}`),
    );
  }
  return problems;
}

function contestedRoutes(path: readonly string[], { services }: WorkloadEnvironment): Violation[] {
  const [first, ...others] = Object.entries(services)
    .filter(([, { route }]) => route !== undefined && route.paths.length + route.hosts.length === 0)
    .map(([name]) => name);
  return others.map((name) =>
    violation(
      [...path, "services", name, "route"],
      `takes all requests, as ${first} does already: name paths or hosts`,
    ),
  );
}

const violation = (path: readonly string[], message: string): Violation => ({ path: formatPath(path), message });
const list = (of: object): string => Object.keys(of).join(", ");

import { formatPath } from "../lib/parse.ts";
import type { Violation } from "../lib/parse.ts";
import type { Configuration } from "./configuration.ts";
import type { EnvironmentConfiguration, RepositoryConfiguration } from "./schema.ts";
import { familyOf, templateOf, type WorkloadEnvironment, type WorkloadService } from "./workload.ts";

/** Names of the workload that the configuration lacks, and what AWS would reject; paths begin at the configuration. */
export function findWorkloadProblems({ repositories, installation }: Configuration): Violation[] {
  const { workload } = installation;
  if (workload === undefined) return [];
  const settings = Object.entries(workload.repositories).flatMap(([repository, environments]) =>
    Object.entries(environments).flatMap(([name, ofWorkload]) => {
      const path = ["installation", "workload", "repositories", repository, name];
      const environment = repositories[repository]?.environments[name];
      if (environment === undefined)
        return [violation(path, `is not an environment of ${repository}: remove it, or correct the name`)];
      if (environment.account !== undefined) {
        return [violation(path, "is in another account, where the workload creates nothing: remove it")];
      }
      return [...serviceProblems(path, environment, ofWorkload), ...contestedRoutes(path, ofWorkload)];
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

/** All containers of a task run on the same architecture. */
function mixedPlatforms(name: string, { images, environments }: RepositoryConfiguration): Violation[] {
  return Object.entries(environments).flatMap(([environment, { account, services }]) =>
    Object.entries(services).flatMap(([service, { containers }]) => {
      const platforms = new Set(Object.values(containers).map((image) => images[image]?.platform));
      if (account !== undefined || platforms.size < 2) return [];
      const path = ["repositories", name, "environments", environment, "services", service, "containers"];
      return [
        violation(
          path,
          `run images for ${[...platforms].join(" and ")}, and a task has only one platform: build the images for the same one`,
        ),
      ];
    }),
  );
}

/** IAM, CreateRole: 64 characters. */
const maxFamilyLength = 64 - "-execution".length;

function longNames(name: string, { environments }: RepositoryConfiguration): Violation[] {
  return Object.entries(environments).flatMap(([environment, { account, cluster, services }]) =>
    Object.entries(services).flatMap(([key, { service }]) => {
      const family = familyOf({ cluster }, service);
      if (account !== undefined || family.length <= maxFamilyLength) return [];
      const path = ["repositories", name, "environments", environment, "services", key, "service"];
      return [
        violation(
          path,
          `and cluster make the family ${family}, whose roles would have too long names: shorten them to at most ${maxFamilyLength} characters together`,
        ),
      ];
    }),
  );
}

/** A family's name is made of the cluster's and the service's: shop and web-api make the same one as shop-web and api. */
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
          // A service that is named twice is refused also without a workload.
          if (owner.target === self.target) return [];
          return [violation(keys, `and cluster make the family ${each}, as do those of ${owner.path}: rename one`)];
        });
      }),
    ),
  );
}

function serviceProblems(
  path: readonly string[],
  environment: EnvironmentConfiguration,
  { services }: WorkloadEnvironment,
): Violation[] {
  return Object.entries(services).flatMap(([name, service]) => {
    const at = [...path, "services", name];
    const known = environment.services[name];
    if (known === undefined)
      return [violation(at, `is not a service of the environment; it has: ${namesOf(environment.services)}`)];
    const unknown = Object.keys(service.containers)
      .filter((container) => !Object.hasOwn(known.containers, container))
      .map((container) =>
        violation(
          [...at, "containers", container],
          `is not a container of the service; it has: ${namesOf(known.containers)}`,
        ),
      );
    return [...unknown, ...routeProblems(at, service), ...sizeProblems(at, service)];
  });
}

function routeProblems(at: readonly string[], { route, containers }: WorkloadService): Violation[] {
  if (route === undefined || containers[route.container]?.port !== undefined) return [];
  return [
    violation([...at, "route", "container"], `${JSON.stringify(route.container)} has no port: set one in containers`),
  ];
}

/** docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html: the memory sizes of each CPU size */
const memory: Readonly<Record<number, { min: number; max: number; step: number }>> = {
  512: { min: 1024, max: 4096, step: 1024 },
  1024: { min: 2048, max: 8192, step: 1024 },
  2048: { min: 4096, max: 16_384, step: 1024 },
  4096: { min: 8192, max: 30_720, step: 1024 },
  8192: { min: 16_384, max: 61_440, step: 4096 },
  16384: { min: 32_768, max: 122_880, step: 8192 },
};

function sizeProblems(at: readonly string[], { cpu, memoryMegabytes, tasks }: WorkloadService): Violation[] {
  const problems: Violation[] = [];
  const fits = memory[cpu];
  const isRight =
    fits === undefined
      ? [512, 1024, 2048].includes(memoryMegabytes)
      : memoryMegabytes >= fits.min && memoryMegabytes <= fits.max && (memoryMegabytes - fits.min) % fits.step === 0;
  if (!isRight) {
    const right = fits === undefined ? "512, 1024 or 2048" : `${fits.min} to ${fits.max} in steps of ${fits.step}`;
    problems.push(
      violation(
        [...at, "memoryMegabytes"],
        `${memoryMegabytes} is not possible with cpu ${cpu} on Fargate: write ${right}`,
      ),
    );
  }
  if (tasks.maximum < tasks.minimum) {
    problems.push(
      violation(
        [...at, "tasks", "maximum"],
        `${tasks.maximum} is less than the minimum: write at least ${tasks.minimum}`,
      ),
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
      `takes all requests, as that of ${first} already does: set paths or hosts`,
    ),
  );
}

const violation = (path: readonly string[], message: string): Violation => ({ path: formatPath(path), message });
const namesOf = (of: object): string => Object.keys(of).join(", ");

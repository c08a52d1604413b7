import type { ConfigurationInput } from "@lockmaster/core/config/configuration.ts";
import type { Discovery } from "./discover.ts";
import { distanceToProduction, type Stage, stageIn, uniqueNames } from "./names.ts";
import { proposeImages, type ProposedImage } from "./propose-images.ts";
import type { Source } from "./source.ts";
import { unusualTaskDefinitions } from "./task-definitions.ts";
import { differentImages, mixedPlatforms } from "./shared-images.ts";
import { type ManagedService, type Note, survey } from "./survey.ts";

type ProposedService = { name: string; service: string; containers: Readonly<Record<string, string>> };

export type ProposedEnvironment = {
  name: string;
  /** Explains the guess to the reader of the configuration. */
  guess: string;
  on: { branch: string } | { tag: string };
  promoteFrom?: string;
  cluster: string;
  services: readonly ProposedService[];
  /** Families, roles and log groups of the task definitions, where they differ from the defaults. */
  taskDefinitions?: Readonly<Record<string, string[]>>;
};

/** A first configuration, and notes about services that it leaves out. */
export type Proposal = {
  repository: string;
  images: readonly ProposedImage[];
  environments: readonly ProposedEnvironment[];
  /** Names of the existing ECR repositories. */
  existing: readonly string[];
  notes: readonly Note[];
};

/** The configuration schema's maximum per environment. */
const maxServices = 50;

/** Services that become one environment. */
type Group = { name: string; stage?: Stage; cluster: string; services: readonly ManagedService[] };

/**
 * Proposes a configuration: an environment for each cluster or each stage in a cluster, and an image for each ECR repository.
 * Production is promoted from another environment if one runs all its images.
 *
 * @throws Error when the account has no service that Lockmaster can release
 */
export function propose(found: Discovery, source: Source, repository: string, branch: string): Proposal {
  const { services, notes } = survey(found);
  if (services.length === 0) throw new Error(noServices(found, notes));
  const { kept, left } = bounded(groupsOf(services));
  const images = proposeImages(
    kept.flatMap((group) => group.services),
    source,
  );
  const nameOf = new Map(images.map(({ name, repository: of }) => [of, name]));
  return {
    repository,
    images,
    environments: kept.map((group) => environment(group, kept, nameOf, branch)),
    existing: images.map((image) => image.repository),
    notes: [...notes, ...left, ...differentImages(kept), ...mixedPlatforms(kept), ...missingCaches(images, found)],
  };
}

/** The configuration that the rendered text of the proposal has. */
export function proposedConfiguration({ repository, images, environments, existing }: Proposal): ConfigurationInput {
  return {
    repositories: {
      [repository]: {
        images: Object.fromEntries(
          images.map(({ name, guess: _guess, paths, ...image }) => [name, { ...image, paths: [...paths] }]),
        ),
        environments: Object.fromEntries(
          environments.map(({ name, guess: _guess, services, ...environment }) => [
            name,
            {
              ...environment,
              services: Object.fromEntries(services.map(({ name, ...service }) => [name, service])),
            },
          ]),
        ),
      },
    },
    installation: { registries: { existing: [...existing] } },
  };
}

function groupsOf(services: readonly ManagedService[]): Group[] {
  const groups = Map.groupBy(services, ({ cluster, service }) =>
    JSON.stringify([cluster, stageIn(service) ?? stageIn(cluster) ?? null]),
  );
  const clusterStages = [...groups.values()].map((members) => {
    const [first] = members;
    const cluster = first?.cluster ?? "";
    const stage = stageIn(first?.service ?? "") ?? stageIn(cluster);
    return { cluster, services: members, ...(stage !== undefined && { stage }) };
  });
  const groupsWith = (stage: Stage) => clusterStages.filter((group) => group.stage === stage).length;
  const unique = uniqueNames();
  return clusterStages
    .map((group) => ({
      ...group,
      name: unique(group.stage !== undefined && groupsWith(group.stage) === 1 ? group.stage : group.cluster),
    }))
    .toSorted((one, other) => distanceToProduction(other.stage) - distanceToProduction(one.stage));
}

function bounded(groups: readonly Group[]): { kept: Group[]; left: Note[] } {
  const left = groups.flatMap(({ cluster, services }) =>
    services.slice(maxServices).map(({ service }) => ({
      where: `${cluster}/${service}`,
      message: `left out: an environment has at most ${maxServices} services; put this service into another environment`,
    })),
  );
  return { kept: groups.map((group) => ({ ...group, services: group.services.slice(0, maxServices) })), left };
}

function environment(
  group: Group,
  groups: readonly Group[],
  nameOf: ReadonlyMap<string, string>,
  branch: string,
): ProposedEnvironment {
  const unique = uniqueNames();
  const { name, cluster } = group;
  const services = group.services.map(({ service, containers }) => ({
    name: unique(service),
    service,
    containers: Object.fromEntries(containers.map(({ name, repository }) => [name, nameOf.get(repository) ?? ""])),
  }));
  const taskDefinitions = unusualTaskDefinitions(cluster, group.services);
  return {
    name,
    ...trigger(group, groups, branch),
    cluster,
    services,
    ...(taskDefinitions !== undefined && { taskDefinitions }),
  };
}

function trigger(group: Group, groups: readonly Group[], branch: string) {
  if (group.stage !== "production") {
    return { on: { branch }, guess: `each push to ${branch} is released here.` };
  }
  const source = groups.findLast((other) => other.stage !== "production" && runsAllOf(other, group));
  if (source !== undefined) {
    return {
      on: { tag: "v*" },
      promoteFrom: source.name,
      guess: `a tag like v1.0.0 promotes the commit from ${source.name}.`,
    };
  }
  const guess =
    "no other environment runs all its images, so commits cannot be promoted; each push to this branch is released here.";
  return { on: { branch: "production" }, guess };
}

function runsAllOf(source: Group, target: Group): boolean {
  const run = new Set(repositoriesOf(source));
  return repositoriesOf(target).every((repository) => run.has(repository));
}

const repositoriesOf = ({ services }: Group): string[] =>
  services.flatMap(({ containers }) => containers.map(({ repository }) => repository));

/** A deployment does not create the build cache of an existing repository. */
function missingCaches(images: readonly ProposedImage[], { repositories }: Discovery): Note[] {
  return images
    .map(({ repository }) => `${repository}-cache`)
    .filter((cache) => !repositories.includes(cache))
    .map((cache) => ({
      where: `ECR ${cache}`,
      message: `does not exist, and builds need it for their cache; create it: aws ecr create-repository --repository-name ${cache}`,
    }));
}

function noServices({ account, region }: Discovery, notes: readonly Note[]): string {
  const why = notes.map(({ where, message }) => `\n  ${where}: ${message}`).join("");
  return `account ${account} has no service in ${region} that Lockmaster can release; check --profile and --region${why}`;
}

import type { ConfigurationInput } from "@lockmaster/core/config/configuration.ts";
import type { Discovery } from "./discover.ts";
import { nearness, type Stage, stageIn, uniqueNames } from "./names.ts";
import { proposeImages, type ProposedImage } from "./propose-images.ts";
import type { Source } from "./source.ts";
import { unusualTaskDefinitions } from "./task-definitions.ts";
import { differingBuilds, mixedPlatforms } from "./shared-images.ts";
import { type ManagedService, type Note, survey } from "./survey.ts";

export type ProposedService = { name: string; service: string; containers: Readonly<Record<string, string>> };

export type ProposedEnvironment = {
  name: string;
  /** What was guessed, for people. */
  guess: string;
  on: { branch: string } | { tag: string };
  promoteFrom?: string;
  cluster: string;
  services: readonly ProposedService[];
  /** What the services' task definitions are called and use, where that is not as expected. */
  taskDefinitions?: Readonly<Record<string, string[]>>;
};

/** A first configuration, and what is not in it. */
export type Proposal = {
  repository: string;
  images: readonly ProposedImage[];
  environments: readonly ProposedEnvironment[];
  /** Names of the ECR repositories, which are there already. */
  existing: readonly string[];
  notes: readonly Note[];
};

/** The schema of the configuration lets no more go together as one release. */
const mostServices = 50;

/** Services that look as if they went forward and back as one. */
type Group = { name: string; stage?: Stage; cluster: string; services: readonly ManagedService[] };

/**
 * Makes a first configuration from what an account has: an environment for each cluster, or for each stage in one, and an
 * image for each ECR repository. Production takes tags that another environment has verified, if one runs all its images.
 *
 * @throws Error when there is nothing that Lockmaster could release
 */
export function propose(found: Discovery, source: Source, repository: string, branch: string): Proposal {
  const { services, notes } = survey(found);
  if (services.length === 0) throw new Error(nothing(found, notes));
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
    notes: [...notes, ...left, ...differingBuilds(kept), ...mixedPlatforms(kept), ...missingCaches(images, found)],
  };
}

/** The configuration that a proposal amounts to, as its text says it. */
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
  const seen = [...groups.values()].map((members) => {
    const [first] = members;
    const cluster = first?.cluster ?? "";
    const stage = stageIn(first?.service ?? "") ?? stageIn(cluster);
    return { cluster, services: members, ...(stage !== undefined && { stage }) };
  });
  const count = (stage: Stage | undefined) => seen.filter((group) => group.stage === stage).length;
  const unique = uniqueNames();
  return seen
    .map((group) => ({
      ...group,
      name: unique(group.stage !== undefined && count(group.stage) === 1 ? group.stage : group.cluster),
    }))
    .toSorted((one, other) => nearness(other.stage) - nearness(one.stage));
}

function bounded(groups: readonly Group[]): { kept: Group[]; left: Note[] } {
  const left = groups.flatMap(({ cluster, services }) =>
    services.slice(mostServices).map(({ service }) => ({
      where: `${cluster}/${service}`,
      message: `left out: at most ${mostServices} services go together as one release; make it part of another environment`,
    })),
  );
  return { kept: groups.map((group) => ({ ...group, services: group.services.slice(0, mostServices) })), left };
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
    return { on: { branch }, guess: `every push to ${branch} is released here.` };
  }
  const source = groups.findLast((other) => other.stage !== "production" && runsAllOf(other, group));
  if (source !== undefined) {
    return {
      on: { tag: "v*" },
      promoteFrom: source.name,
      guess: `a tag like v1.0.0 takes here what ${source.name} has verified.`,
    };
  }
  const guess =
    "no other environment runs all of its images, so nothing could be promoted: a branch of its own is built.";
  return { on: { branch: "production" }, guess };
}

function runsAllOf(source: Group, target: Group): boolean {
  const run = new Set(repositoriesOf(source));
  return repositoriesOf(target).every((repository) => run.has(repository));
}

const repositoriesOf = ({ services }: Group): string[] =>
  services.flatMap(({ containers }) => containers.map(({ repository }) => repository));

/** A repository that exists is not created, nor is the one for its build cache. */
function missingCaches(images: readonly ProposedImage[], { repositories }: Discovery): Note[] {
  return images
    .map(({ repository }) => `${repository}-cache`)
    .filter((cache) => !repositories.includes(cache))
    .map((cache) => ({
      where: `ECR ${cache}`,
      message: `is missing, where builds keep their cache: aws ecr create-repository --repository-name ${cache}`,
    }));
}

function nothing({ account, region }: Discovery, notes: readonly Note[]): string {
  const why = notes.map(({ where, message }) => `\n  ${where}: ${message}`).join("");
  return `account ${account} has nothing in ${region} that Lockmaster could release; is it the right --profile and --region?${why}`;
}
